"""Slow tests are tried again once when they fail, and not in silence.

Journeys, faults and videos share a machine that may stall for as long as they wait. What passed at
its second try is named at the end with what it failed with, for it may be a race; when there are
many of them it is no accident, and the run fails.
"""

from __future__ import annotations

import pytest

TOLERATED = 3
RERUN = "rerun"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if len(_again(session.config)) > TOLERATED and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    again = _again(terminalreporter.config)
    if again:
        terminalreporter.section("tried a second time")
    for report in again:
        terminalreporter.write_sep("_", report.nodeid)
        report.toterminal(terminalreporter._tw)
    if len(again) > TOLERATED:
        terminalreporter.write_line(f"More than {TOLERATED}: the run fails.", red=True)


def _again(config: pytest.Config) -> list[pytest.TestReport]:
    """The first tries that failed, as the process that tells knows them."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get(RERUN, ())) if reporter else []

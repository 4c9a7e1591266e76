"""Running the tests in two processes: what takes long, kills and measures does so alone, one after
the other, in one of them, while the other does the many quick ones."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from . import ledger

TALLIES = "tallies"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.xdist_group("one after the other"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What this process has counted goes to the one that tells."""
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told[TALLIES] = [dataclasses.asdict(tally) for tally in ledger.TALLIES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    told = getattr(node, "workeroutput", {})
    ledger.TALLIES += [ledger.Tally(**tally) for tally in told.get(TALLIES, ())]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ledger.TALLIES:
        terminalreporter.section("faults survived")
        for tally in ledger.TALLIES:
            terminalreporter.write_line(tally.line())

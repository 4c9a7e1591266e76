"""The tests run in several processes: what one of them counts is told by the one that started
them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from . import ledger

TALLIES = "tallies"


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

"""What analyses may cost a day, and what is counted of those that fail."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from photoai.config import ROOT
from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support.reel_client import STATUS, Scripter, unlike_any
from tests.support.server import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def poor_server(
    make_server: Callable[..., Server], google: GeminiEmulator, tmp_path: Path
) -> Iterator[Server]:
    """A cent a day for everybody."""
    plans = json.loads((ROOT / "configs" / "plans.json").read_text())
    plans["free"]["reels_cents_per_day"] = 1
    (tmp_path / "plans.json").write_text(json.dumps(plans))
    keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
    with make_server(PLANS_FILE=str(tmp_path / "plans.json"), **keys) as server:
        yield server


def spend(server: Server, usd: float) -> None:
    """As if the account had asked for more."""
    with closing(sqlite3.connect(server.folder / "photoai.db")) as database:
        database.execute("UPDATE reel_call SET cost_usd = ?", [usd])
        database.commit()


def calls(server: Server) -> list[tuple[str, float]]:
    with closing(sqlite3.connect(server.folder / "photoai.db")) as database:
        return database.execute("SELECT model, cost_usd FROM reel_call ORDER BY id").fetchall()


def test_a_spent_budget_waits_for_the_next_day(
    poor_server: Server, google: GeminiEmulator, short: Path, tmp_path: Path
) -> None:
    scripter = Scripter.registered(poor_server, "poor")
    result = scripter.analysed(short)
    assert calls(poor_server) == [("gemini-3.8-flash", pytest.approx(result["cost"]))]
    spend(poor_server, 0.011)
    answer = scripter.post_video(unlike_any(short, tmp_path), {"Accept-Language": "ru"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "budget_spent")
    assert answer.json()["error"]["details"] == {
        "plan": "free", "allowed_cents": 1, "spent_cents": 1.1,
    }  # fmt: skip
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert scripter.get("/api/v1/files").json()["data"] == []
    rich = Scripter.registered(poor_server, "rich")
    assert rich.analysed(unlike_any(short, tmp_path))["cost"] > 0


def test_what_comes_to_nothing_is_counted_too(
    poor_server: Server, google: GeminiEmulator, short: Path
) -> None:
    google.let_videos("other_schema")
    scripter = Scripter.registered(poor_server, "unlucky")
    task_id = scripter.accepted_reel(short)
    assert scripter.reel_ended(task_id)["error"]["code"] == "analysis_unusable"
    ((model, cost),) = calls(poor_server)
    assert (model, cost > 0) == ("gemini-3.8-flash", True)
    spend(poor_server, 0.02)
    again = scripter.post(f"{STATUS}/{task_id}/retry")
    assert (again.status_code, again.json()["error"]["code"]) == (429, "budget_spent")

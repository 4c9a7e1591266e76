"""Ladders: what a rung costs, and how late a photo is whose provider hangs."""

from __future__ import annotations

import itertools
import statistics
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Server

from .bench import Row, percentile

LOCAL: dict[str, Any] = {
    "provider_id": "local",
    "operation_id": "change_image",
    "settings_json": {"prompt": "sepia"},
}
# A primary that says at once that the day's quota is used up, and one that says nothing.
REFUSES, HANGS = "say=quota_daily", "delay=120"
CUT_OFF_SEC = 6.0
PHOTOS, BOOTHS, ROUNDS = 200, 8, 60
SEEDS = itertools.count(1)


def ladder() -> Iterator[Row]:
    """An operator's slot whose second rung is an effect made here. Each server is new: what it has
    learnt of a provider would serve it the next time."""
    for measured in (_one_rung_more, _hanging):
        with GeminiEmulator() as google, tempfile.TemporaryDirectory() as folder:
            keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
            with Server(Path(folder), env=keys) as server:
                yield from measured(server)


def _one_rung_more(server: Server) -> Iterator[Row]:
    """The same photos on the local rung alone and above a provider that is left alone, by turns."""
    _configure(server, "slot-002", LOCAL)
    _configure(server, "slot-003", _gemini(REFUSES), LOCAL)
    took: dict[str, list[float]] = {"slot-002": [], "slot-003": []}
    for _, slot in itertools.product(range(ROUNDS), took):
        answer = _sent(server, slot)
        assert answer.status == 200, answer.body
        took[slot].append(1000 * answer.seconds)
    alone, above = (statistics.median(each[10:]) for each in took.values())
    yield Row("ladder", "one rung more", above - alone, "ms", f"{alone:.0f} ms without it", "≤ 5")


def _hanging(server: Server) -> Iterator[Row]:
    _configure(server, "slot-004", _gemini(HANGS), LOCAL | {"from_sec": CUT_OFF_SEC})
    with ThreadPoolExecutor(BOOTHS) as booths:
        answers = list(booths.map(lambda _: _sent(server, "slot-004"), range(PHOTOS)))
    late = [answer.seconds - CUT_OFF_SEC for answer in answers]
    good = sum(
        answer.status == 200 and sec <= 1.5 for answer, sec in zip(answers, late, strict=True)
    )
    about = f"{PHOTOS} photos, {BOOTHS} at once, left after {CUT_OFF_SEC:.0f} s"
    yield Row("ladder", "primary hangs: good within 1.5 s", 100 * good / PHOTOS, "%", about, "≥ 99")
    took = [answer.seconds for answer in answers]
    for part in (50, 95, 99):
        yield Row("ladder", f"primary hangs: answered, p{part}", percentile(took, part), "s")


def _gemini(prompt: str) -> dict[str, Any]:
    return {
        "provider_id": "gemini",
        "operation_id": "change_image",
        "settings_json": {"prompt": prompt},
    }


def _configure(server: Server, slot: str, own: dict[str, Any], *above: dict[str, Any]) -> None:
    with server.session("serg") as serg:
        serg.put(f"/api/slots/{slot}", json={**own, "ladder": above}).raise_for_status()


def _sent(server: Server, slot: str) -> BoothAnswer:
    return server.booth.send(photos.jpeg(900, 600, seed=next(SEEDS)), slot=slot)

"""Live events: from the change of a row to everybody who listens."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator

from tests.support.server import Client, Server

from .bench import Probe, Row, percentile, photoai
from .listeners import ListenerProcess

SAVES, EVERY_SEC = 40, 0.25
FILES_BESIDE = 200
ROOM = {"WEB_CONNECTIONS": "3000", "LIVE_STREAMS_PER_USER": "2500", "LIVE_STREAMS_MAX": "2500"}


def sse_fanout() -> Iterator[Row]:
    """Slots are saved while 500, then 2,000 listen."""
    _allow_open_files(2000 + FILES_BESIDE)
    for listeners in (500, 2000):
        with photoai(settings=ROOM) as server:
            yield from _measured(server, listeners)


def _measured(server: Server, listeners: int) -> Iterator[Row]:
    def row(figure: str, measured: float, unit: str, budget: str = "") -> Row:
        return Row("sse_fanout", f"{figure}, {listeners} listeners", measured, unit, "", budget)

    serg = server.session("serg")
    token = str(serg.headers["Authorization"]).split()[1]
    before = server.rss_bytes()
    crowd = ListenerProcess("127.0.0.1", server.port, token, listeners)
    weight = (server.rss_bytes() - before) / listeners
    with Probe(server.url, every_sec=0.05) as probe:
        for number in range(SAVES):
            _save(serg, number)
            time.sleep(EVERY_SEC)
        time.sleep(1)  # whoever is late
    serg.close()
    by_save = crowd.result_ms()
    late_ms = [each for one in by_save for each in one]
    budget = "≤ 150" if listeners == 500 else "aim 150"
    yield row("saved → told, p50", percentile(late_ms, 50), "ms")
    yield row("saved → told, p99", percentile(late_ms, 99), "ms", budget)
    yield row("saved → first told, p99", percentile([min(one) for one in by_save], 99), "ms")
    yield row("told", 100 * len(late_ms) / (SAVES * listeners), "%", "100")
    yield row("memory for one", weight / 1000, "kB", "≤ 40")
    yield row("/healthz meanwhile, p99", percentile(probe.ms, 99), "ms")


def _save(serg: Client, number: int) -> None:
    body = {
        "provider_id": "example",
        "operation_id": "change_image",
        "settings_json": {"prompt": f"delay={number}"},
    }
    serg.put("/api/slots/slot-001", json=body).raise_for_status()


def _allow_open_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))

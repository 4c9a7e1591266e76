"""Copying a large database in the web process, and who else waits meanwhile."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.support.server import Server
from tests.support.waiting import wait_until

from .bench import Probe, Row, percentile

ROWS, BYTES = 250_000, 800


def daily_backup() -> Iterator[Row]:
    """The copy a server makes by itself, of 200 MB."""
    with tempfile.TemporaryDirectory() as folder:
        server, copies = Server(Path(folder)), Path(folder) / "backups"
        with server:
            pass  # makes the database
        _fill(server.folder / "photoai.db")
        with server, Probe(server.url) as idle:
            wait_until(lambda: any(copies.glob(".*.part")), 30, "the copy has begun")
            began = time.monotonic()
            with Probe(server.url) as meanwhile:
                [copy] = wait_until(lambda: list(copies.glob("*.db")), 60, "the copy")
                took = time.monotonic() - began
        size = f"{copy.stat().st_size / 1e6:.0f} MB"
    baseline = f"{percentile(idle.ms, 99):.0f} ms idle"
    yield Row("daily_backup", f"a copy of {size}", took, "s")
    for percent in (50, 99):
        figure = f"/healthz meanwhile, {percent} %"
        yield Row("daily_backup", figure, percentile(meanwhile.ms, percent), "ms", baseline, "≤ 50")
    yield Row("daily_backup", "/healthz meanwhile, worst", max(meanwhile.ms), "ms", baseline)


def _fill(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE ballast (bytes BLOB)")
        rows = ((BYTES,) for _ in range(ROWS))
        connection.executemany("INSERT INTO ballast VALUES (randomblob(?))", rows)

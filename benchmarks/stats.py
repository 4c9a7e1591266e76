"""Statistics over a long log on PostgreSQL, as a browser gets them."""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from photoai import migrating
from photoai.app import create_app, services_of
from photoai.blueprints.guard import issue_token
from photoai.config import Config
from photoai.models import Role
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from tests.support.postgres import Postgres

from .bench import Row

ROUNDS = 20
COUNTS = (10_000, 100_000, 1_000_000)
# A year of photos, the same number every hour, from every slot; every second slot was reset lately.
FILL = """
INSERT INTO processing_log (user_id, slot_id, job_id, provider_id, created_at, status,
                            response_time_ms, cost)
SELECT :user, 'slot-' || lpad((1 + n % 40)::text, 3, '0'), gen_random_uuid()::text,
       (ARRAY['gemini', 'turbotext'])[1 + n % 2], now() - n * interval '365 days' / :count,
       CASE WHEN random() < 0.94 THEN 'SUCCESS' WHEN random() < 0.5 THEN 'ERROR' ELSE 'TIMEOUT' END,
       (2000 + random() * random() * 46000)::int, 0.039
FROM generate_series(1, :count) AS n
"""
RESET = """
UPDATE slot SET last_reset_at = now() - interval '100 hours' WHERE right(id, 1)::int % 2 = 0
"""
BARE = "SELECT count(*) FROM processing_log WHERE user_id = :user AND created_at >= :since"


def stats_million() -> Iterator[Row]:
    """The statistics page and its charts, beside a bare count of the rows they are about."""
    with Postgres() as cluster, tempfile.TemporaryDirectory() as folder:
        for count in COUNTS:
            with _application(Path(folder), cluster.create_database()) as app:
                yield from _measured(app, count)


@contextmanager
def _application(folder: Path, url: str) -> Iterator[Flask]:
    config = dataclasses.replace(
        Config(),
        instance_dir=folder,
        media_root=folder / "media",
        credentials_file=folder / "credentials.json",
        database_url=url,
    )
    app = create_app(config)
    migrating.upgrade(app)
    services_of(app).prepare()
    yield app
    services_of(app).shut_down()


def _measured(app: Flask, count: int) -> Iterator[Row]:
    engine = services_of(app).database.engine
    with engine.begin() as connection:
        user = connection.scalar(text("SELECT id FROM user_account WHERE username = 'serg'"))
        connection.execute(text(FILL), {"user": user, "count": count})
        connection.execute(text(RESET))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as autovacuum does by itself, later
    client = _signed_in(app, user)
    today = utcnow().date()
    slot_month = f"/api/stats/slot-002?from={today - timedelta(days=30)}&to={today}&group_by=hour"
    for figure, path, days, budget in (
        ("the page's figures", "/api/stats/slots", 366, "≤ 150, aim 50"),
        ("the page", "/stats", 366, "≤ 150, aim 50"),
        ("90 days of all slots", "/api/stats/global?group_by=day", 90, ""),
        ("31 days of one slot by hour", slot_month, 31, ""),
    ):
        plans = _plans(engine, lambda path=path: _get(client, path))
        whole = sum("Seq Scan on processing_log" in plan for plan in plans)
        ours = _median_ms(lambda path=path: _get(client, path))
        base = _median_ms(lambda days=days: _bare(engine, user, days))
        baseline = f"{base:.1f} ms bare count(*) of {days} days"
        last = count == COUNTS[-1]
        yield Row("stats_million", f"{count:,} rows: {figure}", ours, "ms", baseline, budget * last)
        yield Row(
            "stats_million",
            f"{count:,} rows: {figure}, plans without an index",
            whole,
            f"of {len(plans)}",
            "",
            "0" * last,
        )


def _signed_in(app: Flask, user: int) -> FlaskClient:
    client = app.test_client(use_cookies=False)
    with app.test_request_context():
        token = issue_token(Caller(user, "serg", Role.OPERATOR))
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def _bare(engine: Engine, user: int, days: int) -> None:
    with engine.connect() as connection:
        since = utcnow() - timedelta(days=days)
        connection.execute(text(BARE), {"user": user, "since": since}).one()


def _plans(engine: Engine, ask: Callable[[], None]) -> list[str]:
    """How PostgreSQL carried out each statement that reads the log or its days."""
    seen: list[tuple[str, object]] = []

    def note(connection: object, cursor: object, sql: str, values: object, *_: object) -> None:
        if "processing_" in sql:
            seen.append((sql, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        return [
            "\n".join(
                row[0] for row in connection.exec_driver_sql(f"EXPLAIN (ANALYZE) {sql}", values)
            )
            for sql, values in seen
        ]


def _median_ms(work: Callable[[], None]) -> float:
    times = []
    for turn in range(ROUNDS + 3):
        started = time.perf_counter()
        work()
        if turn >= 3:  # warmed up
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)

"""What is noted down, what is looked up, and that neither costs much."""

from __future__ import annotations

import dataclasses
import errno
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import text

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    ConfigError,
    JobCancelled,
    PhotoaiError,
    ProviderOverloaded,
    ProviderRefused,
    StorageFull,
)
from photoai.models import Job
from photoai.services.clock import utcnow
from photoai.services.jobs import Backlog, Done, JobDraft, Run, Task, observed, states
from photoai.services.jobs.backlog import QUEUED, RUNNING
from photoai.services.metrics import Metrics, serve_metrics
from photoai.services.providers import Answer, Providers
from photoai.services.providers.breaker import FAILURES_ALLOWED
from photoai.services.storage import CountedStore, LocalStore
from tests.support.people import add_user
from tests.support.server import free_port
from tests.unit.test_providers import ANSWER, CATALOGUE, Told, ask


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def figure(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_requests_are_counted_by_rule_and_class_of_status(metrics: Metrics) -> None:
    metrics.answered("GET", "/p/<token>", 200, 0.02)
    metrics.answered("GET", "/p/<token>", 206, 0.3)
    metrics.answered("BREW", None, 405, 0.0)
    count, took = "photoai_http_requests_total", "photoai_http_request_seconds"
    assert figure(metrics, count, method="GET", route="/p/<token>", status="2xx") == 2
    assert figure(metrics, count, method="other", route="none", status="4xx") == 1
    assert figure(metrics, f"{took}_sum", method="GET", route="/p/<token>") == pytest.approx(0.32)
    quick = figure(metrics, f"{took}_bucket", method="GET", route="/p/<token>", le="0.025")
    assert quick == 1


def test_tries_at_a_provider_are_counted_by_their_end(metrics: Metrics) -> None:
    told = Told(ANSWER, ProviderRefused(), *[ProviderOverloaded()] * FAILURES_ALLOWED)
    providers = Providers(CATALOGUE, {"gemini": told}, metrics)

    def call() -> None:
        with suppress(PhotoaiError):  # no time to wait until the breaker closes
            providers.finish("gemini", ask(5), _use, lambda seconds: None)

    while providers.healthy("gemini"):
        call()
    calls = told.calls
    call()
    assert told.calls == calls, "the breaker is open"
    name = "photoai_provider_calls_total"
    ends = {
        result: figure(metrics, name, provider="gemini", result=result)
        for result in ("answered", "provider_refused", "provider_overloaded", "left_alone")
    }
    assert ends.pop("left_alone")
    assert ends == {"answered": 1, "provider_refused": 1, "provider_overloaded": FAILURES_ALLOWED}
    assert figure(metrics, "photoai_provider_call_seconds_count", provider="gemini") == calls


def _use(answer: Answer) -> bytes:
    return answer.image


@pytest.mark.parametrize(
    ("error", "state", "rungs"),
    [
        (None, "succeeded", 1),
        (StorageFull(), "failed", None),
        (JobCancelled(), "cancelled", None),
    ],
)
def test_a_jobs_wait_run_and_end_are_noted(
    metrics: Metrics, error: PhotoaiError | None, state: str, rungs: float | None
) -> None:
    task = Task(run=lambda run: Done(None), pool="work", parallel=lambda provider: 1)
    watched = observed("work", task, metrics)
    job = Job(
        attempt=1, created=utcnow() - timedelta(seconds=3), started=utcnow(),
        result={"rung": "1:local"},
    )  # fmt: skip
    watched.run(Run(job, time.monotonic() + 5, _report))
    job.attempt = 2
    watched.run(Run(job, time.monotonic() + 5, _report))
    watched.ended(None, job, error)  # type: ignore[arg-type]
    assert figure(metrics, "photoai_queue_wait_seconds_count", kind="work") == 1
    waited = figure(metrics, "photoai_queue_wait_seconds_sum", kind="work")
    assert waited == pytest.approx(3, abs=0.1)
    assert figure(metrics, "photoai_job_run_seconds_count", kind="work") == 2
    assert figure(metrics, "photoai_jobs_ended_total", kind="work", state=state) == 1
    assert figure(metrics, "photoai_rungs_total", rung="1:local") == rungs
    failures = figure(metrics, "photoai_job_failures_total", kind="work", code="storage_full")
    assert failures == (1 if state == "failed" else None)


def test_what_an_alarm_waits_for_is_there_before_it_happens(metrics: Metrics) -> None:
    """A counter whose first value is 1 has not risen, for Prometheus."""
    observed("work", Task(lambda run: Done(None), "work", lambda provider: 1), metrics)
    assert figure(metrics, "photoai_jobs_ended_total", kind="work", state="failed") == 0
    assert figure(metrics, "photoai_storage_errors_total", operation="write") == 0
    assert figure(metrics, "photoai_photos_late_total") == 0


def _report(*_: Any) -> None:
    """Nobody wants to know."""


def test_a_store_that_fails_is_counted_and_a_missing_file_is_not(
    metrics: Metrics, config: Config
) -> None:
    store = CountedStore(LocalStore(config.media_root), metrics)
    with store.write("results/a") as file:
        file.write(b"a")
    with store.open("results/a") as file:
        assert file.read() == b"a"
    with pytest.raises(FileNotFoundError):
        store.open("results/b")
    with pytest.raises(StorageFull), store.write("results/c"):
        raise OSError(errno.ENOSPC, "full")
    with pytest.raises(ZeroDivisionError), store.write("results/d"):
        raise ZeroDivisionError
    assert figure(metrics, "photoai_storage_errors_total", operation="write") == 1
    assert figure(metrics, "photoai_storage_errors_total", operation="open") == 0
    assert figure(metrics, "photoai_storage_written_bytes_total", folder="results") == 1
    (config.media_root / "here").write_bytes(b"four")
    store.adopt(config.media_root / "here", "files/e")
    assert figure(metrics, "photoai_storage_written_bytes_total", folder="files") == 4
    metrics.watch_folder(config.media_root)
    assert figure(metrics, "photoai_storage_free_bytes")


@pytest.fixture
def user_id(database: Database) -> int:
    with database.begin() as session:
        return add_user(session, "owner").id


def test_what_waits_is_seen_by_pool_and_what_ended_is_not(
    metrics: Metrics, database: Database, user_id: int
) -> None:
    def draft(name: str, provider: str | None, age_sec: float) -> JobDraft:
        created = utcnow() - timedelta(seconds=age_sec)
        return JobDraft(name, user_id, "photo" if provider else "video", created, provider=provider)

    with database.transaction() as db:
        for name, age_sec in (("a", 30), ("b", 90), ("c", 60)):
            states.insert(db, draft(name, "local", age_sec))
        states.insert(db, draft("d", None, 5))
        ended = states.insert(db, draft("e", "local", 500))
        states.cancel_queued(db, ended.id, utcnow())
        states.insert_claimed(db, draft("f", "gemini", 0), owner="me", lease_sec=6)
    photo = Task(run=lambda run: Done(None), pool="photos", parallel=lambda provider: 3)
    metrics.watch_queue(Backlog(database, {"photo": photo}).look)
    assert figure(metrics, "photoai_queue_depth", pool="photos.local") == 3
    assert figure(metrics, "photoai_queue_depth", pool="photos.gemini") == 0
    assert figure(metrics, "photoai_queue_depth", pool="video") == 1
    oldest = figure(metrics, "photoai_queue_oldest_wait_seconds", pool="photos.local")
    assert oldest == pytest.approx(90, abs=5)
    assert figure(metrics, "photoai_jobs", kind="photo", state="queued") == 3
    assert figure(metrics, "photoai_jobs", kind="photo", state="running") == 1
    assert figure(metrics, "photoai_queue_running", pool="photos.gemini") == 1
    assert figure(metrics, "photoai_queue_places", pool="photos.gemini") == 3


def test_a_kind_without_jobs_is_seen_at_nothing(metrics: Metrics, database: Database) -> None:
    trim = Task(run=lambda run: Done(None), pool="video", parallel=lambda provider: 2)
    metrics.watch_queue(Backlog(database, {"trim": trim}).look)
    assert figure(metrics, "photoai_jobs", kind="trim", state="queued") == 0
    assert figure(metrics, "photoai_queue_places", pool="video") == 2


@pytest.mark.parametrize("ready", [True, False])
def test_whether_anybody_runs_jobs_is_seen(metrics: Metrics, ready: bool) -> None:
    metrics.watch_readiness(lambda: ready)
    assert figure(metrics, "photoai_queue_ready") == float(ready)


def test_looking_at_what_waits_costs_no_look_at_what_has_ended(database: Database) -> None:
    postgresql = database.dialect == "postgresql"
    with database.look() as connection:
        if postgresql:  # it reads a table without rows from end to end
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for query, index in ((QUEUED, "ix_job_queued"), (RUNNING, "ix_job_running")):
            explain = "EXPLAIN " if postgresql else "EXPLAIN QUERY PLAN "
            statement = query.compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.execute(text(f"{explain}{statement}")).all()
            assert index in str(plan)


def test_what_cannot_be_looked_up_is_left_out_and_seen_again_later(
    metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> dict[str, bool]:
        raise ZeroDivisionError

    metrics.watch_providers(broken)
    metrics.refused("not_found")
    page, kind = metrics.page("text/plain")
    assert b'photoai_refusals_total{code="not_found"} 1.0' in page
    assert b"photoai_provider_healthy" not in page
    assert kind.startswith("text/plain")
    assert "metrics_not_seen" in caplog.text


@pytest.fixture
def port(metrics: Metrics, config: Config) -> Iterator[int]:
    """Where a worker's figures are."""
    config = dataclasses.replace(config, worker_metrics_port=free_port())
    end = serve_metrics(metrics, config)
    with pytest.raises(ConfigError, match="WORKER_METRICS_PORT"):
        serve_metrics(metrics, config)
    yield config.worker_metrics_port
    end()


def test_a_worker_answers_prometheus_itself(metrics: Metrics, port: int, config: Config) -> None:
    metrics.listeners.inc()
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5)
    assert "photoai_listeners 1.0" in answer.text
    serve_metrics(metrics, config)()  # no port, nothing to answer on

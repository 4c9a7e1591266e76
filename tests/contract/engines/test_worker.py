"""The worker process goes on, whatever happens to its connections and to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import text

from photoai.models import JobState
from photoai.services.jobs.postgres import sweeper, worker
from tests.support.engines import LEASE_SEC, Ground, PostgresEngine
from tests.support.postgres import Postgres
from tests.support.waiting import outlast, wait_until

from .conftest import on_postgres, opened

pytestmark = pytest.mark.slow
AT_ONCE_SEC = 8.0
WORKERS = "SELECT id FROM procrastinate_workers"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    """One of their own: it is stopped under them."""
    with Postgres() as running:
        yield running


@pytest.fixture(scope="module")
def ground(cluster: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("worker")
    yield from opened(on_postgres(folder, cluster.create_database()))


@pytest.fixture
def house(ground: Ground, quick: None) -> Iterator[PostgresEngine]:
    ground.clear()
    house = PostgresEngine(ground).sweep_now_and_then()
    yield house
    house.close()


def rows(house: PostgresEngine, query: str) -> list[int]:
    with house.database.look() as connection:
        return list(connection.scalars(text(query)))


def tell(house: PostgresEngine, statement: str) -> None:
    with house.database.transaction() as db:
        db.execute(text(statement))


def cut_all(house: PostgresEngine) -> None:
    """Every connection but the one that says so."""
    tell(
        house,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database()",
    )


def restart(cluster: Postgres, *, down_sec: float = 0.0) -> None:
    cluster.halt()
    outlast(down_sec)
    cluster.start()


def test_it_works_on_when_it_was_given_up_for_dead(house: PostgresEngine) -> None:
    house.process()
    wait_until(lambda: len(rows(house, WORKERS)) == 2)
    before = rows(house, WORKERS)
    held = house.submit(hold="kind")
    house.wait_started(held)
    tell(house, "DELETE FROM procrastinate_workers")
    job = house.submit()
    house.wait_for(JobState.SUCCEEDED, job, timeout_sec=AT_ONCE_SEC)
    assert not set(before) & set(rows(house, WORKERS))
    house.work.let_go()
    house.wait_for(JobState.SUCCEEDED, held)
    assert house.work.attempts(held) == [1]


def test_it_does_not_mind_that_a_delivery_is_gone_when_it_ends(house: PostgresEngine) -> None:
    house.process()
    jobs = [house.submit(hold="kind") for _ in range(2)]
    for job in jobs:
        house.wait_started(job)
    house.forget_deliveries()
    house.work.let_go()
    house.wait_for(JobState.SUCCEEDED, *jobs)
    more = [house.submit() for _ in range(20)]
    house.wait_for(JobState.SUCCEEDED, *more)


def test_it_works_on_after_all_its_connections_were_cut(house: PostgresEngine) -> None:
    house.process(), house.process()
    held = house.submit(hold="kind")
    house.wait_started(held)
    for _ in range(3):
        queued = [house.submit(for_sec=0.05) for _ in range(10)]
        cut_all(house)
        house.wait_for(JobState.SUCCEEDED, *queued)
    house.work.let_go()
    house.wait_for(JobState.SUCCEEDED, held)
    assert house.work.attempts(held) == [1]
    assert house.work.most["left"] <= 2


@pytest.fixture
def cut_when_acknowledged(house: PostgresEngine) -> Iterator[Callable[[int], None]]:
    """Cuts the connections of the next so many acknowledgements, in the middle of each."""
    tell(house, "CREATE SEQUENCE cuts")
    tell(
        house,
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF OLD.status = 'doing' AND nextval('cuts') < 0 THEN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); END IF;"
        " RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$",
    )
    tell(
        house,
        "CREATE TRIGGER cut BEFORE UPDATE OF status OR DELETE ON procrastinate_jobs"
        " FOR EACH ROW EXECUTE FUNCTION cut()",
    )

    def cut(times: int) -> None:
        tell(house, f"ALTER SEQUENCE cuts MINVALUE -1000 RESTART {-times}")

    yield cut
    tell(house, "DROP TRIGGER cut ON procrastinate_jobs")
    tell(house, "DROP FUNCTION cut")
    tell(house, "DROP SEQUENCE cuts")


def test_a_delivery_is_acknowledged_although_a_connection_was_lost(
    house: PostgresEngine, cut_when_acknowledged: Callable[[int], None]
) -> None:
    house.work.parallel["left"] = 1
    house.process()
    held = house.submit(hold="kind")
    house.wait_started(held)
    cut_when_acknowledged(2)
    waits = house.submit()  # its delivery is let go of when its patience ends
    left = lambda: rows(house, "SELECT last_value FROM cuts")[0]  # noqa: E731
    wait_until(lambda: left() >= 0, 20, "it was acknowledged in the end")
    house.work.let_go()
    house.wait_for(JobState.SUCCEEDED, held, waits, timeout_sec=AT_ONCE_SEC)


def test_a_delivery_that_could_not_be_acknowledged_comes_again_soon(
    house: PostgresEngine,
    cut_when_acknowledged: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(worker, "ACKNOWLEDGE_SEC", 1.0)
    house.work.parallel["left"] = 1
    house.process()
    held = house.submit(hold="kind")
    house.wait_started(held)
    cut_when_acknowledged(1000)
    waits = house.submit()
    wait_until(lambda: "not_acknowledged" in caplog.messages, 20, "it is not tried any more")
    cut_when_acknowledged(0)
    house.work.let_go()
    house.wait_for(JobState.SUCCEEDED, held, waits, timeout_sec=AT_ONCE_SEC)


def test_a_long_job_does_not_keep_its_pool_waiting_after_a_restart(
    house: PostgresEngine, cluster: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DRAIN_SEC", 60.0)
    house.process()
    held = house.submit(hold="kind")
    house.wait_started(held)
    restart(cluster, down_sec=1.0)
    house.wait_for(JobState.SUCCEEDED, house.submit(), timeout_sec=AT_ONCE_SEC)
    house.work.let_go()
    house.wait_for(JobState.SUCCEEDED, held)


def test_it_listens_again_after_the_database_restarted(
    house: PostgresEngine, cluster: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_SEC", 60.0)
    house.process()
    house.wait_for(JobState.SUCCEEDED, house.submit())
    before = set(rows(house, WORKERS))
    restart(cluster, down_sec=1.0)
    wait_until(lambda: len(set(rows(house, WORKERS)) - before) == 2, 20, "they are made anew")
    job = house.submit()
    house.wait_for(JobState.SUCCEEDED, job, timeout_sec=AT_ONCE_SEC)


@pytest.mark.parametrize("down_sec", [0.0, LEASE_SEC + 1])
def test_it_works_on_after_the_database_restarted_and_keeps_its_jobs(
    house: PostgresEngine, cluster: Postgres, monkeypatch: pytest.MonkeyPatch, down_sec: float
) -> None:
    monkeypatch.setattr(sweeper, "RENEWED_AFTER_SEC", 6.0)
    house.process()
    held = house.submit(hold="kind")
    house.wait_started(held)
    queued = [house.submit(provider="right") for _ in range(20)]
    restart(cluster, down_sec=down_sec)
    house.wait_for(JobState.SUCCEEDED, *queued, house.submit())
    house.work.let_go()
    house.wait_for(JobState.SUCCEEDED, held)
    assert house.work.attempts(held) == [1]
    assert house.row(held).crash_count == 0


def test_a_job_that_pauses_does_not_notice_that_the_database_restarts(
    house: PostgresEngine, cluster: Postgres
) -> None:
    house.process()
    job = house.submit(pause_sec=2.0)
    wait_until(lambda: job.id in house.work.paused)
    restart(cluster, down_sec=2.5)  # its pause ends meanwhile
    house.wait_for(JobState.SUCCEEDED, job)
    assert house.work.attempts(job) == [1]


def test_it_works_when_the_database_comes_later_than_the_worker(
    house: PostgresEngine,
    cluster: Postgres,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(AsyncConnectionPool.open, "__defaults__", (False, 0.5))
    monkeypatch.setattr(worker, "RESTART_AT_MOST_SEC", 0.2)
    job = house.submit()
    cluster.halt()
    process = house.process()
    wait_until(
        lambda: caplog.messages.count("worker_lost_its_database") >= 2, 20, "it tries in vain"
    )
    cluster.start()
    house.wait_for(JobState.SUCCEEDED, job)
    process.stop()


@pytest.mark.parametrize("down_sec", [2.0, LEASE_SEC + 1])
def test_what_ends_while_the_database_is_down_is_not_made_again(
    house: PostgresEngine, cluster: Postgres, monkeypatch: pytest.MonkeyPatch, down_sec: float
) -> None:
    monkeypatch.setattr(sweeper, "RENEWED_AFTER_SEC", 6.0)
    house.process()
    held = house.submit(hold="kind", writes=True)
    house.wait_started(held)
    cluster.halt()
    house.work.let_go()
    outlast(down_sec)
    cluster.start()
    house.wait_for(JobState.SUCCEEDED, held)
    assert house.work.attempts(held) == [1]
    assert house.outcomes(held) == ["succeeded"]
    assert {file.key for file in house.ground.store.stored("results")} == {
        house.row(held).result_key
    }

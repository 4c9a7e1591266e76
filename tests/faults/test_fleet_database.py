"""The database goes away: for a moment, for long, and for one process alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.fleet import Fleet, WorkerProcess
from tests.support.ledger import Crowd, configure, jobs, settled
from tests.support.postgres import Postgres
from tests.support.proxy import SilentProxy
from tests.support.waiting import outlast, wait_until

pytestmark = pytest.mark.slow

MakeFleet = Callable[..., Fleet]
# Longer than the pools' patience (10 s), shorter than the booth's.
LONG_SEC = 14


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    with Postgres(durable=True) as cluster:
        yield cluster


@pytest.mark.parametrize("away_sec", [1, LONG_SEC])
def test_a_database_that_goes_and_comes_back_costs_no_accepted_photo(
    make_fleet: MakeFleet, own_postgres: Postgres, away_sec: int
) -> None:
    url = own_postgres.create_database()
    with make_fleet({"max_parallel_jobs": 4}, workers=2, url=url) as fleet:
        client = fleet.session()
        configure(client, "delay=1")
        crowd = Crowd().send(fleet.web, 12)
        wait_until(lambda: len(jobs(client)) == 12, 20, "all are accepted")
        stopped_at = time.monotonic()
        own_postgres.halt("immediate")  # like a machine that lost its power
        refused = Crowd().send(fleet.web, 2, first=50)
        outlast(away_sec)
        own_postgres.start()
        crowd.join()
        refused.join()
        tally = settled(f"PostgreSQL away for {away_sec} s", client, crowd, since=stopped_at)
        assert tally.lost == 0
        assert {answer.status for answer in crowd.answers} <= {200, 503}
        # Nothing was promised to whom nothing could be promised.
        known = {str(job["id"]) for job in jobs(client)}
        assert refused.told <= known
        assert {answer.status for answer in refused.answers} <= {200, 503}
        again = Crowd().send(fleet.web, 3, first=80).join()
        assert [answer.status for answer in again.answers] == [200] * 3


def test_a_worker_cut_off_from_the_database_loses_its_photos_to_another_and_ends_nothing(
    make_fleet: MakeFleet, postgres: Postgres
) -> None:
    url = postgres.create_database()
    with (
        SilentProxy(postgres.port) as proxy,
        make_fleet({"max_parallel_jobs": 2}, workers=0, url=url) as fleet,
    ):
        behind = url.replace(f":{postgres.port}/", f":{proxy.port}/")
        apart = WorkerProcess(fleet.web, DATABASE_URL=behind)
        fleet.workers.append(apart.start().wait_ready())
        client = fleet.session()
        configure(client, "delay=3")
        crowd = Crowd().send(fleet.web, 2)
        wait_until(lambda: {job["state"] for job in jobs(client)} == {"running"}, 20)
        silent_at = time.monotonic()
        proxy.fall_silent()
        fleet.add_worker().wait_ready()
        crowd.join()
        assert [answer.status for answer in crowd.answers] == [200] * 2
        done = jobs(client)
        assert [job["attempt"] for job in done] == [2, 2]
        proxy.speak()
        wait_until(lambda: apart.log.count('"end": "fenced"') == 2, 40, "the zombie is refused")
        assert jobs(client) == done
        tally = settled("one worker cut off", client, crowd, since=silent_at)
        assert (tally.accepted, tally.lost) == (2, 0)

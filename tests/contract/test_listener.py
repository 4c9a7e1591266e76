"""What other processes change is heard from PostgreSQL, whatever becomes of the connection."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from sqlalchemy import create_engine, text

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.db import Database
from photoai.models import Job, Slot
from photoai.services.clock import utcnow
from photoai.services.events import PostgresEvents
from photoai.services.jobs import JobDraft, states
from tests.support.ear import Ear
from tests.support.people import add_user
from tests.support.postgres import Postgres
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
TOUCH = "UPDATE job SET version = nextval('job_version') WHERE id = :id"


@pytest.fixture
def database_url(postgres: Postgres) -> str:
    return postgres.create_database()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def events(database: Database, ear: Ear) -> Iterator[PostgresEvents]:
    made = PostgresEvents(database, check_every_sec=0.3)
    made.watch(ear)
    made.start()
    wait_until(lambda: made.hears_all, 5, "it listens")
    yield made
    made.stop()


@pytest.fixture
def job(database: Database) -> Job:
    with database.begin() as session:
        user = add_user(session, "owner")
        session.add(Slot(user_id=user.id, id="slot-001", updated_at=utcnow()))
        draft = JobDraft(public_id="one", user_id=user.id, kind="photo", created=utcnow())
        return states.insert(session, draft)


@pytest.fixture
def elsewhere(database: Database) -> Iterator[Callable[..., int]]:
    """Runs a statement on a connection of another process's; how many rows it changed."""
    engine = create_engine(database.engine.url)

    def run(statement: str, **values: object) -> int:
        with engine.begin() as connection:
            return connection.execute(text(statement), values).rowcount

    yield run
    engine.dispose()


def test_what_others_change_is_heard_here(
    events: PostgresEvents, ear: Ear, job: Job, elsewhere: Callable[..., int]
) -> None:
    with events.subscribe(job.id) as waiting:
        wait_until(lambda: job.id in ear.jobs, 5, "the new job is heard")
        waiting.wait(0)
        elsewhere(TOUCH, id=job.id)
        wait_until(waiting.nudge.is_set, 5, "the change is heard")
    elsewhere("UPDATE slot SET event_version = nextval('job_version') WHERE id = 'slot-001'")
    wait_until(lambda: ear.slots[1:] == [(job.user_id, "slot-001")], 5, "the slot is heard")


def test_what_is_taken_back_is_not_heard(
    events: PostgresEvents, ear: Ear, job: Job, database: Database,
    elsewhere: Callable[..., int],
) -> None:  # fmt: skip
    wait_until(lambda: ear.jobs == [job.id], 5, "the new job is heard")
    with suppress(ZeroDivisionError), database.transaction() as connection:
        connection.execute(text(TOUCH), {"id": job.id})
        raise ZeroDivisionError
    elsewhere(TOUCH, id=job.id)
    wait_until(lambda: len(ear.jobs) == 2, 5, "the change that stayed is heard")
    assert ear.jobs == [job.id] * 2


def listener_pid(database: Database) -> int:
    query = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE application_name = 'photoai listener' AND datname = current_database()"
    )
    with database.look() as connection:
        return connection.scalar(text(query)) or 0


def test_a_terminated_listener_listens_again_and_lets_everybody_look(
    events: PostgresEvents, ear: Ear, job: Job, database: Database,
    elsewhere: Callable[..., int],
) -> None:  # fmt: skip
    looks, old = ear.looks, listener_pid(database)
    with events.subscribe(job.id) as waiting:
        wait_until(lambda: job.id in ear.jobs, 5, "the new job is heard")
        waiting.wait(0)
        elsewhere("SELECT pg_terminate_backend(:pid)", pid=old)
        elsewhere(TOUCH, id=job.id)  # perhaps while nobody listens
        wait_until(waiting.nudge.is_set, 5, "who waits is told to look")
    wait_until(lambda: ear.looks == looks + 1 and events.hears_all, 5, "it listens")
    assert listener_pid(database) not in (0, old)
    heard = len(ear.jobs)
    elsewhere(TOUCH, id=job.id)
    wait_until(lambda: len(ear.jobs) > heard, 5, "the change is heard")


def test_a_connection_that_no_longer_answers_is_given_up(
    events: PostgresEvents, ear: Ear, job: Job, database: Database,
    elsewhere: Callable[..., int],
) -> None:  # fmt: skip
    old, looks = listener_pid(database), ear.looks
    os.kill(old, signal.SIGSTOP)
    try:
        wait_until(lambda: ear.looks > looks, 15, "another connection listens")
        heard = len(ear.jobs)
        elsewhere(TOUCH, id=job.id)
        wait_until(lambda: len(ear.jobs) > heard, 5, "the change is heard")
    finally:
        os.kill(old, signal.SIGCONT)


def test_a_stopped_listener_leaves_no_connection(
    events: PostgresEvents, database: Database
) -> None:
    events.stop()
    assert not events.hears_all
    wait_until(lambda: listener_pid(database) == 0, 5, "its connection is closed")


def test_a_server_that_comes_back_is_listened_to_again(config: Config, ear: Ear) -> None:
    with Postgres() as cluster:
        app = create_app(dataclasses.replace(config, database_url=cluster.create_database()))
        events = PostgresEvents(services_of(app).database)
        events.watch(ear)
        events.start()
        wait_until(lambda: events.hears_all, 5, "it listens")
        services_of(app).database.dispose()
        cluster.halt()
        wait_until(lambda: not events.hears_all, 5, "it knows that it hears nothing")
        looks = ear.looks
        cluster.start()
        wait_until(lambda: events.hears_all and ear.looks > looks, 20, "it listens again")
        events.stop()
        services_of(app).shut_down()

"""Streams without HTTP: slow listeners, late changes, and one read for everybody."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update

from photoai.db import next_job_version
from photoai.errors import DatabaseBusy
from photoai.models import Job, JobState, User
from photoai.services import Services
from photoai.services.accounts import Bearer
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.live import Event, Kind, Stream, Wish
from photoai.services.live.stream import FARTHEST, LONGEST_QUEUE
from tests.support.waiting import wait_until

numbers = itertools.count(1)


class Reader:
    """Iterates over a stream in a thread, when it is told to."""

    def __init__(self, stream: Stream) -> None:
        self.events: list[Event] = []
        self.stream = stream
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def told(self) -> list[tuple[int, str, str]]:
        return [
            (each.version or 0, each.kind, getattr(each.moment.row, "state", ""))
            for each in self.events
            if each.moment
        ]

    def wait_until_it_began(self) -> Reader:
        wait_until(lambda: Kind.HERE in [each.kind for each in self.events], 10, "it began")
        return self

    def _read(self) -> None:
        for events in self.stream:
            self.events += events
        self.stream.close()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()


class House:
    def __init__(self, services: Services) -> None:
        self.services, self.live = services, services.live
        with services.database.read() as session:
            self.user_id = session.scalars(select(User.id).where(User.username == "serg")).one()

    def open(
        self, since: int | None = None, job: Job | None = None, life_sec: float = 60
    ) -> Stream:
        now = utcnow()
        bearer = Bearer(self.user_id, "token", now, now + timedelta(seconds=life_sec))
        stream = self.live.open(Wish(bearer, since, job.public_id if job else None))
        assert stream is not None
        return stream

    def job(self) -> Job:
        draft = JobDraft(f"job-{next(numbers)}", self.user_id, "photo", utcnow())
        with self.services.database.begin() as session:
            return states.insert(session, draft)

    def change(self, job: Job, *, told: bool = True, **values: Any) -> int:
        """The version the job has then."""
        values = {"version": next_job_version(), **values}
        change = update(Job).where(Job.id == job.id).values(values)
        with self.services.database.begin() as session:
            version = session.scalar(change.returning(Job.version))
        if told:
            self.live.job_changed(job.id)
        return version or 0


@pytest.fixture
def house(services: Services) -> Iterator[House]:
    services.live.start()
    yield House(services)
    services.live.stop()


@pytest.fixture
def read(house: House) -> Iterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def make(**wish: Any) -> Reader:
        readers.append(Reader(house.open(**wish)))
        return readers[-1]

    yield make
    for reader in readers:
        reader.stream.end()
        reader.join()
    assert house.live.listeners == 0


def test_a_job_that_goes_on_is_told_as_progress(house: House, read: Callable[..., Reader]) -> None:
    job, reader = house.job(), read()
    reader.wait_until_it_began()
    for values in ({"state": "running"}, {"progress": 0.5}, {"state": "succeeded"}):
        version = house.change(job, **values)
        wait_until(lambda version=version: version in [each[0] for each in reader.told()], 5)
    kinds = [kind for _, kind, _ in reader.told()]
    assert kinds == ["state", "state", "progress", "state"]


@pytest.mark.slow
def test_changes_nobody_told_of_are_found(house: House, read: Callable[..., Reader]) -> None:
    job, reader = house.job(), read()
    reader.wait_until_it_began()
    version = house.change(job, told=False, progress=0.3)
    wait_until(lambda: version in [each[0] for each in reader.told()], 5, "it is found")


@pytest.mark.slow
def test_a_version_that_becomes_visible_late_is_found(
    house: House, read: Callable[..., Reader]
) -> None:
    early, late = house.job(), house.job()
    for _ in range(20):
        house.change(early)
    reader = read().wait_until_it_began()
    with house.services.database.begin() as session:  # as if it had committed just now
        session.execute(update(Job).where(Job.id == late.id).values(version=late.version + 5))
    wait_until(lambda: late.version + 5 in [each[0] for each in reader.told()], 5, "it is found")


def test_who_was_too_slow_gets_everything_that_stands_now(house: House) -> None:
    jobs = [house.job() for _ in range(20)]
    stream = house.open()
    events = iter(stream)
    while next(events)[0].kind != Kind.HERE:
        pass
    for job in jobs:
        house.change(job, told=False, state=JobState.RUNNING)
    changes = house.live._rows.named([job.id for job in jobs], [house.user_id])
    for _ in range(LONGEST_QUEUE // len(jobs) + 2):
        for moment in changes:
            stream.push(moment)
    last = {house.change(job, state=JobState.SUCCEEDED) for job in jobs}
    heard: list[Event] = []
    while last - {each.version for each in heard}:
        heard += next(events)
    told = [each.moment for each in heard if each.moment]
    assert len(told) <= 2 * len(jobs)  # and not what was dropped
    assert {moment.row.state for moment in told if isinstance(moment.row, Job)} == {"succeeded"}
    stream.close()


def test_what_was_pushed_before_a_read_does_not_turn_back_the_time(house: House) -> None:
    job = house.job()
    stream = house.open(job=job)
    house.change(job, told=False, state=JobState.RUNNING)
    (old,) = house.live._rows.named([job.id], [house.user_id])
    last = house.change(job, told=False, state=JobState.SUCCEEDED)
    stream._missed = False
    stream.push(old)
    stream._missed = True
    heard = [each for events in stream for each in events]
    assert [(each.version, each.kind) for each in heard] == [(last, "state"), (last, "end")]
    stream.close()


def test_one_query_is_enough_for_all_listeners(house: House, read: Callable[..., Reader]) -> None:
    job, readers = house.job(), [read() for _ in range(15)]
    for reader in readers:
        reader.wait_until_it_began()
    queries: list[str] = []
    engine = house.services.database.engine
    event.listen(engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
    version = house.change(job, state=JobState.RUNNING)
    for reader in readers:
        wait_until(lambda reader=reader: version in [each[0] for each in reader.told()], 5)
    about_it = [query for query in queries if "job.params" in query]
    assert len(about_it) == 1
    moments = {id(each.moment) for reader in readers for each in reader.events
               if each.version == version and each.moment}  # fmt: skip
    assert len(moments) == 1


def test_nothing_is_read_while_nobody_listens(house: House) -> None:
    queries: list[str] = []
    house.open().close()
    job = house.job()
    engine = house.services.database.engine
    event.listen(engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
    house.live.job_changed(job.id)
    house.live.look_again()
    house.live._round()
    assert queries == []


@pytest.mark.slow
def test_a_stream_outlives_a_database_that_does_not_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, stream = house.job(), house.open()
    rows, answers = house.live._rows, house.live._rows.counter
    failures = iter([True])

    def counter() -> int:
        if next(failures, False):
            raise DatabaseBusy
        return answers()

    monkeypatch.setattr(rows, "counter", counter)
    events = iter(stream)
    assert next(events)[0].kind == Kind.BEAT
    assert next(events)[0].version == job.version
    stream.close()


def test_an_expired_token_ends_the_stream(house: House, read: Callable[..., Reader]) -> None:
    read(life_sec=0.3).join()


def test_a_stream_ends_with_its_account(house: House, read: Callable[..., Reader]) -> None:
    reader = read().wait_until_it_began()
    house.live._check_bearers()
    assert not reader.ended
    with house.services.database.begin() as session:
        session.execute(delete(User).where(User.id == house.user_id))
    house.live._check_bearers()
    reader.join()


def test_who_was_away_for_very_long_is_told_what_there_is(house: House) -> None:
    done, waiting = house.job(), house.job()
    house.change(done, state=JobState.SUCCEEDED, version=FARTHEST * 2)
    heard = list(itertools.takewhile(lambda events: events[0].moment, house.open(since=3)))
    assert [each.version for events in heard for each in events] == [waiting.version]


def test_the_stop_says_goodbye_to_all_and_to_who_comes_now(
    house: House, read: Callable[..., Reader]
) -> None:
    reader = read().wait_until_it_began()
    house.services.stop.request()
    reader.join()
    assert reader.events[-1].kind == Kind.BYE
    late = read()
    late.join()
    assert [each.kind for each in late.events] == [Kind.BYE]


@pytest.mark.slow
def test_changed_alerts_are_told_to_who_hears_everything(
    house: House, read: Callable[..., Reader]
) -> None:
    everything = read().wait_until_it_began()
    of_one = read(job=house.job())
    house.live.alerts_changed(house.user_id + 1)
    house.live.alerts_changed(house.user_id)
    wait_until(lambda: Kind.ALERTS in [each.kind for each in everything.events], 10)
    assert [each.kind for each in everything.events].count(Kind.ALERTS) == 1
    assert all(each.kind is not Kind.ALERTS for each in of_one.events)

"""Statistics against a count in plain Python over thousands of random rows, on both databases."""

from __future__ import annotations

import math
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from photoai.db import Database
from photoai.errors import SlotUnknown, StatisticsResetRunning
from photoai.models import LogStatus, ProcessingDay, ProcessingLog, Role, Slot, User
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.statistics import RESET_LOCK, Bucket, Grouping, Order, Span, Statistics, Tally
from photoai.services.stats import log_outcome
from tests.support.people import add_user

pytestmark = pytest.mark.slow

# A year's end in the middle of an ISO week: Wednesday, 1 January 2025.
START, END = datetime(2024, 12, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)
SLOT_IDS = ("slot-001", "slot-002", "slot-003", "slot-004")
EMPTY = "slot-004"
RESETS = {"slot-002": datetime(2025, 1, 15, 13, 37, tzinfo=UTC), "slot-003": END}
BORDERS = [
    datetime(2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2025, 1, 5, 23, 59, 59, 999999, tzinfo=UTC),  # a Sunday
    datetime(2025, 1, 6, tzinfo=UTC),
    RESETS["slot-002"],
    RESETS["slot-002"] - timedelta(microseconds=1),
    RESETS["slot-002"].replace(hour=0, minute=0),
]
Row = dict[str, Any]


def random_rows(user_ids: Sequence[int]) -> list[Row]:
    dice = random.Random(7)
    seconds = (END - START).total_seconds()
    moments = [START + timedelta(seconds=dice.random() * seconds) for _ in range(4000)]
    return [
        {
            "user_id": user_id,
            "slot_id": slot_id,
            "provider_id": dice.choice(["gemini", "local", None]),
            "created_at": moment,
            "status": dice.choice([*[LogStatus.SUCCESS] * 5, LogStatus.ERROR, LogStatus.TIMEOUT]),
            "response_time_ms": dice.randrange(50_000),
            "cost": dice.choice([None, 0.0, 0.039, 0.134]),
        }
        for moment in moments + BORDERS * 3
        for user_id in [dice.choice(user_ids)]
        for slot_id in [dice.choice([each for each in SLOT_IDS if each != EMPTY])]
    ]


@pytest.fixture
def people(database: Database) -> list[Caller]:
    """Two operators with the same slots' names; the second one's rows are noise."""
    with database.begin() as session:
        users = [add_user(session, name, Role.OPERATOR) for name in ("serg", "igor")]
        for user in users:
            for slot_id in SLOT_IDS:
                reset = RESETS.get(slot_id)
                session.add(
                    Slot(user_id=user.id, id=slot_id, updated_at=utcnow(), last_reset_at=reset)
                )
        return [Caller(user.id, user.username, Role.OPERATOR) for user in users]


@pytest.fixture
def serg(people: list[Caller]) -> Caller:
    return people[0]


@pytest.fixture
def mine(database: Database, people: list[Caller]) -> list[Row]:
    """Serg's rows of the log."""
    rows = random_rows([person.id for person in people])
    with database.transaction() as connection:
        connection.execute(insert(ProcessingLog), rows)
    return [row for row in rows if row["user_id"] == people[0].id]


@pytest.fixture
def statistics(database: Database) -> Statistics:
    return Statistics(database, LocalEvents())


def tally(rows: Sequence[Row]) -> tuple[int, int, int, int, float]:
    return (
        len(rows),
        sum(row["status"] != "SUCCESS" for row in rows),
        sum(row["status"] == "TIMEOUT" for row in rows),
        sum(row["response_time_ms"] for row in rows),
        pytest.approx(sum(row["cost"] or 0 for row in rows)),
    )


def figures(counted: Tally) -> tuple[int, int, int, int, float]:
    return (
        counted.requests, counted.errors, counted.timeouts, counted.response_ms, counted.cost,
    )  # fmt: skip


PERIODS: dict[Grouping, Callable[[datetime], datetime | date]] = {
    Grouping.HOUR: lambda moment: moment.replace(minute=0, second=0, microsecond=0),
    Grouping.DAY: lambda moment: moment.date(),
    Grouping.WEEK: lambda moment: date.fromisocalendar(*moment.isocalendar()[:2], 1),
    Grouping.MONTH: lambda moment: date(moment.year, moment.month, 1),
}


def check(buckets: Sequence[Bucket], rows: Sequence[Row], span: Span) -> None:
    period_of = PERIODS[span.group_by]
    expected: dict[Any, list[Row]] = defaultdict(list)
    moment = span.start
    while moment < span.end:  # every period, empty ones too
        expected[period_of(moment)] = []
        moment += timedelta(minutes=30)
    for row in rows:
        if span.start <= row["created_at"] < span.end:
            expected[period_of(row["created_at"])].append(row)
    assert [bucket.start for bucket in buckets] == sorted(expected)
    for bucket in buckets:
        assert figures(bucket.tally) == tally(expected[bucket.start]), bucket


SPANS = [
    (date(2024, 12, 20), date(2025, 1, 19)),
    (date(2025, 1, 1), date(2025, 1, 1)),
    (datetime(2024, 12, 31, 22, 30, tzinfo=UTC), datetime(2025, 1, 6, 0, 0, 0, 1, tzinfo=UTC)),
    (datetime(2025, 1, 15, 13, 37, tzinfo=UTC), datetime(2025, 1, 15, 13, 38, tzinfo=UTC)),
    (datetime(2025, 1, 14, 13, 37, tzinfo=UTC), datetime(2025, 1, 15, 13, 38, tzinfo=UTC)),
    (datetime(2025, 1, 14, tzinfo=UTC), datetime(2025, 1, 15, tzinfo=UTC)),
    (date(2025, 2, 25), date(2025, 3, 20)),
]


@pytest.mark.parametrize("group_by", list(Grouping))
def test_a_slots_periods_hold_what_came_in_them(
    statistics: Statistics, serg: Caller, mine: list[Row], group_by: Grouping
) -> None:
    for first, last in SPANS:
        span = Span.between(first, last, group_by, timedelta(days=31))
        for slot_id in ("slot-001", EMPTY):
            rows = [row for row in mine if row["slot_id"] == slot_id]
            check(statistics.of_slot(serg, slot_id, span), rows, span)


@pytest.mark.parametrize("group_by", [Grouping.DAY, Grouping.WEEK, Grouping.MONTH])
def test_all_slots_periods_are_filtered_by_slot_and_provider(
    statistics: Statistics, serg: Caller, mine: list[Row], group_by: Grouping
) -> None:
    for first, last in [*SPANS, (date(2024, 12, 1), date(2025, 2, 28))]:
        span = Span.between(first, last, group_by, timedelta(days=90))
        for wanted in ({}, {"slot_id": "slot-002"}, {"provider_id": "gemini"},
                       {"slot_id": "slot-003", "provider_id": "local"}):  # fmt: skip
            rows = [row for row in mine if wanted.items() <= row.items()]
            check(statistics.of_all(serg, span, **wanted), rows, span)


def test_weeks_begin_on_monday_and_periods_name_their_last_day(
    statistics: Statistics, serg: Caller
) -> None:
    ends = {}
    for group_by in (Grouping.WEEK, Grouping.MONTH, Grouping.DAY):
        span = Span.between(date(2025, 1, 1), date(2025, 1, 6), group_by, timedelta(days=31))
        ends[group_by] = [(each.start, each.end) for each in statistics.of_all(serg, span)]
    assert ends[Grouping.WEEK] == [
        (date(2024, 12, 30), date(2025, 1, 5)), (date(2025, 1, 6), date(2025, 1, 12)),
    ]  # fmt: skip
    assert ends[Grouping.MONTH] == [(date(2025, 1, 1), date(2025, 1, 31))]
    assert ends[Grouping.DAY][-1] == (date(2025, 1, 6), date(2025, 1, 6))


def test_a_slots_line_counts_since_its_reset_and_ever(
    statistics: Statistics, serg: Caller, mine: list[Row]
) -> None:
    lines = {line.slot.id: line for line in statistics.by_slot(serg)}
    assert tuple(lines) == SLOT_IDS
    for slot_id, line in lines.items():
        rows = [row for row in mine if row["slot_id"] == slot_id]
        since = [row for row in rows if row["created_at"] >= RESETS.get(slot_id, START)]
        assert figures(line.ever) == tally(rows)
        assert figures(line.since_reset) == tally(since)
        times = sorted(row["response_time_ms"] for row in since)
        rank = math.ceil(0.95 * len(times))
        assert line.p95_response_ms == (times[rank - 1] if times else None)
        priced = [row for row in rows if row["cost"] is not None]
        newest = max((row["created_at"] for row in priced), default=None)
        prices = [row["cost"] for row in priced if row["created_at"] == newest]
        assert line.last_price in prices or (line.last_price, prices) == (None, [])
    assert lines["slot-002"].since_reset.requests > 100
    assert lines["slot-003"].since_reset == Tally()


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100])
def test_the_percentile_is_the_nearest_rank(
    statistics: Statistics, database: Database, serg: Caller, count: int
) -> None:
    row = {"user_id": serg.id, "slot_id": EMPTY, "created_at": START, "status": "SUCCESS"}
    with database.transaction() as connection:
        connection.execute(
            insert(ProcessingLog), [row | {"response_time_ms": ms} for ms in range(1, count + 1)]
        )
    line = statistics.by_slot(serg)[-1]
    assert line.p95_response_ms == math.ceil(0.95 * count)


def test_a_reset_begins_anew_and_keeps_the_log(
    statistics: Statistics, database: Database, serg: Caller, mine: list[Row]
) -> None:
    before = {line.slot.id: line for line in statistics.by_slot(serg)}
    statistics.reset(serg, "slot-001")
    after = {line.slot.id: line for line in statistics.by_slot(serg)}
    assert after["slot-001"].since_reset == Tally()
    assert after["slot-001"].ever == before["slot-001"].ever
    assert after["slot-001"].slot.version == before["slot-001"].slot.version
    assert after["slot-002"].since_reset == before["slot-002"].since_reset
    received_before, received_after = utcnow() - timedelta(minutes=1), utcnow()
    with database.transaction() as connection:
        for moment in (received_before, received_after):
            log_outcome(connection, user_id=serg.id, slot_id="slot-001", received=moment)
    again = statistics.by_slot(serg)[0]
    assert again.since_reset.requests == 1
    assert again.ever.requests == before["slot-001"].ever.requests + 2


def test_only_an_owner_resets(statistics: Statistics, serg: Caller) -> None:
    for caller, slot_id in ((serg, "slot-041"), (Caller(999, "x", Role.OPERATOR), "slot-001")):
        with pytest.raises(SlotUnknown):
            statistics.reset(caller, slot_id)


def test_two_resets_of_one_slot_do_not_run_at_once(
    database: Database, people: list[Caller]
) -> None:
    """The second one comes while the first waits for the database."""
    serg, igor = people
    statistics = Statistics(database, LocalEvents())
    begun, may_end = threading.Event(), threading.Event()

    class Slow(Database):
        def transaction(self, **how: Any) -> Any:
            begun.set()
            assert may_end.wait(5)
            return super().transaction(**how)

    statistics._db = Slow(database.engine)
    first = threading.Thread(target=statistics.reset, args=(serg, "slot-001"))
    first.start()
    assert begun.wait(5)
    with pytest.raises(StatisticsResetRunning):
        statistics.reset(serg, "slot-001")
    statistics._db = database
    for caller, slot_id in ((serg, "slot-002"), (igor, "slot-001")):
        statistics.reset(caller, slot_id)
    may_end.set()
    first.join()
    statistics.reset(serg, "slot-001")


def test_two_processes_do_not_reset_one_slot_at_once(database: Database, serg: Caller) -> None:
    if database.dialect == "sqlite":
        return  # one web process
    lock = func.pg_try_advisory_xact_lock(RESET_LOCK, func.hashtext(f"{serg.id}/slot-001"))
    with database.transaction() as other_process:
        assert other_process.scalar(select(lock))
        with pytest.raises(StatisticsResetRunning):
            Statistics(database, LocalEvents()).reset(serg, "slot-001")
    Statistics(database, LocalEvents()).reset(serg, "slot-001")


def days(database: Database) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    with database.look() as connection:
        rows = connection.execute(select(ProcessingDay.__table__)).all()
    return {tuple(row[:4]): tuple(row[4:]) for row in rows if row.requests}


def expected_days(rows: Sequence[Row]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        day, provider = row["created_at"].date(), row["provider_id"] or ""
        found[row["user_id"], day, row["slot_id"], provider].append(row)
    return {key: tally(rows) for key, rows in found.items()}


def test_the_days_follow_whatever_happens_to_the_log(
    database: Database, people: list[Caller], mine: list[Row]
) -> None:
    _, igor = people
    with database.transaction() as connection:
        connection.execute(delete(User).where(User.id == igor.id))
    assert days(database) == expected_days(mine)
    late = (ProcessingLog.status == "TIMEOUT") & ProcessingLog.cost.is_(None)
    with database.transaction() as connection:
        connection.execute(update(ProcessingLog).where(late).values(cost=0.5))
        connection.execute(delete(ProcessingLog).where(ProcessingLog.slot_id == "slot-002"))
        moved = update(ProcessingLog).where(ProcessingLog.slot_id == "slot-003")
        connection.execute(moved.values(created_at=START, provider_id=None))
    for row in mine:
        if row["status"] == "TIMEOUT" and row["cost"] is None:
            row["cost"] = 0.5
        if row["slot_id"] == "slot-003":
            row |= {"created_at": START, "provider_id": None}
    assert days(database) == expected_days([row for row in mine if row["slot_id"] != "slot-002"])


def test_a_late_photo_stays_late_and_gets_its_price(
    database: Database, statistics: Statistics, serg: Caller
) -> None:
    for cost, status in ((None, LogStatus.TIMEOUT), (0.04, LogStatus.SUCCESS)):
        with database.transaction() as connection:
            log_outcome(
                connection, user_id=serg.id, slot_id=EMPTY, received=utcnow(), job_id="late",
                status=status, cost=cost,
            )  # fmt: skip
    line = statistics.by_slot(serg)[-1]
    assert (line.ever.requests, line.ever.errors, line.ever.timeouts) == (1, 1, 1)
    assert (line.ever.cost, line.last_price, line.ever.error_percent) == (0.04, 0.04, 100.0)


def test_a_job_that_is_tried_again_costs_twice(
    database: Database, statistics: Statistics, serg: Caller
) -> None:
    for cost, status in (
        (0.5, LogStatus.ERROR),
        (None, LogStatus.ERROR),
        (0.25, LogStatus.SUCCESS),
    ):
        with database.transaction() as connection:
            log_outcome(
                connection, user_id=serg.id, slot_id=EMPTY, received=utcnow(), job_id="again",
                status=status, cost=cost,
            )  # fmt: skip
    line = statistics.by_slot(serg)[-1]
    assert (line.ever.requests, line.ever.errors, line.ever.cost) == (1, 1, 0.75)


def test_buckets_are_sorted_by_a_figure_then_by_their_start() -> None:
    buckets = [
        Bucket(date(2025, 1, day), date(2025, 1, day), Tally(requests=requests))
        for day, requests in ((1, 5), (2, 0), (3, 5), (4, 9))
    ]

    def starts(**how: Any) -> list[int]:
        return [bucket.start.day for bucket in Order(**how).of(buckets)]

    assert starts() == [4, 3, 2, 1]
    assert starts(by="success") == [4, 3, 1, 2]
    assert starts(by="success", descending=False) == [2, 1, 3, 4]
    assert starts(page=2, page_size=3) == [1]
    assert starts(page=3, page_size=3) == []

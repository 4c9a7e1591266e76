"""Every account's jobs against a count in plain Python, and by indexes alone; both databases."""

from __future__ import annotations

import itertools
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from photoai.config import Config
from photoai.db import Database
from photoai.models import Job, JobAttempt, JobState, User
from photoai.offload import run_here
from photoai.services.accounts import Accounts, Passwords, Plans
from photoai.services.administration import AllTasks, TaskWish, UsageReport, UsageWish, Users
from photoai.services.administration import usage as usage_module
from photoai.services.administration.tasks import counted, newest, slices_of
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.statistics import Grouping, Span
from tests.support.people import add_user

KINDS = ("photo", "photo", "photo", "merge", "trim")
ROWS, FEW = 20_000, 600
TODAY = utcnow().replace(hour=12, minute=0, second=0, microsecond=0)
# Of the jobs that wait or run all may be looked at.
WHOLE = re.compile(r"SCAN job\b(?! USING INDEX ix_job_(queued|running))|Seq Scan on job\b")
Row = dict[str, Any]


@pytest.fixture
def users(database: Database) -> list[User]:
    with database.begin() as session:
        return [add_user(session, name) for name in ("anna", "boris", "clara")]


@pytest.fixture
def rows(database: Database, users: list[User]) -> list[Row]:
    """Jobs of two of them over thirty days, in whatever state; nearly in order."""
    dice, found = random.Random(7), []
    for number in range(1, FEW + 1):
        hours = (FEW - number) * 30 * 24 / FEW + dice.random()
        found.append(
            {
                "id": number, "public_id": f"job-{number}", "user_id": dice.choice(users[:2]).id,
                "kind": dice.choice(KINDS), "state": str(dice.choice(list(JobState))),
                "version": number, "params": {}, "finished": None,
                "created": TODAY - timedelta(hours=hours),
            }
        )  # fmt: skip
    for row in found:
        if JobState(row["state"]).ended:
            row["finished"] = row["created"]
    attempts = [
        {
            "job_id": row["id"], "attempt": attempt, "owner": "me", "started": row["created"],
            "ended": row["created"] + timedelta(seconds=10 * attempt) if attempt < 3 else None,
        }
        for row in found for attempt in range(1, dice.randrange(1, 4) + 1)
    ]  # fmt: skip
    with database.begin() as session:
        session.execute(insert(Job), found)
        session.execute(insert(JobAttempt), attempts)
    return [row | {"worked": _worked(row, attempts)} for row in found]


def _worked(row: Row, attempts: list[Row]) -> float:
    mine = [each for each in attempts if each["job_id"] == row["id"] and each["ended"]]
    return sum((each["ended"] - each["started"]).total_seconds() for each in mine)


def test_every_wish_finds_what_a_look_at_all_of_them_finds(
    database: Database, rows: list[Row], users: list[User]
) -> None:
    tasks = AllTasks(database, None)  # type: ignore[arg-type]
    whose = (None, users[0].id, users[1].id, users[2].id)
    wishes = itertools.product(whose, (None, *JobState), (None, "photo", "merge", "none"), (1, 2))
    for user_id, state, kind, page in wishes:
        wish = TaskWish(user_id, state, kind, page, 7)
        fitting = [
            row["public_id"]
            for row in reversed(rows)
            if user_id in {None, row["user_id"]}
            and state in {None, row["state"]}
            and kind in {None, row["kind"]}
        ]
        found = tasks.page(wish)
        assert [task.public_id for task in found.tasks] == fitting[7 * page - 7 : 7 * page], wish
        assert found.total == len(fitting), wish


@pytest.mark.parametrize("portion", [7, 100_000])
def test_usage_is_what_a_look_at_all_of_them_finds(
    database: Database, rows: list[Row], users: list[User], portion: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(usage_module, "PORTION", portion)
    first, last = TODAY.date() - timedelta(days=20), TODAY.date() - timedelta(days=3)
    span = Span.between(first, last, Grouping.DAY, timedelta(days=92))
    lines = UsageReport(database).page(UsageWish(span)).lines
    assert [line.user.username for line in lines] == ["anna", "boris", "clara"]
    for line in lines:
        theirs = [
            row for row in rows
            if row["user_id"] == line.user.id and first <= row["created"].date() <= last
        ]  # fmt: skip
        assert line.jobs == len(theirs)
        assert line.worked_sec == pytest.approx(sum(row["worked"] for row in theirs), abs=0.1)
        for kind in line.kinds:
            states = [row["state"] for row in theirs if row["kind"] == kind.kind]
            assert kind.by_state == {state: states.count(state) for state in set(states)}


def test_work_is_counted_account_by_account(
    database: Database, rows: list[Row], users: list[User], config: Config
) -> None:
    accounts = Accounts(database, Passwords(run_here), Plans.load(config))
    administration = Users(database, accounts, LocalEvents())
    a_day_ago = utcnow() - timedelta(days=1)
    for user in users:
        theirs = [row for row in rows if row["user_id"] == user.id]
        work = administration.get(user.id).work
        assert work.jobs_open == sum(row["state"] in {"queued", "running"} for row in theirs)
        assert work.jobs_today == sum(row["created"] >= a_day_ago for row in theirs)


# A long life of one account: nearly all photos, nearly all made.
FILL = """
INSERT INTO job (public_id, user_id, kind, state, attempt, crash_count, max_attempts,
                 cancel_requested, version, progress, params, created,
                 finished)
SELECT 'job-' || n, CASE WHEN n % 50 = 0 THEN :other ELSE :user END,
       CASE WHEN n % 200 = 0 THEN 'merge' ELSE 'photo' END,
       CASE WHEN n % 1000 = 7 THEN 'failed' ELSE 'succeeded' END,
       1, 0, 3, false, n, 1.0, '{}', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP
FROM numbers
"""
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows) ",
    "postgresql": "WITH numbers(n) AS (SELECT generate_series(1, :rows)) ",
}


def _filled(statement: str, dialect: str) -> str:
    if dialect == "sqlite":
        head, _, tail = statement.partition("SELECT")
        return f"{head}{NUMBERS[dialect]}SELECT{tail}"
    return NUMBERS[dialect] + statement


def test_a_page_of_any_wish_is_read_from_indexes(database: Database, users: list[User]) -> None:
    anna, boris, _ = users
    values = {"user": anna.id, "other": boris.id, "rows": ROWS}
    with database.transaction() as connection:
        connection.execute(text(_filled(FILL, database.dialect)), values)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.dialect == "postgresql":
            connection.execute(text("VACUUM ANALYZE job"))
    whose, states, kinds = (None, anna.id, boris.id), (None, "failed", "queued"), (None, "merge")
    wishes = itertools.starmap(TaskWish, itertools.product(whose, states, kinds))
    next(wishes)  # everything: a walk along the table from its end, as far as the page goes
    for wish in wishes:
        for plan in _plans(database, wish):
            assert not WHOLE.search(plan), (wish, plan)


def _plans(database: Database, wish: TaskWish) -> list[str]:
    """How the database finds a page, and counts what is rare."""
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    with database.read() as session:
        slices = list(slices_of(session, wish))
        queries = [newest(slices, wish)] if slices else []
        queries += [counted(each) for each in slices] if wish.state else []
        written = [
            str(query.compile(database.engine, compile_kwargs={"literal_binds": True}))
            for query in queries
        ]
        return [
            "\n".join(str(row[-1]) for row in session.execute(text(explain + each)))
            for each in written
        ]

"""What is kept of analyses, what they may cost, what is written down of files at a provider; both
databases."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import func, select, update

from photoai.config import Config
from photoai.db import Database
from photoai.errors import JobCancelled, ProviderOverloaded
from photoai.errors.reels import BudgetSpent, ReelUnknown
from photoai.models import Job, JobState, KnownAnalysis, Reel, RemoteFile
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft
from photoai.services.providers import Providers, VideoMind
from photoai.services.reels import REELS, ReelOrder
from photoai.services.reels.analysis import Analysis
from photoai.services.reels.known import KnownAnswers
from photoai.services.reels.records import Records
from photoai.services.reels.remote_files import RemoteFiles
from tests.conftest import without_addresses
from tests.support import analyses

ORDER = ReelOrder(file_id="file")
ANSWER = Analysis({"keys": []}, "gemini-3.8-flash", "001", {"total": 5}, 0.02)


class Shelf:
    """A provider that keeps files and deletes them, or is away."""

    def __init__(self, *names: str) -> None:
        self.files = set(names)
        self.is_away = False
        self.has_key = True

    def videos(self, provider_id: str, job_id: str = "") -> VideoMind:
        return cast(VideoMind, self)

    def configured(self) -> bool:
        return self.has_key

    def remove(self, name: str, deadline: float, check: Any = None) -> None:
        if self.is_away:
            raise ProviderOverloaded
        self.files.discard(name)


@pytest.fixture
def services(database: Database, database_url: str, config: Config) -> Iterator[Services]:
    """Nothing that is accepted is begun."""
    own = dataclasses.replace(config, database_url=database_url)
    found = without_addresses(own)[1]
    yield found
    found.shut_down()


@pytest.fixture
def records(services: Services, config: Config) -> Records:
    return Records(services.database, services.store, config.result_ttl_hours)


@pytest.fixture
def job(services: Services, owner: Caller) -> Job:
    """One that runs."""
    draft = JobDraft("reel-1", owner.id, REELS, utcnow(), ORDER.as_json())
    job = services.jobs.submit(draft).job
    return moved(services, job, state=JobState.RUNNING, attempt=1)


def moved(services: Services, job: Job, **columns: Any) -> Job:
    with services.database.begin() as session:
        session.execute(update(Job).where(Job.id == job.id).values(**columns))
    with services.database.read() as session:
        return session.get_one(Job, job.id)


def count(services: Services, table: Any) -> int:
    with services.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    path = tmp_path / "shots.zip"
    path.write_bytes(analyses.pictures())
    return path


def test_what_is_measured_is_there_before_the_end_and_its_pictures_too(
    services: Services, owner: Caller, records: Records, job: Job, pictures: Path
) -> None:
    assert services.reels.known_of(job) is None
    records.measured(job, analyses.FACTS, pictures)
    kept = services.reels.known_of(job)
    assert kept is not None
    assert (kept.facts, kept.analysis) == (analyses.FACTS, None)
    assert services.reels.picture(owner, job.public_id, "shot_001").data.startswith(b"\xff\xd8")


def test_an_attempt_that_has_lost_its_job_writes_nothing(
    services: Services, records: Records, job: Job, pictures: Path
) -> None:
    moved(services, job, attempt=2)
    with pytest.raises(JobCancelled):
        records.measured(job, analyses.FACTS, pictures)
    with pytest.raises(JobCancelled):
        records.analysed(job, analyses.ANALYSIS)
    assert count(services, Reel) == 0
    assert list(services.store.stored("shots")) == []


def test_what_is_too_old_is_forgotten_with_its_pictures(
    services: Services, records: Records, job: Job, pictures: Path, config: Config
) -> None:
    records.measured(job, analyses.FACTS, pictures)
    records.forget_old()
    assert services.reels.known_of(job) is not None
    long_ago = utcnow() - timedelta(hours=config.result_ttl_hours, seconds=1)
    moved(services, job, state=JobState.SUCCEEDED, finished=long_ago)
    records.forget_old()
    assert services.reels.known_of(job) is None
    assert list(services.store.stored("shots")) == []


def test_what_its_owner_deletes_is_known_no_more(
    services: Services, owner: Caller, stranger: Caller, records: Records, job: Job, pictures: Path
) -> None:
    records.measured(job, analyses.FACTS, pictures)
    records.analysed(job, analyses.ANALYSIS)
    known = KnownAnswers(services.database, 72)
    known.remember("abc", ORDER, job, ANSWER)
    moved(services, job, state=JobState.SUCCEEDED, finished=utcnow(), result={"cost": 1})
    with pytest.raises(ReelUnknown):
        services.reels.end(stranger, job.public_id)
    assert services.reels.end(owner, job.public_id) is None
    with pytest.raises(ReelUnknown):
        services.reels.get(owner, job.public_id)
    kept = services.reels.known_of(job)
    assert kept is not None
    assert (kept.facts, kept.analysis, kept.pictures_key) == (None, None, None)
    assert count(services, KnownAnalysis) == 0
    assert list(services.store.stored("shots")) == []
    with services.database.read() as session:
        assert session.get_one(Job, job.id).result is None


@pytest.mark.parametrize(
    "other",
    [
        ("def", ORDER, "gemini-3.8-flash"),
        ("abc", dataclasses.replace(ORDER, target_language="en"), "gemini-3.8-flash"),
        ("abc", dataclasses.replace(ORDER, variants=2), "gemini-3.8-flash"),
        ("abc", ORDER, "gemini-3.7-flash"),
    ],
)
def test_an_answer_is_known_by_all_it_depends_on(
    services: Services, job: Job, other: tuple[str, ReelOrder, str]
) -> None:
    known = KnownAnswers(services.database, 72)
    known.remember("abc", ORDER, job, ANSWER)
    found = known.find("abc", dataclasses.replace(ORDER, file_id="another"), "gemini-3.8-flash")
    assert found is not None
    assert (found.answer, found.cost, found.usage) == ({"keys": []}, 0.0, {})
    assert known.find(*other) is None
    with services.database.begin() as session:
        session.execute(update(KnownAnalysis).values(at=utcnow() - timedelta(hours=73)))
    assert known.find("abc", ORDER, "gemini-3.8-flash") is None
    known.forget_old()
    assert count(services, KnownAnalysis) == 0


def test_an_account_spends_its_own_money(
    services: Services, owner: Caller, stranger: Caller, job: Job
) -> None:
    budget = services.reels.budget
    with services.database.look() as db:
        budget.check(db, owner.id)
    budget.book(job, "gemini-3.8-flash", {"total": 5}, 0.4)
    budget.book(job, "gemini-3.8-flash", {"total": 5}, 0.6)
    budget.book(job, "gemini-3.8-flash", {}, 0.0)
    assert budget.spent_today_usd(owner.id) == pytest.approx(1.0)
    with services.database.look() as db:
        with pytest.raises(BudgetSpent) as refused:
            budget.check(db, owner.id)
        budget.check(db, stranger.id)
    assert refused.value.details == {"plan": "free", "allowed_cents": 100, "spent_cents": 100.0}
    assert 0 < (refused.value.retry_after or 0) <= 86_400
    with pytest.raises(BudgetSpent):
        services.jobs.submit(JobDraft("reel-2", owner.id, REELS, utcnow(), ORDER.as_json()))
    with services.database.begin() as session:
        session.execute(update(Job).where(Job.id == job.id).values(state=JobState.FAILED))
    with pytest.raises(BudgetSpent):
        services.reels.retry(owner, job.public_id)


def remote(services: Services, shelf: Shelf) -> RemoteFiles:
    return RemoteFiles(services.database, cast(Providers, shelf))


def test_a_file_is_written_down_until_it_is_deleted(services: Services, job: Job) -> None:
    shelf = Shelf()
    files = remote(services, shelf)
    name = files.begin(job, "gemini")
    shelf.files.add(name)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(name) <= 40
    files.tidy()
    assert shelf.files == {name}, "its job runs"
    shelf.is_away = True
    files.end(shelf.videos("gemini"), name)
    assert count(services, RemoteFile) == 1
    shelf.is_away = False
    files.end(shelf.videos("gemini"), name)
    assert (shelf.files, count(services, RemoteFile)) == (set(), 0)


LONG_AGO = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("columns", "is_left"),
    [
        ({"attempt": 1}, True),
        ({"state": JobState.QUEUED}, False),
        ({"attempt": 2}, False),
        ({"state": JobState.CANCELLED, "finished": LONG_AGO}, False),
        ({"state": JobState.SUCCEEDED, "finished": LONG_AGO}, False),
        ({"state": JobState.CANCELLED, "finished": timedelta(0)}, True),
    ],
)
def test_what_jobs_have_left_behind_is_deleted(
    services: Services, job: Job, columns: dict[str, Any], is_left: bool
) -> None:
    shelf = Shelf()
    files = remote(services, shelf)
    shelf.files.add(files.begin(job, "gemini"))
    ago = columns.get("finished")
    moved(services, job, **columns | ({} if ago is None else {"finished": utcnow() - ago}))
    shelf.has_key = False
    files.tidy()
    assert len(shelf.files) == 1, "nobody could delete it"
    shelf.has_key = True
    files.tidy()
    assert (len(shelf.files), count(services, RemoteFile)) == (int(is_left), int(is_left))


def test_what_the_provider_has_forgotten_by_itself_is_forgotten_here(
    services: Services, job: Job
) -> None:
    shelf = Shelf()
    shelf.has_key = False
    files = remote(services, shelf)
    files.begin(job, "gemini")
    with services.database.begin() as session:
        old = utcnow() - timedelta(hours=48, seconds=1)
        session.execute(update(RemoteFile).values(created_at=old))
    files.tidy()
    assert count(services, RemoteFile) == 0

"""What is thrown away, and what is not."""

from __future__ import annotations

import dataclasses
import io
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.errors import StorageUnavailable
from photoai.models import (
    Job,
    JobState,
    MediaObject,
    ProcessingLog,
    Role,
    Slot,
    SummaryPlan,
    User,
    UserFile,
    WebhookDelivery,
)
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.conversions import ASCII
from photoai.services.jobs import JobDraft, states
from photoai.services.settings import SettingsChange
from tests.support import photos
from tests.support.s3 import S3
from tests.support.server import free_port


@pytest.fixture
def serg(services: Services) -> Caller:
    with services.database.read() as session:
        user = session.query(User).filter_by(username="serg").one()
    return Caller(user.id, user.username, Role(user.role))


def store(services: Services, key: str) -> str:
    with services.store.write(key) as file:
        file.write(b"photo")
    return key


def there(config: Config, key: str) -> bool:
    return (Path(config.media_root) / key).exists()


def job(services: Services, owner: Caller, age: timedelta, **facts: Any) -> Job:
    """A photo received `age` ago, its original stored."""
    name = f"job-{age.total_seconds():.0f}-{facts.get('state', 'queued')}"
    draft = JobDraft(
        public_id=name, user_id=owner.id, kind="photo", created=utcnow() - age, provider="local",
        slot_id="slot-001", input_key=store(services, f"originals/{name}"),
    )  # fmt: skip
    with services.database.begin() as session:
        row = session.get_one(Job, states.insert(session, draft).id)
        for key, value in facts.items():
            setattr(row, key, value)
    return row


@pytest.mark.parametrize(
    ("age_sec", "state", "kept"),
    [
        (45, JobState.SUCCEEDED, True),
        (61, JobState.SUCCEEDED, False),
        (61, JobState.FAILED, False),
        (61, JobState.CANCELLED, False),
        (61, JobState.QUEUED, True),
        (800, JobState.RUNNING, True),
        (901, JobState.RUNNING, False),
    ],
)
def test_originals_go_after_a_minute_but_not_before_their_job_has_ended(
    services: Services, config: Config, serg: Caller, age_sec: int, state: str, kept: bool
) -> None:
    row = job(services, serg, timedelta(seconds=age_sec), state=state)
    services.upkeep.tidy()
    assert there(config, f"originals/{row.public_id}") is kept
    with services.database.read() as session:
        assert (session.get_one(Job, row.id).input_key is not None) is kept


def test_originals_are_kept_as_long_as_the_operators_wish(
    services: Services, config: Config, serg: Caller
) -> None:
    ended = {"state": JobState.SUCCEEDED}
    young, old = (job(services, serg, timedelta(minutes=age), **ended) for age in (59, 61))
    services.settings.change(serg, SettingsChange(originals_kept_min=60))
    services.upkeep.remove_originals()
    keys = [f"originals/{row.public_id}" for row in (young, old)]
    assert [there(config, key) for key in keys] == [True, False]
    services.settings.change(serg, SettingsChange(originals_kept_min=0))
    services.upkeep.remove_originals()
    assert not there(config, keys[0]), "what is here already goes, too"


def test_a_photo_may_wait_as_long_as_its_original_is_kept(services: Services, serg: Caller) -> None:
    """It was tried again, or waits behind many."""
    row = job(services, serg, timedelta(minutes=40))
    services.settings.change(serg, SettingsChange(originals_kept_min=60))
    services.upkeep.tidy()
    with services.database.read() as session:
        assert session.get_one(Job, row.id).state == JobState.QUEUED
    services.settings.change(serg, SettingsChange(originals_kept_min=30))
    services.upkeep.tidy()
    with services.database.read() as session:
        assert session.get_one(Job, row.id).error_code == "job_expired"


def test_clearing_the_cache_takes_the_kept_originals_along(
    services: Services, config: Config, serg: Caller
) -> None:
    ended, running = (
        job(services, serg, timedelta(seconds=1), state=state)
        for state in (JobState.FAILED, JobState.RUNNING)
    )
    assert services.upkeep.clear_results(serg) == 0, "photos are counted"
    assert not there(config, f"originals/{ended.public_id}")
    assert there(config, f"originals/{running.public_id}")


def test_a_photo_nobody_started_in_time_fails_and_is_logged(
    services: Services, serg: Caller
) -> None:
    row = job(services, serg, timedelta(minutes=16))
    services.upkeep.tidy()
    with services.database.read() as session:
        assert session.get_one(Job, row.id).error_code == "job_expired"
        log = session.query(ProcessingLog).one()
    assert (log.status, log.error_code, log.slot_id) == ("ERROR", "job_expired", "slot-001")


@pytest.mark.parametrize(("hours", "kept"), [(71, True), (73, False)])
def test_results_go_after_three_days(
    services: Services, config: Config, serg: Caller, hours: int, kept: bool
) -> None:
    key = store(services, "results/one.jpg")
    job(
        services, serg, timedelta(hours=hours), state=JobState.SUCCEEDED, result_key=key,
        finished=utcnow() - timedelta(hours=hours),
    )  # fmt: skip
    services.upkeep.tidy()
    assert there(config, key) is kept


@pytest.mark.parametrize(
    ("prefix", "hours"), [("originals", 1), ("media", 1), ("uploads", 1), ("files", 24)]
)
def test_what_no_row_names_goes_when_it_is_old_enough(
    services: Services, config: Config, serg: Caller, prefix: str, hours: int
) -> None:
    young, old = (store(services, f"{prefix}/{name}") for name in ("young", "old"))
    written = (utcnow() - timedelta(hours=hours)).timestamp()
    for key, moment in ((young, written + 60), (old, written - 60)):
        os.utime(Path(config.media_root) / key, (moment, moment))
    assert services.upkeep.remove_orphans() == 1
    assert (there(config, young), there(config, old)) == (True, False)


def test_files_of_an_account_that_is_gone_go_too(
    services: Services, config: Config, serg: Caller
) -> None:
    keys = []
    for owner in (serg.id, _gone_account(services)):
        key = store(services, f"files/{owner}")
        keys.append(key)
        os.utime(Path(config.media_root) / key, (0, 0))
        with services.database.begin() as session:
            session.add(_file(key, owner))
    with services.database.begin() as session:
        session.delete(session.query(User).filter_by(username="gone").one())
    services.upkeep.tidy()
    assert [there(config, key) for key in keys] == [True, False]


def test_deleted_files_lose_their_bytes_a_day_later(
    services: Services, config: Config, serg: Caller
) -> None:
    key = store(services, "files/deleted")
    with services.database.begin() as session:
        session.add(_file(key, serg.id, deleted_at=utcnow() - timedelta(hours=25)))
    services.upkeep.tidy()
    assert not there(config, key)


def _gone_account(services: Services) -> int:
    with services.database.begin() as session:
        user = User(
            username="gone", role=Role.MEMBER, password_hash="", tokens_valid_from=utcnow(),
            created_at=utcnow(),
        )  # fmt: skip
        session.add(user)
        session.flush()
        return user.id


def _file(key: str, owner: int, **facts: Any) -> UserFile:
    return UserFile(
        id=key, user_id=owner, name="a.srt", kind="subtitles", mime="text/vtt", size_bytes=5,
        sha256="", key=key, created_at=utcnow(), **facts,
    )  # fmt: skip


def test_expired_media_go_unless_a_slot_names_them(
    services: Services, config: Config, serg: Caller
) -> None:
    plain, pinned = (services.media.register(serg, io.BytesIO(photos.jpeg())) for _ in range(2))
    with services.database.begin() as session:
        for media in session.query(MediaObject):
            media.expires_at = utcnow() - timedelta(seconds=1)
        slot = session.get_one(Slot, (serg.id, "slot-005"))
        slot.settings_json = {"reference_media_id": pinned.id}
    services.upkeep.tidy()
    assert not there(config, f"media/{plain.id}")
    assert there(config, f"media/{pinned.id}")


def test_what_a_crash_left_behind_goes_and_what_is_new_stays(
    services: Services, config: Config
) -> None:
    old, new = store(services, "results/old.jpg"), store(services, "results/new.jpg")
    root = Path(config.media_root)
    draft = root / "unpublished" / "half"
    draft.write_bytes(b"half a ph")
    long_ago = (utcnow() - timedelta(hours=2)).timestamp()
    for path in (root / old, draft):
        os.utime(path, (long_ago, long_ago))
    services.upkeep.tidy()
    assert not there(config, old)
    assert there(config, new)
    assert not draft.exists()


def test_a_file_with_the_wrong_size_is_never_handed_out(services: Services, serg: Caller) -> None:
    from photoai.errors import ResultGone

    key = store(services, "results/cut.jpg")
    row = job(
        services, serg, timedelta(0), state=JobState.SUCCEEDED, result_key=key,
        result={"size_bytes": 999}, finished=utcnow(),
    )  # fmt: skip
    with pytest.raises(ResultGone):
        services.jobs.result(row)


@pytest.mark.slow
def test_a_bucket_is_tidied_like_a_folder(
    config: Config, s3: S3, make_services: Callable[[Config], Services]
) -> None:
    bucket = s3.create_bucket()
    for key in ("originals/old", "media/old"):
        path = s3.folder / "buckets" / bucket / key
        path.parent.mkdir()
        path.write_bytes(b"photo")
        os.utime(path, (0, 0))
    services = make_services(in_bucket(config, s3.settings(bucket)))
    new = store(services, "results/new.jpg")
    services.upkeep.tidy()
    assert s3.kept(bucket) == {new}


def test_what_needs_no_storage_is_done_while_the_storage_is_away(
    config: Config, make_services: Callable[[Config], Services]
) -> None:
    away = {
        "S3_BUCKET": "photos", "S3_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
    }  # fmt: skip
    services = make_services(in_bucket(config, away))
    with services.database.begin() as session:
        user = session.query(User).filter_by(username="serg").one()
        draft = JobDraft(
            "late", user.id, "photo", utcnow() - timedelta(minutes=16), provider="local",
            slot_id="slot-001", input_key="originals/late",
        )  # fmt: skip
        told = WebhookDelivery(
            public_id="told", job_id=states.insert(session, draft).id, user_id=user.id,
            url="https://hooks.example/", body="{}", state="delivered",
            created_at=utcnow() - timedelta(days=8),
        )  # fmt: skip
        expired = utcnow() - timedelta(days=1)
        facts = dict.fromkeys(("size_bytes", "width", "height"), 1) | {
            "path": "media/old", "mime": "image/png", "created_at": expired, "expires_at": expired,
        }  # fmt: skip
        session.add(MediaObject(id="old", user_id=user.id, **facts))
        day_ago = utcnow() - timedelta(days=1, minutes=1)
        hook = "https://hooks.example/evening"
        session.add(
            SummaryPlan(user_id=user.id, webhook_url=hook, hour=utcnow().hour, since=day_ago)
        )
        session.add(told)
    with pytest.raises(StorageUnavailable):
        services.upkeep.tidy()
    with services.database.read() as session:
        job = session.query(Job).one()
        (summary,) = session.query(WebhookDelivery).all()
    assert summary.url == "https://hooks.example/evening"
    assert (job.error_code, job.input_key) == ("job_expired", "originals/late")


def in_bucket(config: Config, settings: dict[str, str]) -> Config:
    return dataclasses.replace(config, **{key.lower(): value for key, value in settings.items()})


@pytest.fixture
def make_services(prepared: Path, tmp_path: Path) -> Iterator[Callable[[Config], Services]]:
    """The services as a configuration makes them, on a database of their own."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    made = []

    def make(config: Config) -> Services:
        made.append(services_of(create_app(config)))
        return made[-1]

    yield make
    for services in made:
        services.shut_down()


def conversion(services: Services, owner: Caller, name: str, age: timedelta) -> list[str]:
    """A finished one of `age`; the keys of its files."""
    keys = [f"ascii/{name}.1/{each}" for each in ("video.mp4", "png.zip", "poster.jpg")]
    for key in keys:
        store(services, key)
    with services.database.begin() as session:
        draft = JobDraft(name, owner.id, ASCII, utcnow() - age)
        made = states.insert_done(session, draft, key=keys[0], facts={"files": {}})
        session.execute(update(Job).where(Job.id == made.id).values(finished=utcnow() - age))
    return keys


def test_conversions_have_a_time_of_their_own_and_go_with_all_they_made(
    services: Services, config: Config, serg: Caller
) -> None:
    young = conversion(services, serg, "young", timedelta(hours=23))
    old = conversion(services, serg, "old", timedelta(hours=25))
    orphan = store(services, "ascii/nobodys.1/video.gif")
    assert services.upkeep.remove_results() == 1
    assert [there(config, key) for key in (*young, *old)] == [True] * 3 + [False] * 3
    folder = Path(config.media_root) / orphan
    os.utime(folder, (0, 0))
    for key in young:
        os.utime(Path(config.media_root) / key, (0, 0))
    services.upkeep.remove_orphans()
    assert not there(config, orphan)
    assert all(there(config, key) for key in young)

"""Videos that were made: kept whole or not at all, shared by equal merges, found again while there
is time, and gone in the end. Nothing is encoded here."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from photoai.config import Config
from photoai.models import Job, KnownClip, MergeResult, Role
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.jobs import Done, JobDraft, Run
from photoai.services.merges import MERGE, KnownMerges, MergeOrder, MergeSettings, Source, task_id
from tests.support.people import add_user

TTL = timedelta(hours=72)
VIDEO, PICTURE, DIGEST = b"the video", b"the picture", "digest"
FACTS = {"digest": DIGEST, "mime": "video/mp4", "size_bytes": len(VIDEO)}
ORDER = MergeOrder((Source(url="http://clips.example/one.mp4"),), MergeSettings())
API = "/server2/videoapi"


@pytest.fixture
def somebody(services: Services) -> Caller:
    with services.database.begin() as session:
        return Caller(add_user(session, "somebody").id, "somebody", Role.MEMBER)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def submitted(services: Services, somebody: Caller, key: str | None = None) -> Job:
    """A merge that has ended with a video of its own, or with the one under this key."""
    draft = JobDraft(task_id(), somebody.id, MERGE, utcnow())
    if key is None:
        key = f"results/{draft.public_id}.1.mp4"
        for name, content in (key, VIDEO), (f"posters/{draft.public_id}.1.mp4.jpg", PICTURE):
            with services.store.write(name) as file:
                file.write(content)
    return services.jobs.submit_done(draft, Done(key, FACTS)).job


def finished(services: Services, job: Job, ago: timedelta) -> None:
    with services.database.transaction() as db:
        db.execute(update(Job).where(Job.id == job.id).values(finished=utcnow() - ago))


def stored(services: Services) -> list[int]:
    """How many videos and posters there are."""
    return [len(list(services.store.stored(prefix))) for prefix in ("results", "posters")]


def fetched(client: FlaskClient, job: Job) -> tuple[int, bytes]:
    return got(client, f"{API}/download/{job.public_id}")


def got(client: FlaskClient, path: str) -> tuple[int, bytes]:
    with client.get(path) as answer:
        return answer.status_code, answer.data


def test_a_video_two_merges_have_lives_as_long_as_the_second(
    services: Services, config: Config, somebody: Caller, client: FlaskClient
) -> None:
    first = submitted(services, somebody)
    second = submitted(services, somebody, first.result_key)
    finished(services, first, TTL + timedelta(minutes=1))
    services.upkeep.remove_results()
    assert fetched(client, first)[0] == 410
    assert fetched(client, second) == (200, VIDEO)
    assert got(client, f"{API}/poster/{second.public_id}") == (200, PICTURE)
    finished(services, second, TTL + timedelta(minutes=1))
    services.upkeep.remove_results()
    for file in (config.path("media_root") / "posters").iterdir():
        os.utime(file, times=(0, 0))  # as old as its video
    services.upkeep.remove_orphans()
    assert fetched(client, second)[0] == 410
    assert got(client, f"{API}/poster/{second.public_id}")[0] == 410
    assert stored(services) == [0, 0]


def test_a_video_whose_poster_cannot_be_kept_is_not_kept_either(
    services: Services, somebody: Caller, tmp_path: Path
) -> None:
    task, job = services.merges._task, submitted(services, somebody)
    before = stored(services)
    made = {"video": "video.mp4", "poster": "poster.jpg", "contents": ["sha"], "facts": {}}
    (tmp_path / "video.mp4").write_bytes(VIDEO)
    with pytest.raises(FileNotFoundError):
        task._published(Run(job, 0.0, lambda *report: None), ORDER, tmp_path, made)
    assert stored(services) == before


def known(services: Services, ttl_hours: int, used: timedelta) -> KnownMerges:
    """With a result that was used so long ago."""
    merges = KnownMerges(services.database, ttl_hours)
    with services.database.transaction() as db:
        merges.remember_result(db, DIGEST, "results/known.mp4", FACTS)
        db.execute(update(MergeResult).values(used_at=utcnow() - used))
    return merges


@pytest.mark.parametrize(
    ("ttl_hours", "close_min"), [(72, 60), (2, 60), (1, 30)], ids=["days", "hours", "an hour"]
)
def test_what_was_made_is_found_until_it_is_close_to_its_end(
    services: Services, ttl_hours: int, close_min: int
) -> None:
    turn = timedelta(hours=ttl_hours, minutes=-close_min)
    early, late = (turn + timedelta(minutes=more) for more in (-1, 1))
    assert known(services, ttl_hours, early).result(DIGEST) is not None
    assert known(services, ttl_hours, late).result(DIGEST) is None


def test_what_is_old_is_forgotten(services: Services) -> None:
    merges = known(services, 72, timedelta(hours=71))
    week, minute = timedelta(days=7), timedelta(minutes=1)
    for url, age in {"http://old/": week + minute, "http://young/": week - minute}.items():
        merges.remember_clip(url, {"size_bytes": 1, "sha256": url, "probe": {}})
        with services.database.transaction() as db:
            mine = update(KnownClip).where(KnownClip.sha256 == url)
            db.execute(mine.values(seen_at=utcnow() - age))
    merges.forget_old()
    assert set(merges.clips(["http://old/", "http://young/"])) == {"http://young/"}
    assert len(merges.recent()) == 1
    known(services, 72, timedelta(hours=73)).forget_old()
    assert merges.recent() == []

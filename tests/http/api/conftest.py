"""Who calls the API in these tests."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from photoai.app import services_of
from photoai.blueprints.guard import issue_token
from photoai.models import (
    Alert,
    ConversionBatch,
    FileKind,
    GalleryLink,
    Reel,
    Role,
    Upload,
    User,
    UserFile,
)
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.accounts.keys import add_key
from photoai.services.ascii import Look
from photoai.services.clock import utcnow
from photoai.services.conversions import ASCII, ConversionOrder
from photoai.services.jobs import JobDraft, states
from photoai.services.merges import MERGE, poster_key
from photoai.services.reels import REELS, ReelOrder
from tests.support import analyses
from tests.support.people import add_user

from . import alert_routes, ascii_routes, gallery_routes, reel_routes

STAFF = {"member": Role.MEMBER, "inactive": Role.MEMBER, "admin": Role.ADMIN}
VIDEO, POSTER = b"a merged video", b"its poster"
MEMBERS_KEYS = ("member_key", "revoked_key", "expired_key")


@pytest.fixture
def cast(app: Flask) -> dict[str, FlaskClient]:
    """Two operators, an administrator, a member by token and by key, keys that are dead, an account
    that is switched off, and somebody nobody knows."""
    services = services_of(app)
    with services.database.begin() as session:
        for name, role in STAFF.items():
            add_user(session, name, role).email = f"{name}@example.com"
        users = {user.username: user for user in session.query(User)}
        users["inactive"].active = False
        member = users["member"]
        keys = {name: add_key(session, member.id, name) for name in MEMBERS_KEYS}
        keys["revoked_key"].row.revoked_at = utcnow()
        keys["expired_key"].row.expires_at = utcnow()
        keys["admin_key"] = add_key(session, users["admin"].id, "admin_key")
        add_key(session, users["serg"].id, "known by its id").row.id = "key-of-serg"
    people = {"stranger": app.test_client(use_cookies=False)}
    for name, user in users.items():
        with app.test_request_context():
            token = issue_token(Caller(user.id, name, Role(user.role)))
        people[name] = bearing(app, token)
    return people | {name: bearing(app, key.secret) for name, key in keys.items()}


def bearing(app: Flask, token: str) -> FlaskClient:
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.fixture
def serg(cast: dict[str, FlaskClient]) -> FlaskClient:
    return cast["serg"]


@pytest.fixture
def admin(cast: dict[str, FlaskClient]) -> FlaskClient:
    return cast["admin"]


@pytest.fixture
def ids(services: Services, cast: dict[str, FlaskClient]) -> dict[str, int]:
    """Of the cast's accounts."""
    with services.database.read() as session:
        return {user.username: user.id for user in session.query(User)}


@pytest.fixture
def merge_of_serg(services: Services) -> str:
    """A finished one, whose video and poster are a few bytes."""
    key = "results/merge-of-serg.1.mp4"
    for name, content in ((key, VIDEO), (poster_key(key), POSTER)):
        with services.store.write(name) as file:
            file.write(content)
    facts = {"mime": "video/mp4", "size_bytes": len(VIDEO), "mode": "copy", "clips": [],
             "width": 1920, "height": 1080, "fps": 25.0, "duration_sec": 1.0}  # fmt: skip
    with services.database.begin() as session:
        draft = JobDraft("merge-of-serg", _serg(session).id, MERGE, utcnow())
        return states.insert_done(session, draft, key=key, facts=facts).public_id


@pytest.fixture
def task_of_serg(services: Services) -> str:
    """A finished one, whose video and poster are a few bytes."""
    key = "results/task-of-serg.1.mp4"
    for name, content in ((key, VIDEO), (poster_key(key), POSTER)):
        with services.store.write(name) as file:
            file.write(content)
    facts = {"mime": "video/mp4", "size_bytes": len(VIDEO), "has_poster": True}
    params = {"input_files": ["file-of-serg"], "config": {"start_sec": 1.0}}
    with services.database.begin() as session:
        draft = JobDraft("task-of-serg", _serg(session).id, "trim", utcnow(), params)
        return states.insert_done(session, draft, key=key, facts=facts).public_id


@pytest.fixture
def conversion_of_serg(services: Services) -> str:
    """A finished one, whose video is a few bytes."""
    key = f"ascii/{ascii_routes.JOB}.1/video.mp4"
    with services.store.write(key) as file:
        file.write(VIDEO)
    order = ConversionOrder(Look(), fps=30, crf=23, save_png=False, file_id="file-of-serg")
    facts = {"mime": "video/mp4", "size_bytes": len(VIDEO), "frames": 30, "fps": "30/1",
             "files": {"mp4": len(VIDEO)}, "duration_sec": 1.0, "width": 640, "height": 360,
             "columns": 120, "rows": 34, "has_sound": False, "left_out": {}}  # fmt: skip
    with services.database.begin() as session:
        owner = _serg(session).id
        draft = JobDraft(ascii_routes.JOB, owner, ASCII, utcnow(), order.as_json())
        return states.insert_done(session, draft, key=key, facts=facts).public_id


@pytest.fixture
def batch_of_serg(services: Services, conversion_of_serg: str) -> str:
    with services.database.begin() as session:
        row = ConversionBatch(
            id=ascii_routes.BATCH, user_id=_serg(session).id, job_ids=[conversion_of_serg],
            rejected=[], created_at=utcnow(),
        )  # fmt: skip
        session.add(row)
    return ascii_routes.BATCH


@pytest.fixture
def reel_of_serg(services: Services) -> str:
    """A finished analysis of a video that has been deleted."""
    facts = {"mime": "application/json", "size_bytes": 2}
    row = {"facts": analyses.FACTS, "analysis": analyses.ANALYSIS, "made_at": utcnow()}
    stored = {"reels/reel-of-serg.1.json": b"{}", "shots/reel-of-serg.1.zip": analyses.pictures()}
    for key, content in stored.items():
        with services.store.write(key) as file:
            file.write(content)
    result_key, pictures_key = stored
    with services.database.begin() as session:
        order = ReelOrder(file_id="video-of-serg").as_json()
        draft = JobDraft(reel_routes.REEL, _serg(session).id, REELS, utcnow(), order)
        job = states.insert_done(session, draft, key=result_key, facts=facts)
        session.add(Reel(job_id=job.id, pictures_key=pictures_key, **row))
    return reel_routes.REEL


@pytest.fixture
def gallery_of_serg(services: Services) -> str:
    """One that is open to others."""
    now = utcnow()
    with services.database.begin() as session:
        row = GalleryLink(
            id=gallery_routes.LINK, user_id=_serg(session).id, token_digest="", since=now,
            opened_at=now, closes_at=now + timedelta(minutes=5),
        )  # fmt: skip
        session.add(row)
    return gallery_routes.LINK


@pytest.fixture
def file_of_serg(services: Services) -> str:
    with services.store.write("files/file-of-serg") as file:
        file.write(b"subtitles")
    with services.database.begin() as session:
        row = UserFile(
            id="file-of-serg", user_id=_serg(session).id, name="a.srt", kind=FileKind.SUBTITLES,
            mime="application/x-subrip", size_bytes=9, sha256="0" * 64, key="files/file-of-serg",
            created_at=utcnow(),
        )  # fmt: skip
        session.add(row)
    return "file-of-serg"


@pytest.fixture
def upload_of_serg(services: Services) -> str:
    with services.database.begin() as session:
        row = Upload(
            id="upload-of-serg", user_id=_serg(session).id, name="b.srt", size_bytes=9,
            received_bytes=4, opened_with="0" * 64, created_at=utcnow(),
            expires_at=utcnow() + timedelta(hours=1),
        )  # fmt: skip
        session.add(row)
    return "upload-of-serg"


@pytest.fixture
def late_of_serg(services: Services) -> str:
    """A finished photo whose booth has gone, of a few bytes."""
    key, facts = "results/late-of-serg.1.jpg", {"mime": "image/jpeg", "size_bytes": 5}
    with services.store.write(key) as file:
        file.write(b"photo")
    with services.database.begin() as session:
        draft = JobDraft(
            public_id="late-of-serg", user_id=_serg(session).id, kind="photo", created=utcnow(),
            provider="local", slot_id="slot-001", late_since=utcnow(),
        )  # fmt: skip
        return states.insert_done(session, draft, key=key, facts=facts).public_id


@pytest.fixture
def alert_of_serg(services: Services) -> None:
    """One that is raised."""
    with services.database.begin() as session:
        facts = {"value": 34.0, "most": 30.0, "raised_at": utcnow(), "seen_at": utcnow()}
        session.add(Alert(user_id=_serg(session).id, kind=alert_routes.ALERT, subject="", **facts))


def _serg(session: Session) -> User:
    return session.query(User).filter_by(username="serg").one()


@pytest.fixture
def job_of_serg(services: Services) -> str:
    with services.database.begin() as session:
        draft = JobDraft(
            public_id="job-of-serg", user_id=_serg(session).id, kind="photo", created=utcnow(),
            provider="local", slot_id="slot-001",
        )  # fmt: skip
        return states.insert(session, draft).public_id

"""The engine by itself, on both databases; both kinds of storage; an owner and a stranger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from photoai.config import Config
from photoai.db import Database
from photoai.models import Role, User
from photoai.offload import run_here
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.files import Files, Looks, PictureLimits, Probes, Room, Uploads
from photoai.services.secrets import Secrets
from photoai.services.storage import LocalStore, Store
from photoai.services.storage.s3 import S3Store
from tests.support.house import House
from tests.support.s3 import S3
from tests.support.uploading import LIMIT_BYTES, MAX_BYTES, Sender
from tests.support.waiting import wait_until


@pytest.fixture
def make_house(database: Database, config: Config) -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def make(*how: Any, **more: Any) -> House:
        made.append(House(database, config, *how, **more))
        return made[-1]

    yield make
    for house in made:
        house.queue._stopped.set()
        wait_until(lambda house=house: not house.queue._held._runs, 30, "all runs have ended")


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return LocalStore(tmp_path / "kept")
    s3: S3 = request.getfixturevalue("s3")
    return S3Store(s3.place(s3.create_bucket()))


@pytest.fixture
def people(database: Database) -> dict[str, Caller]:
    """An owner and a stranger."""
    with database.begin() as session:
        for name in ("owner", "stranger"):
            session.add(
                User(
                    username=name, role=Role.MEMBER, password_hash="", tokens_valid_from=utcnow(),
                    created_at=utcnow(),
                )
            )  # fmt: skip
        session.flush()
        return {user.username: Caller(user.id, user.username, Role.MEMBER)
                for user in session.query(User)}  # fmt: skip


@pytest.fixture
def owner(people: dict[str, Caller]) -> Caller:
    return people["owner"]


@pytest.fixture
def stranger(people: dict[str, Caller]) -> Caller:
    return people["stranger"]


@pytest.fixture
def looks() -> Looks:
    return Looks(
        Probes(lambda path: {}, lambda *_: {}, lambda path: {}),
        run_here,
        PictureLimits(MAX_BYTES, 1_000_000),
    )


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database, lambda caller: LIMIT_BYTES)


@pytest.fixture
def files(database: Database, store: Store, looks: Looks, room: Room) -> Files:
    return Files(database, store, Secrets("a key"), looks, room, MAX_BYTES)


@pytest.fixture
def uploads(database: Database, store: Store, looks: Looks, room: Room) -> Uploads:
    return Uploads(database, store, looks, room, MAX_BYTES)


@pytest.fixture
def send(uploads: Uploads, owner: Caller) -> Sender:
    return Sender(uploads, owner)

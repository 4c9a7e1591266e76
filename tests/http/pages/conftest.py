"""Who looks at pages in these tests, with a session cookie and nothing that runs modules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from photoai.models import FileKind, Role, User
from photoai.services import Services
from photoai.services.accounts import Caller
from tests.support.people import add_user
from tests.support.reader import Reader
from tests.support.uploads import keep

from .studio import FOUND, File


@pytest.fixture
def reader(app: Flask, services: Services) -> Callable[[str], Reader]:
    """Makes somebody who is signed in: an operator, or `maria`, who is none."""

    def make(name: str) -> Reader:
        with services.database.begin() as session:
            found = session.query(User).filter_by(username=name).one_or_none()
            user = found or add_user(session, name)
            caller = Caller(user.id, user.username, Role(user.role))
        return Reader(app, caller)

    return make


@pytest.fixture
def serg(reader: Callable[[str], Reader]) -> Reader:
    return reader("serg")


@pytest.fixture
def file(services: Services, serg: Reader) -> File:
    """A file of somebody's, of which nothing but what was found in it is there."""

    def make(kind: FileKind = FileKind.VIDEO, owner: Reader = serg) -> str:
        return keep(services, owner.caller.id, kind, FOUND[kind])

    return make


@pytest.fixture
def files(file: File) -> dict[FileKind, str]:
    """One of each kind that tasks take."""
    return {kind: file(kind) for kind in FOUND}

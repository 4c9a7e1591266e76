"""A server that works on files, a member with a key, what they have sent."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.support.editing import Editor
from tests.support.server import Server

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def editing_server(
    make_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One for every test that leaves it as it was."""
    own = {"FETCH_ALLOWED_HOSTS": "127.0.0.1", "TMPDIR": str(tmp_path_factory.mktemp("tmp"))}
    with make_server(**own) as running:
        yield running


@pytest.fixture
def editor(editing_server: Server) -> Iterator[Editor]:
    """Somebody new, by key."""
    with Editor.registered(editing_server, f"editor-{next(numbers)}") as client:
        yield client

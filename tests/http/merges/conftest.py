"""A server that merges, a host to download clips from, a member with a key."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.support.cliphost import ClipHost
from tests.support.merging import Merger
from tests.support.server import Server

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def host() -> Iterator[ClipHost]:
    with ClipHost() as running:
        yield running


@pytest.fixture(scope="session")
def merging_server(
    make_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One for every test that leaves it as it was."""
    own = {"FETCH_ALLOWED_HOSTS": "127.0.0.1", "TMPDIR": str(tmp_path_factory.mktemp("tmp"))}
    with make_server(LIVE_HEARTBEAT_SEC="1", **own) as running:
        yield running


@pytest.fixture
def merger(merging_server: Server) -> Iterator[Merger]:
    """Somebody new, by key."""
    with Merger.registered(merging_server, f"merger-{next(numbers)}") as client:
        yield client


@pytest.fixture(scope="session")
def strict_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """As it is without settings: it asks nobody but the open internet."""
    with make_server() as running:
        yield running

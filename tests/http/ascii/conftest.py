"""Servers that convert, and who calls them: members by their keys, and nobody in particular."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.clips import Clips
from tests.support.conversion_client import Converter
from tests.support.server import Server

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def converting_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """For accounts only; one for every test that leaves it as it was."""
    with make_server() as running:
        yield running


@pytest.fixture(scope="session")
def open_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """Anybody may convert here."""
    with make_server(ALLOW_ANONYMOUS="ascii", ANONYMOUS_MAX_DURATION_SEC="5") as running:
        yield running


@pytest.fixture
def converter(converting_server: Server) -> Iterator[Converter]:
    """Somebody new, by key."""
    with Converter.registered(converting_server, f"converter-{next(numbers)}") as client:
        yield client


@pytest.fixture
def other(converting_server: Server) -> Iterator[Converter]:
    with Converter.registered(converting_server, f"converter-{next(numbers)}") as client:
        yield client


@pytest.fixture(scope="session")
def short(clips: Clips) -> Path:
    """A second of moving picture with a beep."""
    return clips.make("testsrc2", sec=1.0, beep_at=0.4)

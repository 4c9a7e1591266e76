"""A server that analyses videos by the emulated Gemini, and who calls it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support.clips import Clips
from tests.support.reel_client import NOISE, Scripter, unlike_any
from tests.support.server import Server

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def google_of_reels() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as running:
        yield running


@pytest.fixture
def google(google_of_reels: GeminiEmulator) -> Iterator[GeminiEmulator]:
    """As new; whatever a test does, nothing is left there afterwards."""
    google_of_reels.clear()
    yield google_of_reels
    assert google_of_reels.files() == []


@pytest.fixture(scope="session")
def reel_server(
    make_server: Callable[..., Server], google_of_reels: GeminiEmulator
) -> Iterator[Server]:
    keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google_of_reels.url}
    with make_server(ALLOW_ANONYMOUS="reels", ANONYMOUS_MAX_DURATION_SEC="5", **keys) as running:
        yield running


@pytest.fixture
def scripter(reel_server: Server, google: GeminiEmulator) -> Iterator[Scripter]:
    """Somebody new, by key."""
    with Scripter.registered(reel_server, f"scripter-{next(numbers)}") as client:
        yield client


@pytest.fixture
def short(clips: Clips, tmp_path: Path) -> Path:
    """Three seconds with a beep, small enough to go along with a question; nobody has asked about
    it before."""
    return unlike_any(clips.make("testsrc2", sec=3.0, beep_at=0.4), tmp_path)


@pytest.fixture
def large(clips: Clips, tmp_path: Path) -> Path:
    """The same for four seconds of noise, so large that they are sent as a file."""
    path = clips.make("testsrc2", sec=4.0, filters="noise=alls=90:allf=t", **NOISE)
    assert path.stat().st_size > 3_200_000
    return unlike_any(path, tmp_path)

"""Gemini asked about videos; after each test it has no file left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from photoai.services.providers import VideoMind
from tests.emulators.gemini import GeminiEmulator
from tests.support.reels import watching


@pytest.fixture(scope="module")
def running() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: GeminiEmulator) -> Iterator[GeminiEmulator]:
    running.clear()
    yield running
    assert running.files() == [], "nothing stays at the provider"


@pytest.fixture
def mind(emulator: GeminiEmulator) -> VideoMind:
    return watching(emulator)

"""Clips that the tests of videos share."""

from __future__ import annotations

import pytest

from photoai.services.video import ClipLimits
from tests.support.clips import Clips


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    return Clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture
def limits() -> ClipLimits:
    return ClipLimits()

"""Clips that the tests of videos share."""

from __future__ import annotations

import pytest

from photoai.services.video import ClipLimits


@pytest.fixture
def limits() -> ClipLimits:
    return ClipLimits()

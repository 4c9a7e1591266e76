"""Where sounds are laid over each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from .hearing import Studio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)

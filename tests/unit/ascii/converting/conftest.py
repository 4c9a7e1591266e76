from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.converting import Converter


@pytest.fixture
def converted(tmp_path: Path) -> Converter:
    return Converter(tmp_path)

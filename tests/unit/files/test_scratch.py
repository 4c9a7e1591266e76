"""Folders to work in for a moment, and what is left of them."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from photoai.services.files.scratch import LEFT_SEC, scratch_folder


def test_what_dead_processes_have_left_is_gone_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("photoai-look-old", "photoai-look-young", "somebodys-old"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "video").write_bytes(b"a guest's")
        if name.endswith("old"):
            long_ago = time.time() - LEFT_SEC - 60
            os.utime(folder, (long_ago, long_ago))
    with scratch_folder("photoai-look-") as made:
        (made / "video").write_bytes(b"another's")
        left = {path.name for path in tmp_path.iterdir()}
        assert left == {made.name, "photoai-look-young", "somebodys-old"}
    assert not made.exists()

"""What libass draws of a script: pictures, and measures of them."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe

from photoai.services.video.captions import FontBook, ass_filter, families_in

NAVY, FPS = (0, 0, 128), 25
WIDTH, HEIGHT = 640, 360
# Nothing but the folder's fonts: a machine without any of its own.
NO_FONTS = {"FONTCONFIG_FILE": "/dev/null"}

Picture = Any  # numpy: height, width, three colours


def drawn(
    ass: str,
    *,
    sec: float = 0.04,
    book: FontBook | None = None,
    size: tuple[int, int] | None = None,
) -> list[Picture]:
    """The frames of a video in navy of so many seconds with the script upon it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.ass").write_text(ass, encoding="utf-8")
        fonts = (book or FontBook()).folder(folder / "fonts", families_in(ass))
        return frames(ass_filter(folder / "a.ass", fonts), sec, size or (WIDTH, HEIGHT))


def frames(filters: str, sec: float, size: tuple[int, int]) -> list[Picture]:
    width, height = size
    source = f"color=0x000080:s={width}x{height}:r={FPS}:d={sec},format=rgb24"
    command = [get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source]
    command += ["-vf", filters, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    done = subprocess.run(command, capture_output=True, env=NO_FONTS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    shape = (-1, height, width, 3)
    return list(np.frombuffer(done.stdout, np.uint8).reshape(shape))


def one(ass: str, **options: Any) -> Picture:
    return drawn(ass, **options)[0]


def changed(picture: Picture, ground: tuple[int, int, int] = NAVY) -> Any:
    """Where something is drawn."""
    return _apart(picture, ground) > 24


def near(picture: Picture, color: tuple[int, int, int], by: int = 12) -> Any:
    """Where it has a colour."""
    return _apart(picture, color) <= by


def _apart(picture: Picture, color: tuple[int, int, int]) -> Any:
    return np.abs(picture.astype(np.int16) - np.array(color, np.int16)).max(axis=2)


def box(mask: Any) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what a mask shows."""
    assert mask.any()
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def same(left: Picture, right: Picture) -> bool:
    return bool(np.array_equal(left, right))

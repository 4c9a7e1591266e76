"""One picture of a finished video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photoai.errors import RenderFailed
from photoai.services.video.poster import poster
from tests.support.clips import BT709, Clips, color_of

pytestmark = pytest.mark.slow


def taken(path: Path, out: Path, at_sec: float, side: int = 1000) -> Image.Image:
    poster(path, out, at_sec=at_sec, max_side_px=side)
    with Image.open(out) as image:
        assert image.format == "JPEG"
        return image.convert("RGB")


@pytest.mark.parametrize(("at_sec", "frame"), [(0, 0), (1.9, 25), (2.0, 50), (99, 75)])
def test_it_is_the_last_keyframe_before_that_moment(
    clips: Clips, tmp_path: Path, at_sec: float, frame: float
) -> None:
    ramp = f"geq=lum='16+2*N':cb=128:cr=128,{BT709}"
    path = clips.make("black", sec=4, filters=ramp, options=("-g", "25"))
    image = taken(path, tmp_path / "poster.jpg", at_sec)
    assert np.asarray(image).mean() == pytest.approx(2 * frame * 255 / 219, abs=3)


@pytest.mark.parametrize("color", ["red", "lime", "blue"])
def test_its_colors_are_those_of_the_video(clips: Clips, tmp_path: Path, color: str) -> None:
    image = taken(clips.make(color, size="320x180"), tmp_path / "poster.jpg", 0.2, side=160)
    assert image.size == (160, 90)
    assert color_of(np.asarray(image)[45, 80]) == color


def test_what_does_not_decode_has_none(clips: Clips, tmp_path: Path) -> None:
    whole = clips.make("red").read_bytes()
    at = whole.index(b"mdat")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(whole[: at + 4] + bytes(len(whole) - at - 4))
    with pytest.raises(RenderFailed):
        poster(broken, tmp_path / "poster.jpg", at_sec=0.2, max_side_px=100)
    assert not (tmp_path / "poster.jpg").exists()

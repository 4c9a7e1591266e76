"""One picture of a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photoai.services.video import ClipLimits, probe
from photoai.services.video.poster import poster
from tests.support.clips import BT709, Clips, color_of

from .making import soon

pytestmark = pytest.mark.slow


def taken(path: Path, out: Path, at_sec: float, side: int = 1000) -> Image.Image:
    facts = probe(path, ClipLimits())
    poster(path, facts, out, at_sec=at_sec, max_side_px=side, deadline=soon())
    with Image.open(out) as image:
        assert image.format == "JPEG"
        return image.convert("RGB")


@pytest.mark.parametrize(("at_sec", "frame"), [(0, 0), (0.5, 12.5), (7.2, 180), (99, 198)])
def test_it_is_the_picture_of_that_moment(
    clips: Clips, tmp_path: Path, at_sec: float, frame: float
) -> None:
    path = clips.make("black", sec=8, filters=f"geq=lum='16+N':cb=128:cr=128,{BT709}")
    image = taken(path, tmp_path / "poster.jpg", at_sec)
    assert np.asarray(image).mean() == pytest.approx(frame * 255 / 219, abs=3)


def test_it_is_upright_and_small_enough(clips: Clips, tmp_path: Path) -> None:
    turned = clips.turned(clips.make("lime", size="320x180"), 90)
    image = taken(turned, tmp_path / "poster.jpg", 0.2, side=160)
    assert image.size == (90, 160)
    assert color_of(np.asarray(image)[80, 45]) == "lime"


def test_light_beyond_a_screen_is_mapped(clips: Clips, tmp_path: Path) -> None:
    assert np.asarray(taken(clips.hdr(), tmp_path / "poster.jpg", 0)).mean() > 200

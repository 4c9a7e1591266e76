"""A frame to draw: an astronaut, head and shoulders."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from photoai.config import ROOT
from photoai.services.ascii import Artist, Cells, Grid, Look, Sample

PORTRAIT = (50, 0, 410, 360)


@lru_cache
def portrait(side_px: int = 480) -> Image.Image:
    with Image.open(ROOT / "docs" / "sample" / "guest.jpg") as whole:
        shown = whole.convert("RGB").crop(PORTRAIT)
    return shown.resize((side_px, side_px), Image.Resampling.LANCZOS)


def scaled(frame: Image.Image, sample: Sample) -> npt.NDArray[np.uint8]:
    """As ffmpeg would hand it to an artist."""
    mode = "L" if sample.pixel_format == "gray" else "RGB"
    size = (sample.width, sample.height)
    return np.asarray(frame.convert(mode).resize(size, Image.Resampling.BOX))


def drawn(look: Look, side_px: int = 480) -> tuple[Artist, Grid, Cells]:
    """The portrait in this look."""
    frame = portrait(side_px)
    grid = Grid.of(frame.width, frame.height, look.width)
    artist = Artist(look, grid)
    return artist, grid, artist.cells(scaled(frame, artist.sample))

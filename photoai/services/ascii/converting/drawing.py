"""A picture of a video as characters: as text, and drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from photoai.services.ascii import Artist, Cells, Grid, Look, Press
from photoai.services.ascii.look import rgb_of

from .pngs import png, png_of_ink, ramp

MONO, RANDOM = "mono", "random"
COLORS = 256  # of a palette
CHANNELS = {"gray": (), "rgb24": (3,)}


class Drawing:
    """Takes pictures in their order; what is asked for is of the last one, and made once."""

    def __init__(self, look: Look, grid: Grid) -> None:
        self.artist = Artist(look, grid)
        self.press = Press(look, grid)
        sample = self.artist.sample
        self._shape = (sample.height, sample.width, *CHANNELS[sample.pixel_format])
        self._look = look
        self._always_new = look.color == RANDOM
        self._picture = b""
        self._cells: Cells | None = None
        self._text: bytes | None = None
        self._yuv: memoryview | None = None

    @property
    def cells(self) -> Cells:
        if self._cells is None:
            raise ValueError("No picture was seen yet.")
        return self._cells

    def see(self, picture: bytes) -> None:
        """The next picture, as `frames` gives it."""
        if picture == self._picture and not self._always_new:
            return
        pixels = np.frombuffer(picture, np.uint8).reshape(self._shape)
        before, self._picture = self._cells, picture
        self._cells = self.artist.cells(pixels)
        if before is None or not _same(before, self._cells):
            self._text = self._yuv = None

    def text(self) -> bytes:
        """As UTF-8."""
        if self._text is None:
            self._text = self.artist.text(self.cells).encode()
        return self._text

    def yuv(self) -> memoryview:
        """Its planes, for an `Encoder`."""
        if self._yuv is None:
            self._yuv = flat(self.press.yuv(self.cells))
        return self._yuv

    def rgb(self) -> npt.NDArray[np.uint8]:
        """`[height, width, 3]`"""
        return self.press.rgb(self.cells)

    @property
    def palette(self) -> bytes | None:
        """The RGB triples of all there can be, None when they are too many to tell."""
        if self._look.color != MONO:
            return None
        return ramp(rgb_of(self._look.bg_color), rgb_of(self._look.text_color), COLORS)

    def png(self) -> Callable[[], bytes]:
        """How to make it a file; whatever is drawn next does not matter to it."""
        cells, clear = self.cells, self._look.transparent
        if cells.colors is not None:
            return partial(png, self.press.rgba(cells) if clear else self.press.rgb(cells))
        ground = None if clear else rgb_of(self._look.bg_color)
        return partial(png_of_ink, self.press.rgba(cells)[..., 3], cells.ink, ground)


def _same(one: Cells, other: Cells) -> bool:
    """Whether they look alike; in true colour hardly any do."""
    plain = one.colors is None and other.colors is None
    return plain and one.ink == other.ink and bool((one.glyphs == other.glyphs).all())


def flat(pixels: Any) -> memoryview:
    """The bytes of an array without a copy."""
    return memoryview(pixels).cast("B")

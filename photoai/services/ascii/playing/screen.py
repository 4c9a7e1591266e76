"""What a terminal is sent: only what has changed since it was sent something."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from photoai.services.ascii import Cells, Grid
from photoai.services.ascii.cells import Color

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"  # to be shown at once
GAP = 4  # cells that are rather sent again than leapt over
NEAR = 12  # steps of a colour's parts that nobody sees in the next frame
SHADES = 0xFC  # of a colour's parts: so neighbours are alike more often
Changed = npt.NDArray[np.bool_]


class Screen:
    """Cells at a place of a terminal (`left` and `top` are 0 in the corner). The ground is the
    terminal's own when it is None."""

    def __init__(
        self, charset: str, grid: Grid, ground: Color | None, left: int = 0, top: int = 0
    ) -> None:
        self._characters = np.array(list(charset))
        self._ground, self._left, self._top = ground, left, top
        self._blank = charset.find(" ")
        shape = (grid.rows, grid.columns)
        self._glyphs = np.full(shape, -1, np.int16)
        self._colors = np.zeros((*shape, 3), np.int16)
        self._ink: Color | None = None

    def update(self, cells: Cells) -> str:
        """What makes the terminal show these cells; empty when it does."""
        changed = self._glyphs != cells.glyphs
        if cells.colors is not None:
            far = np.abs(self._colors - cells.colors).max(2) > NEAR
            changed |= far & (cells.glyphs != self._blank)
        elif cells.ink != self._ink:
            changed |= cells.glyphs != self._blank
        self._glyphs[changed] = cells.glyphs[changed]
        if cells.colors is not None:
            self._colors[changed] = cells.colors[changed]
        self._ink = cells.ink
        runs = "".join(self._runs(cells, changed))
        return f"{BEGIN}{self._paint(cells.ink)}{runs}{END}" if runs else ""

    def _paint(self, ink: Color) -> str:
        ground = "" if self._ground is None else f"\x1b[48;2;{';'.join(map(str, self._ground))}m"
        return f"{ground}{_ink(ink)}"

    def _runs(self, cells: Cells, changed: Changed) -> Iterator[str]:
        inked: Color | None = None
        for row in np.flatnonzero(changed.any(1)).tolist():
            line = self._characters[self._glyphs[row]]
            columns = np.flatnonzero(changed[row])
            for part in np.split(columns, np.flatnonzero(np.diff(columns) > GAP) + 1):
                first, last = int(part[0]), int(part[-1]) + 1
                yield f"\x1b[{row + 1 + self._top};{first + 1 + self._left}H"
                if cells.colors is None:
                    yield "".join(line[first:last].tolist())
                    continue
                shades = (self._colors[row, first:last] & SHADES).tolist()
                for character, (red, green, blue) in zip(line[first:last], shades, strict=True):
                    if (red, green, blue) != inked and character != " ":
                        inked = red, green, blue
                        yield _ink(inked)
                    yield character


def _ink(color: Color) -> str:
    return f"\x1b[38;2;{color[0]};{color[1]};{color[2]}m"

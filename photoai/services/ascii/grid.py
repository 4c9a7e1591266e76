"""Where the cells are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

# A cell's height in its widths: 0.6 em by 1.2 em, what terminals and `<pre>` show most often.
CELL_RATIO = 2
SMALLEST_PX = 2
MOST_ROWS = 1024


@dataclass(frozen=True)
class Grid:
    """`columns` by `rows` cells that fill a picture of `out_width` by `out_height` pixels."""

    columns: int
    rows: int
    out_width: int
    out_height: int

    @classmethod
    def of(cls, width_px: int, height_px: int, columns: int, sar: Fraction | float = 1) -> Grid:
        """For a picture of these pixels, stored upright, each `sar` times as wide as high.

        The rows are those that keep the shape of what is shown, to within half a cell, and at
        least one. What would have more than 1,024 of them has fewer columns, too. What is drawn has
        the size of what is shown, without a last odd row or column of pixels, and at least 2x2.
        """
        shown = max(1, round(width_px * sar))
        rows_each = Fraction(height_px, shown * CELL_RATIO)
        columns = max(1, min(columns, int(MOST_ROWS / rows_each)))
        rows = min(max(1, round(columns * rows_each)), MOST_ROWS)
        return cls(columns, rows, _even(shown), _even(height_px))


def _even(pixels: int) -> int:
    return max(SMALLEST_PX, pixels // 2 * 2)

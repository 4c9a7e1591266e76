"""The picture an effect is given, before it has the canvas' size and colours."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Material:
    """An upright picture of `width` × `height` stored pixels, each `sar` times as wide as it is
    high; `matrix` is its colour matrix by the name of ffmpeg's scale filter."""

    width: int
    height: int
    sar: Fraction = Fraction(1)
    matrix: str = "bt709"

    @property
    def aspect(self) -> Fraction:
        """Width to height, as a viewer sees it."""
        return self.width * self.sar / self.height

    def scaled(self, width: int, height: int) -> str:
        """Filters that bring it to this size in square pixels, BT.709, 8 bits, in one pass."""
        return (
            f"scale={width}:{height}:flags=bicubic:in_color_matrix={self.matrix}"
            ":out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1"
        )


def even(size: float | Fraction) -> int:
    """The nearest even number, at least two."""
    return max(2, round(size / 2) * 2)

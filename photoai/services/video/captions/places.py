"""Where on a picture, and in which colour."""

from __future__ import annotations

# The numbers of ASS's `\an`, as on a keyboard's block of digits.
ANCHORS = {
    "bottom-left": 1, "bottom": 2, "bottom-right": 3,
    "left": 4, "center": 5, "right": 6,
    "top-left": 7, "top": 8, "top-right": 9,
}  # fmt: skip
MARGIN = 0.04  # of the picture's height
SIZE = 1 / 18  # of the picture's height
OUTLINE = 1 / 16  # of the size


def column(anchor: str) -> float:
    """0 at the left, 0.5 in the middle, 1 at the right."""
    return (ANCHORS[anchor] - 1) % 3 / 2


def row(anchor: str) -> float:
    """0 at the top, 0.5 in the middle, 1 at the bottom."""
    return 1 - (ANCHORS[anchor] - 1) // 3 / 2


def edge(anchor: str, width: int, height: int) -> tuple[float, float]:
    """The point of the picture, short of its margin, at which a text of this anchor stands."""
    margin = height * MARGIN
    return (
        margin + column(anchor) * (width - 2 * margin),
        margin + row(anchor) * (height - 2 * margin),
    )


def room(anchor: str, x: float, width: int) -> float:
    """How wide a line may be that stands at `x`, so that it is seen whole: as far as the nearer
    edge allows, but never less than a quarter of the picture."""
    free = {0.0: width - x, 0.5: 2 * min(x, width - x), 1.0: x}[column(anchor)]
    return min(max(free, width / 4), width)

"""One picture laid over another: a watermark, a picture in the picture, somebody before a green
wall.

The colour to be left out is compared in the canvas' own colours (BT.709, not in full range), as
ffmpeg's `chromakey` does; `drawn.Laid` has the same formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .fits import Box
from .material import Material

if TYPE_CHECKING:
    from moviepy.Effect import Effect

# How far a point of a picture lies from its left and from its top, of its width and height.
ANCHORS = {
    "top-left": (0.0, 0.0), "top": (0.5, 0.0), "top-right": (1.0, 0.0),
    "left": (0.0, 0.5), "center": (0.5, 0.5), "right": (1.0, 0.5),
    "bottom-left": (0.0, 1.0), "bottom": (0.5, 1.0), "bottom-right": (1.0, 1.0),
}  # fmt: skip
KR, KG, KB = 0.2126, 0.7152, 0.0722  # ITU-R BT.709, 3.2


@dataclass(frozen=True)
class ChromaKey:
    """What is of `color` (`#rrggbb`), or nearly so, is left out: all that differs by less than
    `similarity` (0 to 1), and by less and less within `blend` beyond that."""

    color: str
    similarity: float = 0.15
    blend: float = 0.05

    @property
    def yuv(self) -> tuple[int, int, int]:
        """The colour as it is on the canvas, each from 0 to 255."""
        red, green, blue = (int(self.color[at : at + 2], 16) / 255 for at in (1, 3, 5))
        luma = KR * red + KG * green + KB * blue
        return (
            round(16 + 219 * luma),
            round(128 + 224 * (blue - luma) / (2 * (1 - KB))),
            round(128 + 224 * (red - luma) / (2 * (1 - KR))),
        )

    def filters(self) -> str:
        color = "".join(f"{part:02x}" for part in self.yuv)
        return f"chromakey=0x{color}:{self.similarity}:{self.blend}:yuv=1"


@dataclass(frozen=True)
class Overlay:
    """Where and when the other picture is seen: in `box`, which may stand out, from frame `start`
    of the base up to `end`. One that `moves` comes as frames that begin and end with that; one that
    does not is a single frame."""

    box: Box
    start: int
    end: int
    opacity: float = 1.0
    key: ChromaKey | None = None
    moves: bool = False

    def alpha_filters(self) -> list[str]:
        """What is done to the other picture, which is `yuva420p` and has the box's size."""
        seen = [self.key.filters()] if self.key else []
        return [*seen, f"lutyuv=a=val*{self.opacity:.6f}"] if self.opacity < 1 else seen

    def filters(self) -> str:
        """The filter that lays the second of its inputs over the first. Frames without the other
        picture pass by it: an `enable` would have the other one's frames decoded all the same."""
        where = f"overlay={self.box.x}:{self.box.y}:format=yuv420"
        if self.moves:
            return f"{where}:eof_action=pass"
        return f"{where}:enable=gte(n\\,{self.start})*lt(n\\,{self.end})"

    def effect(self, pictures: Callable[[int], Any]) -> Effect:
        """For MoviePy; `pictures` gives frame after frame of the box's size, red, green, blue and
        alpha."""
        from .drawn import Laid

        return Laid(self, pictures)


def placed(
    anchor: str, x: int | None, y: int | None, size: tuple[int, int], within: tuple[int, int]
) -> Box:
    """A picture of `size` whose `anchor` stands at `x` and `y`; what is not said is the edge, or
    the middle, the anchor is named after."""
    across, down = ANCHORS[anchor]
    left = across * (within[0] - size[0]) if x is None else x - across * size[0]
    top = down * (within[1] - size[1]) if y is None else y - down * size[1]
    return Box(round(left), round(top), *size)


def scaled(material: Material, width: int, height: int) -> list[str]:
    """Filters as `Material.scaled`, that keep what is transparent so."""
    return [
        f"scale={width}:{height}:flags=bicubic:in_color_matrix={material.matrix}"
        ":out_color_matrix=bt709:out_range=tv",
        "format=yuva420p",
        "setsar=1",
    ]

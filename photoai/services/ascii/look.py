"""How an ASCII picture shall look, in the one form in which equal wishes are equal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .charsets import FILL, SHADES, STROKES, STYLES, TYPED, check_charset, check_count

COLORS = ("mono", "random", "true")
DITHERS = ("none", "ordered", "diffusion")
WIDTHS = (10, 240)
CORRECTIONS = (0.5, 2.0)
HEX = re.compile("#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Sample:
    """What a frame is scaled to before it is looked at: pixels, and `gray` or `rgb24`."""

    width: int
    height: int
    pixel_format: str

    @property
    def size_bytes(self) -> int:
        return self.width * self.height * (3 if self.pixel_format == "rgb24" else 1)


@dataclass(frozen=True)
class Look:
    """`charset` are own characters, dark to light, in place of the style's; braille has none but
    its own. `steadiness` is how far, in shares of one step of tone, a cell must leave its character
    behind before it takes another one. `shapes` chooses characters by their shape, too. `seed` is
    that of random colours.

    Raises:
        CharsetInvalid: see `check_charset`.
        ValueError: what the edge should have refused.
    """

    width: int = 120
    style: str = "normal"
    charset: str | None = None
    color: str = "mono"
    dither: str = "none"
    brightness: float = 1.0
    contrast: float = 1.0
    gamma: float = 1.0
    text_color: str = "#00ff00"
    bg_color: str = "#000000"
    transparent: bool = False
    steadiness: float = 0.5
    shapes: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in (("style", STYLES), ("color", COLORS), ("dither", DITHERS)):
            _assert(getattr(self, name) in choices, name)
        _assert(WIDTHS[0] <= self.width <= WIDTHS[1], "width")
        _assert(0.0 <= self.steadiness <= 1.0, "steadiness")
        for name in ("brightness", "contrast", "gamma"):
            _assert(CORRECTIONS[0] <= getattr(self, name) <= CORRECTIONS[1], name)
        for name in ("text_color", "bg_color"):
            _assert(HEX.fullmatch(getattr(self, name)) is not None, name)
            object.__setattr__(self, name, getattr(self, name).lower())
        if self.charset is not None:
            check_charset(self.charset)
            if self.style == "braille":
                object.__setattr__(self, "charset", None)
            check_count(len(self.characters))  # with those a style draws besides

    @property
    def characters(self) -> str:
        """All that can be seen in a picture of this look."""
        own = self.charset or STYLES[self.style]
        if self.style == "edges":
            return own + "".join(each for each in STROKES if each not in own)
        if self.shapes and self.charset is None and self.style in ("normal", "inverted"):
            return TYPED
        return own

    @property
    def ramp(self) -> str:
        """Those of them that are chosen by tone, dark to light."""
        if self.charset is not None:
            return self.charset
        return {"edges": FILL, "blocks": SHADES}.get(self.style, STYLES[self.style])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Look:
        return cls(**stored)


def rgb_of(color: str) -> tuple[int, int, int]:
    """Of `#rrggbb`."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _assert(holds: bool, name: str) -> None:
    if not holds:
        raise ValueError(name)

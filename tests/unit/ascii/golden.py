"""The frames that tests compare with: `python -m tests.unit.ascii.golden` writes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from photoai.services.ascii import STYLES, Look

from .portrait import drawn

FOLDER = Path(__file__).with_name("frames")
COLUMNS = 48
LOOKS: dict[str, dict[str, Any]] = {
    **{style: {"style": style} for style in STYLES},
    "own": {"charset": " .oO@"},
    "shapes": {"shapes": True},
    "ordered": {"dither": "ordered"},
    "diffusion": {"dither": "diffusion"},
    "braille-ordered": {"style": "braille", "dither": "ordered"},
    "braille-diffusion": {"style": "braille", "dither": "diffusion"},
    "corrected": {"brightness": 1.2, "contrast": 1.4, "gamma": 0.8},
}


def text_of(name: str) -> str:
    artist, _, cells = drawn(Look(**{"width": COLUMNS, **LOOKS[name]}))
    return artist.text(cells)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in LOOKS:
        (FOLDER / f"{name}.txt").write_text(text_of(name), encoding="utf-8")

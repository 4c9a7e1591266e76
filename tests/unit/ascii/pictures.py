"""The pictures of `docs/ascii.md`: `python -m tests.unit.ascii.pictures docs/ascii`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from PIL import Image

from photoai.services.ascii import STYLES, Look, Press

from .portrait import drawn, portrait

SIDE_PX, GAP_PX = 560, 8
PAPER = (255, 255, 255)
COLUMNS = 80
WHITE = "#ffffff"
# A picture's panels, row by row, each what is different in it.
SHEETS: dict[str, list[list[dict[str, Any]]]] = {
    "tones": [[{"style": each} for each in ("normal", "dots", "gradient")]],
    "shapes": [[{"style": each} for each in ("blocks", "braille", "edges")]],
    "own": [
        [
            {"style": "inverted", "text_color": "#101010", "bg_color": "#f4f1e8"},
            {"shapes": True},
            {"charset": " .oO@", "text_color": "#00ff00"},
        ]
    ],
    "colors": [
        [
            {"color": "true"},
            {"color": "true", "style": "blocks"},
            {"color": "true", "style": "braille", "dither": "diffusion"},
        ]
    ],
    "dithering": [
        [{"style": "gradient", "dither": each} for each in ("none", "ordered", "diffusion")]
    ],
    "dots": [[{"style": "braille", "dither": each} for each in ("none", "ordered", "diffusion")]],
    "corrections": [[{"contrast": 1.5}, {"gamma": 1.6}, {"brightness": 0.7, "gamma": 0.7}]],
}


def panel(**wishes: Any) -> Image.Image:
    look = Look(**{"width": COLUMNS, "text_color": WHITE, **wishes})
    _, grid, cells = drawn(look, SIDE_PX)
    return Image.fromarray(Press(look, grid).rgb(cells))


def sheet(rows: list[list[Image.Image]]) -> Image.Image:
    pitch = SIDE_PX + GAP_PX
    size = (len(rows[0]) * pitch - GAP_PX, len(rows) * pitch - GAP_PX)
    whole = Image.new("RGB", size, PAPER)
    for row, panels in enumerate(rows):
        for column, each in enumerate(panels):
            whole.paste(each, (column * pitch, row * pitch))
    return whole


def save(image: Image.Image, path: Path) -> None:
    """With as few colours as it can do with."""
    few = 256 if image.getcolors(1 << 12) is None else 16
    image.quantize(few, dither=Image.Dither.NONE).save(path, optimize=True)


def main(folder: Path) -> None:
    assert {*STYLES} <= {
        panel.get("style", "normal") for rows in SHEETS.values() for row in rows for panel in row
    }
    folder.mkdir(parents=True, exist_ok=True)
    portrait(SIDE_PX).save(folder / "source.jpg", quality=85)
    for name, rows in SHEETS.items():
        save(sheet([[panel(**wishes) for wishes in row] for row in rows]), folder / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""What is inside a font. Runs in a child process; FreeType is loaded where it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from photoai.errors import FontUnusable
from photoai.services.video.captions import fonts_in, measures

MAX_BYTES = 32_000_000
SAMPLE = "AaЯя09"
SIZE_PX = 32


def examine(
    params: Mapping[str, Any], folder: Path, report: Callable[[float, str, float | None], None]
) -> dict[str, Any]:
    """The work of a child process: `{"path"}` in, the facts out. `families` are the names that
    texts may ask for it by.

    Raises:
        FontUnusable: it cannot be read or drawn with.
    """
    path = Path(params["path"])
    fonts = fonts_in(path)
    characters = [measures(path, font.face).characters for font in fonts]
    _draw(path)
    families = sorted({name for font in fonts for name in (font.family, font.kin)})
    return {"families": families, "faces": len(fonts), "characters": max(characters)}


def _draw(path: Path) -> None:
    """By the library that draws it in videos, which is less patient than who reads its names."""
    from PIL import ImageFont

    try:
        with path.open("rb") as file:
            ImageFont.truetype(file, SIZE_PX).getmask(SAMPLE)
    except (OSError, ValueError) as error:
        raise FontUnusable from error

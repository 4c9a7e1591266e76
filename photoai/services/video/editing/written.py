"""What libass draws over a picture. It reads files: of the order's text nothing gets into a graph
but the name of a folder of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from photoai.services.video.canvas import Canvas
from photoai.services.video.captions import FontBook, ass_filter, families_in

from .film import Picture
from .sheet import Sheet


class Script(Protocol):
    """What can be said as ASS."""

    @property
    def fonts(self) -> FontBook: ...

    def ass(self, canvas: Canvas, duration_sec: float) -> str: ...


@dataclass(frozen=True)
class Written:
    """A picture of so many frames with a script over it."""

    of: Picture
    script: Script
    frames: int

    @property
    def weight(self) -> int:
        return self.of.weight

    def draw(self, sheet: Sheet, canvas: Canvas) -> str:
        below = self.of.draw(sheet, canvas)
        ass = self.script.ass(canvas, canvas.seconds(self.frames))
        path = sheet.path("w", ".ass")
        path.write_text(ass, encoding="utf-8")
        fonts = _font_folder(sheet, self.script.fonts, sorted(families_in(ass)))
        return sheet.chain("v", [below], ass_filter(path, fonts))


def _font_folder(sheet: Sheet, book: FontBook, families: Sequence[str]) -> Path:
    """The folder of just these fonts, one for all scripts of a run that use the same."""
    key = tuple(families)
    if key not in sheet.font_folders:
        sheet.font_folders[key] = book.folder(sheet.path("fonts", ""), families)
    return sheet.font_folders[key]

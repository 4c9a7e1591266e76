"""What is kept of single frames while they pass: texts, pictures, and one for the poster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from .drawing import Drawing
from .packing import PICTURE, TEXT, Pack
from .pngs import Pngs

POSTER_SIDE_PX, POSTER_QUALITY = 640, 88


class Kept(Protocol):
    """Frames of one kind."""

    pack: Pack

    def keep(self, drawing: Drawing) -> None:
        """The frame that was drawn last."""

    def finish(self) -> None:
        """Nothing more will come."""

    def stop(self) -> None:
        """It ends here, finished or not."""


class Texts:
    def __init__(self, path: Path) -> None:
        self.pack = Pack(path, TEXT)

    def keep(self, drawing: Drawing) -> None:
        self.pack.add(drawing.text())

    def finish(self) -> None:
        self.pack.close()

    def stop(self) -> None:
        self.pack.close()


class Pictures:
    def __init__(self, path: Path) -> None:
        self.pack = Pack(path, PICTURE)
        self._pngs = Pngs(self.pack.add)

    def keep(self, drawing: Drawing) -> None:
        self._pngs.order(drawing.png())

    def finish(self) -> None:
        self._pngs.finish()
        self.pack.close()

    def stop(self) -> None:
        self._pngs.stop()
        self.pack.close()


KEPT: dict[str, Callable[[Path], Kept]] = {TEXT: Texts, PICTURE: Pictures}


class Keeping:
    """All that is kept, by its kind."""

    def __init__(self, kinds: Iterable[str], folder: Path) -> None:
        self.kept: dict[str, Kept] = {kind: KEPT[kind](folder / f"{kind}.pack") for kind in kinds}

    @property
    def sizes(self) -> dict[str, int]:
        """How many bytes each has by now."""
        return {kind: kept.pack.size_bytes for kind, kept in self.kept.items()}

    def keep(self, drawing: Drawing) -> None:
        for kept in self.kept.values():
            kept.keep(drawing)

    def leave_out(self, kind: str) -> None:
        """All of it, what is there already, too."""
        kept = self.kept.pop(kind)
        kept.stop()
        kept.pack.path.unlink()

    @contextmanager
    def until_done(self) -> Iterator[None]:
        """At the end of the block all files are finished; no thread is left, whatever happens."""
        try:
            yield
            for kept in self.kept.values():
                kept.finish()
        finally:
            for kept in self.kept.values():
                with suppress(OSError, ValueError):  # there was no room for it
                    kept.stop()


def save_poster(pixels: Any, path: Path) -> None:
    """`[height, width, 3]` as a small JPEG."""
    image = Image.fromarray(pixels)
    image.thumbnail((POSTER_SIDE_PX, POSTER_SIDE_PX))
    image.save(path, "JPEG", quality=POSTER_QUALITY)

"""ASCII pictures: a frame of a video becomes rows of characters, and these a picture again.

A `Look` says how it shall look, a `Grid` how many cells there are and how large the picture is. An
`Artist` makes `Cells` of small frames (its `sample` says how small), a `Press` draws them. Nothing
here opens a file of a stranger or starts anything; numpy and Pillow are loaded with what needs
them, never by this door.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .charsets import SHAPED, STYLES, check_charset
from .grid import CELL_RATIO, Grid
from .look import COLORS, DITHERS, Look, Sample

if TYPE_CHECKING:
    from .artist import Artist
    from .cells import Cells
    from .press import Press

__all__ = [
    "CELL_RATIO",
    "COLORS",
    "DITHERS",
    "SHAPED",
    "STYLES",
    "Artist",
    "Cells",
    "Grid",
    "Look",
    "Press",
    "Sample",
    "check_charset",
]

_LOADED_LATER = {"Artist": ".artist", "Cells": ".cells", "Press": ".press"}


def __getattr__(name: str) -> Any:
    if name not in _LOADED_LATER:
        raise AttributeError(name)
    return getattr(import_module(_LOADED_LATER[name], __name__), name)

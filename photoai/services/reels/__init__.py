"""Reels: a video's meaning, the reasons for its success and a new script, from measured facts.

This door opens when somebody asks for what is behind it: the child that measures a video has no
time for the rest, nor for the database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .exports import ORIGINAL, TRANSLATION, Headings, cues_of, markdown, srt
    from .making import ReelParts, make_reels
    from .order import REELS, ReelOrder
    from .records import ANALYSES, PICTURES
    from .reels import Picture, Reels
    from .task import MEASURED_BY, ReelTask

BEHIND = {
    "exports": ("ORIGINAL", "TRANSLATION", "Headings", "cues_of", "markdown", "srt"),
    "making": ("ReelParts", "make_reels"),
    "order": ("REELS", "ReelOrder"),
    "records": ("ANALYSES", "PICTURES"),
    "reels": ("Picture", "Reels"),
    "task": ("MEASURED_BY", "ReelTask"),
}
__all__ = [
    "ANALYSES",
    "MEASURED_BY",
    "ORIGINAL",
    "PICTURES",
    "REELS",
    "TRANSLATION",
    "Headings",
    "Picture",
    "ReelOrder",
    "ReelParts",
    "ReelTask",
    "Reels",
    "cues_of",
    "make_reels",
    "markdown",
    "srt",
]


def __getattr__(name: str) -> Any:
    for module, names in BEHIND.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

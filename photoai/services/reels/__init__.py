"""Reels: a video's meaning, the reasons for its success and a new script, from measured facts."""

from .exports import ORIGINAL, TRANSLATION, Headings, cues_of, markdown, srt
from .making import ReelParts, make_reels
from .order import REELS, ReelOrder
from .records import ANALYSES, PICTURES
from .reels import Picture, Reels
from .task import MEASURED_BY, ReelTask

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

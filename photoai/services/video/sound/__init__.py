"""Sound: one laid over another, and how loud the whole is. Filters are text; ffmpeg runs them."""

from .levelling import Levelled, levelled
from .loudness import Loudness, measured, normalised
from .mix import Mix
from .plain import PlainSound, plain_sound

__all__ = [
    "Levelled",
    "Loudness",
    "Mix",
    "PlainSound",
    "levelled",
    "measured",
    "normalised",
    "plain_sound",
]

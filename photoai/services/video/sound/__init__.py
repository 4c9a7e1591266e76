"""Sound: one laid over another, and how loud the whole is. Filters are text; ffmpeg runs them."""

from .loudness import Loudness, measured, normalised
from .mix import Mix

__all__ = ["Loudness", "Mix", "measured", "normalised"]

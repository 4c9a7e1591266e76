"""Sound: one laid over another, and how loud the whole is. Filters are text; ffmpeg runs them."""

from .channels import stereo
from .levelling import Levelling, levelled
from .loudness import Loudness, measured, normalised
from .mix import Mix

__all__ = ["Levelling", "Loudness", "Mix", "levelled", "measured", "normalised", "stereo"]

"""Pictures of a clip as raw bytes, of any size and rate, for those who draw what they see; and an
MP4 of what they have drawn, with the clip's sound.

door that opens a clip.
"""

from .film import FASTEST_FPS, SLOWEST_FPS, Film, Sample
from .moving import clip_of
from .reading import pictures

__all__ = [
    "FASTEST_FPS",
    "SLOWEST_FPS",
    "Film",
    "Sample",
    "clip_of",
    "pictures",
]

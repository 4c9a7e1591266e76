"""Pictures of a clip as raw bytes, of any size and rate, for those who draw what they see; and
videos of what they have drawn, with the clip's sound.

`Film` says what is read, `pictures` reads it, `Encoder` makes an MP4, a GIF or both. What opens a
clip with PyAV loads it then.
"""

from photoai.services.video.canvas import rate_text

from .checking import check_mp4
from .encoding import Encoder, Mp4
from .film import FASTEST_FPS, SLOWEST_FPS, Film, Sample
from .gif import Gif, write_palette
from .moving import clip_of
from .reading import pictures

__all__ = [
    "FASTEST_FPS",
    "SLOWEST_FPS",
    "Encoder",
    "Film",
    "Gif",
    "Mp4",
    "Sample",
    "check_mp4",
    "clip_of",
    "pictures",
    "rate_text",
    "write_palette",
]

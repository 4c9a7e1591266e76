"""Videos: what a clip is, how clips become one video, whether the result is right.

Everything here runs in a job's child process; PyAV, numpy and MoviePy are loaded where they are
used, never by this door.
"""

from .facts import AudioFacts, ClipFacts, ClipLimits, VideoFacts
from .ffmpeg import ffmpeg_version
from .probe import probe

__all__ = [
    "AudioFacts",
    "ClipFacts",
    "ClipLimits",
    "VideoFacts",
    "ffmpeg_version",
    "probe",
]

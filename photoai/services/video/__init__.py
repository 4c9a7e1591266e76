"""Videos: what a clip is, how clips become one video, whether the result is right.

What opens a clip runs in a job's child process; PyAV, numpy and MoviePy are loaded where they are
used, never by this door.
"""

from .canvas import ASPECTS, QUALITIES
from .clips import naming_the_clip
from .effects import TRANSITIONS
from .facts import AudioFacts, ClipFacts, ClipLimits, VideoFacts
from .ffmpeg import ffmpeg_version
from .plan import MergePlan, plan_merge
from .probe import probe
from .settings import FITS, MergeSettings, merge_digest

__all__ = [
    "ASPECTS",
    "FITS",
    "QUALITIES",
    "TRANSITIONS",
    "AudioFacts",
    "ClipFacts",
    "ClipLimits",
    "MergePlan",
    "MergeSettings",
    "VideoFacts",
    "ffmpeg_version",
    "merge_digest",
    "naming_the_clip",
    "plan_merge",
    "probe",
]

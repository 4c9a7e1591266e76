"""Videos: what a clip is, how clips become one video, whether the result is right.

What opens a clip runs in a job's child process; PyAV, numpy and MoviePy are loaded where they are
used, never by this door.
"""

from .canvas import ASPECTS, QUALITIES, Canvas, Encoding, Quality, canvas_of, common_rate
from .clips import naming_the_clip
from .effects import TRANSITIONS, Blur, Crop, Fit, Native, NoFilter, Pad, Transition
from .facts import AudioFacts, ClipFacts, ClipLimits, VideoFacts
from .ffmpeg import ffmpeg_version
from .graph import Graph, graph
from .join import Segment, join
from .looking import is_doubtful
from .plan import MergePlan, plan_merge
from .probe import probe
from .render import AAC, LOSSLESS, matches, render, take_as_is
from .settings import FITS, MergeSettings, merge_digest
from .sniff import container_of
from .timeline import Cut, Joint, Timeline

__all__ = [
    "AAC",
    "ASPECTS",
    "FITS",
    "LOSSLESS",
    "QUALITIES",
    "TRANSITIONS",
    "AudioFacts",
    "Blur",
    "Canvas",
    "ClipFacts",
    "ClipLimits",
    "Crop",
    "Cut",
    "Encoding",
    "Fit",
    "Graph",
    "Joint",
    "MergePlan",
    "MergeSettings",
    "Native",
    "NoFilter",
    "Pad",
    "Quality",
    "Segment",
    "Timeline",
    "Transition",
    "VideoFacts",
    "canvas_of",
    "common_rate",
    "container_of",
    "ffmpeg_version",
    "graph",
    "is_doubtful",
    "join",
    "matches",
    "merge_digest",
    "naming_the_clip",
    "plan_merge",
    "probe",
    "render",
    "take_as_is",
]

"""What can be done to a picture. Each effect is said twice: as the text of an ffmpeg filter, and as
a MoviePy `Effect`.

The effects are light values that hold their parameters and say their filter; the MoviePy object is
made from them on demand (`effect`). A subclass of `moviepy.Effect` would cost half a second and
sixty megabytes to import in every job, though nearly all of them are rendered as filter graphs.
"""

from .fits import FIT_NAMED, Blur, Crop, Fit, Pad, Whole
from .material import Material
from .native import Native
from .overlays import ANCHORS, ChromaKey, Overlay
from .port import NoFilter, PictureEffect
from .transitions import TRANSITIONS, Transition

__all__ = [
    "ANCHORS",
    "FIT_NAMED",
    "TRANSITIONS",
    "Blur",
    "ChromaKey",
    "Crop",
    "Fit",
    "Material",
    "Native",
    "NoFilter",
    "Overlay",
    "Pad",
    "PictureEffect",
    "Transition",
    "Whole",
]

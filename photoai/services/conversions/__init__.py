"""Conversions of videos to ASCII: orders, their jobs, batches of them, and what they have made."""

from .artifacts import FOLDER, GIF, MP4, PNG, POSTER, TXT, frame_name, kept_beside
from .batches import MOST_FILES, Batch, Batches, Rejected
from .conversions import Conversions
from .downloads import Artifact, Downloads
from .order import ASCII, ConversionOrder
from .task import DRAWING, ConversionTask, conversion_id

__all__ = [
    "ASCII",
    "DRAWING",
    "FOLDER",
    "GIF",
    "MOST_FILES",
    "MP4",
    "PNG",
    "POSTER",
    "TXT",
    "Artifact",
    "Batch",
    "Batches",
    "ConversionOrder",
    "ConversionTask",
    "Conversions",
    "Downloads",
    "Rejected",
    "conversion_id",
    "frame_name",
    "kept_beside",
]

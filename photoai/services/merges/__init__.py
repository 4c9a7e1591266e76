"""Merging videos: orders, their jobs, and what is remembered of them."""

from photoai.services.video import ASPECTS, FITS, QUALITIES, TRANSITIONS, MergeSettings

from .estimate import estimated_sec
from .folders import WorkFolders
from .foresight import MergePlans
from .known import KnownMerges
from .merges import Merges
from .order import MOST_CLIPS, MergeOrder, Source, task_id
from .task import MERGE, MERGING, MergeTask, poster_key

__all__ = [
    "ASPECTS",
    "FITS",
    "MERGE",
    "MERGING",
    "MOST_CLIPS",
    "QUALITIES",
    "TRANSITIONS",
    "KnownMerges",
    "MergeOrder",
    "MergePlans",
    "MergeSettings",
    "MergeTask",
    "Merges",
    "Source",
    "WorkFolders",
    "estimated_sec",
    "poster_key",
    "task_id",
]

"""Merging videos: orders, their jobs, and what is remembered of them."""

from photoai.services.video import ASPECTS, FITS, QUALITIES, TRANSITIONS, MergeSettings

from .allowance import Allowance
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
    "Allowance",
    "KnownMerges",
    "MergeOrder",
    "MergePlans",
    "MergeSettings",
    "MergeTask",
    "Merges",
    "Source",
    "poster_key",
    "task_id",
]

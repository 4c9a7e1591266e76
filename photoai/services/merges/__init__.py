"""Merging videos: orders, their jobs, and what is remembered of them."""

from photoai.services.video.settings import MergeSettings

from .foresight import MergePlans
from .known import KnownMerges
from .merges import Merges
from .order import MOST_CLIPS, MergeOrder, Source, task_id
from .task import MERGE, MergeTask

__all__ = [
    "MERGE",
    "MOST_CLIPS",
    "KnownMerges",
    "MergeOrder",
    "MergePlans",
    "MergeSettings",
    "MergeTask",
    "Merges",
    "Source",
    "task_id",
]

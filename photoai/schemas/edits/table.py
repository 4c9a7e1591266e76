"""All types of task."""

from __future__ import annotations

from collections.abc import Mapping

from . import combined, probe, thumbnail
from .inside import INSIDE
from .types import TaskType

__all__ = ["INSIDE", "TYPES"]
TYPES: Mapping[str, TaskType] = {
    **INSIDE,
    "combined": combined.TYPE,
    "thumbnail": thumbnail.TYPE,
    "probe": probe.TYPE,
}

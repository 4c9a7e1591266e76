"""Edits of videos: sound, pictures, texts and subtitles laid over them, joined and cut, one or
several in a row.

An order is a list of operations. Each is a value that makes another film of a film (`film.py`):
what its picture and its sound are made of. Only the last film is rendered, by one filter graph, and
what nobody has touched is copied. `plan_edit` stops before that, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .edits import EDITS, PROBE, THUMBNAIL
from .planning import EditPlan, plan_edit

if TYPE_CHECKING:
    from photoai.services.video.merging import Voice

__all__ = ["EDITS", "PROBE", "THUMBNAIL", "EditPlan", "edit", "plan_edit"]


def edit(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """The work of a job's child process, with what it loads.

    Raises:
        PhotoaiError: why there is nothing.
    """
    from .making import edit as made

    return made(params, folder, voice)

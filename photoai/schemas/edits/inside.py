"""The types of task that may also stand inside a combined one: one line each."""

from __future__ import annotations

from collections.abc import Mapping

from . import audio_overlay, join, subtitles, text_overlay, trim, video_overlay
from .types import TaskType

INSIDE: Mapping[str, TaskType] = {
    "join": join.TYPE,
    "trim": trim.TYPE,
    "audio_overlay": audio_overlay.TYPE,
    "text_overlay": text_overlay.TYPE,
    "subtitles": subtitles.TYPE,
    "video_overlay": video_overlay.TYPE,
}

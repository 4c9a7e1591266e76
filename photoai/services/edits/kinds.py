"""The kinds of job that tasks are."""

from __future__ import annotations

KINDS = (
    "join", "trim", "audio_overlay", "text_overlay", "subtitles", "video_overlay", "combined",
    "thumbnail", "probe",
)  # fmt: skip

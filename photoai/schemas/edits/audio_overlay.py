"""Sound laid over a video, or put in place of its own."""

from __future__ import annotations

from marshmallow import Schema, fields

from photoai.checks import OneOf, Range
from photoai.models import FileKind

from .fields import factor, quality, said, seconds
from .types import BASE, Place, TaskType

MODES = ("mix", "replace")
LONGEST_FADE_SEC = 60
SOFTEST_LUFS, LOUDEST_LUFS = -70, -5


class AudioOverlayConfigSchema(Schema):
    mode = fields.String(
        load_default="mix",
        validate=OneOf(MODES),
        metadata=said("Mode", "Mixed with the video's own sound, or in place of it."),
    )
    volume = factor("Volume", "Of the sound that is added; 1 leaves it as it is.")
    base_volume = factor("Volume of the video", "Of the video's own sound.")
    offset_sec = seconds("Begins at", "Where in the video the added sound begins.")
    loop = fields.Boolean(
        load_default=False, metadata=said("Loop", "Begin again until the video ends.")
    )
    fade_in_sec = seconds("Fade in", most=LONGEST_FADE_SEC)
    fade_out_sec = seconds("Fade out", most=LONGEST_FADE_SEC)
    ducking = fields.Boolean(
        load_default=False,
        metadata=said("Ducking", "Softer while somebody speaks in the video."),
    )
    loudness = fields.Float(
        load_default=None,
        allow_none=True,
        validate=Range(SOFTEST_LUFS, LOUDEST_LUFS),
        metadata=said("Loudness", "Of the whole, by EBU R128: -14 is usual online.", unit="LUFS"),
    )
    quality = quality()


TYPE = TaskType(
    title="Add sound",
    description="Lays music or a voice over a video, or replaces its sound.",
    config=AudioOverlayConfigSchema,
    places=(BASE, Place("Sound", (FileKind.AUDIO, FileKind.VIDEO))),
)

"""Subtitles, drawn on a video or put beside it as a track."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from photoai.checks import OneOf
from photoai.errors import Sentence
from photoai.models import FileKind

from .cues import Cues
from .fields import Colour, anchor, font, quality, said
from .text_overlay import size
from .types import BASE, Place, TaskType

STYLES = ("classic", "karaoke", "highlight", "word_by_word")
MODES = ("burn", "soft")
A_LANGUAGE = Sentence("Three letters of ISO 639-2 such as eng are needed.")


class SubtitlesConfigSchema(Schema):
    cues = Cues(
        load_default=None,
        allow_none=True,
        metadata=said("Subtitles", "In place of a file: when each is seen, and what it says."),
    )
    style = fields.String(
        load_default="classic",
        validate=OneOf(STYLES),
        metadata=said("Style", "All but the classic one follow the words as they are spoken."),
    )
    mode = fields.String(
        load_default="burn",
        validate=OneOf(MODES),
        metadata=said("Mode", "Drawn on the picture, or a track that viewers switch on."),
    )
    font = font()
    size = size("Of the letters; by the picture's height unless set.")
    color = Colour("Colour", load_default="#ffffff")
    highlight_color = Colour("Colour of the word that is spoken", load_default="#ffd54a")
    anchor = anchor("Place", "Where in the picture they stand.", "bottom")
    language = fields.String(
        load_default="und",
        validate=validate.Regexp(r"[a-z]{3}\Z", error=A_LANGUAGE),
        metadata=said("Language", "Of the track, by ISO 639-2: eng, rus, und."),
    )
    quality = quality()


TYPE = TaskType(
    title="Add subtitles",
    description="Draws subtitles on a video, word by word if you like, or adds them as a track.",
    config=SubtitlesConfigSchema,
    places=(BASE, Place("Subtitles", (FileKind.SUBTITLES,), least=0, unless="cues")),
)

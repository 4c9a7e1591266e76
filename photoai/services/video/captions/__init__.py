"""What is written on pictures: subtitles read and written, texts, the fonts of both.

pysubs2, fontTools and charset-normalizer are loaded where they are used.
"""

from .as_is import ass_as_is
from .cues import MAX_BYTES, MAX_CUES, Cue, Script, Word
from .encodings import wide_or_utf8
from .filters import ass_filter
from .fonts import FontBook, families_in, fonts_here
from .places import ANCHORS
from .reading import cues_of, format_of, read
from .styles import STYLES, CaptionStyle, burned_ass
from .texts import Text, texts_ass
from .typefaces import Font, fonts_in, measures
from .writing import soft_srt

__all__ = [
    "ANCHORS",
    "MAX_BYTES",
    "MAX_CUES",
    "STYLES",
    "CaptionStyle",
    "Cue",
    "Font",
    "FontBook",
    "Script",
    "Text",
    "Word",
    "ass_as_is",
    "ass_filter",
    "burned_ass",
    "cues_of",
    "families_in",
    "fonts_here",
    "fonts_in",
    "format_of",
    "measures",
    "read",
    "soft_srt",
    "texts_ass",
    "wide_or_utf8",
]

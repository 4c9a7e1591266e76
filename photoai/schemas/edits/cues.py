"""Subtitles written into an order. There may be ten thousand of them, which a schema would be busy
with for seconds: they are read by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from photoai.errors import Sentence

from .fields import A_DAY_SEC, ENDS_BEFORE

MOST_CUES, MOST_WORDS, LONGEST_TEXT = 10_000, 200, 2000
TELL_AT_MOST = 20  # problems
HOW_MANY = Sentence("Length must be between {min} and {max}.", min=1, max=MOST_CUES)
HOW_MANY_WORDS = Sentence("Length must be between {min} and {max}.", min=0, max=MOST_WORDS)
A_LIST = Sentence("Not a valid list.")
A_CUE = Sentence("start_sec, end_sec and text are needed.")
A_MOMENT = Sentence("A number of seconds from 0 to {most} is needed.", most=A_DAY_SEC)
A_TEXT = Sentence("A text of 1 to {most} characters is needed.", most=LONGEST_TEXT)
UNKNOWN = Sentence("Unknown field.")
OF_WORD = frozenset({"start_sec", "end_sec", "text"})
OF_CUE = OF_WORD | {"words"}
MOMENT = {"type": "number", "minimum": 0, "maximum": A_DAY_SEC, "x-unit": "s"}
WORD_SHAPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "start_sec": MOMENT | {"title": "From"},
        "end_sec": MOMENT | {"title": "To"},
        "text": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "title": "Text"},
    },
    "required": ["start_sec", "end_sec", "text"],
    "additionalProperties": False,
}
WORDS_SHAPE = {"type": "array", "maxItems": MOST_WORDS, "items": WORD_SHAPE, "title": "Words"}
CUE_SHAPE = WORD_SHAPE | {"properties": {**WORD_SHAPE["properties"], "words": WORDS_SHAPE}}
CUES_SHAPE = {
    "type": ["array", "null"], "minItems": 1, "maxItems": MOST_CUES, "items": CUE_SHAPE,
}  # fmt: skip

Problems = dict[str | int, Any]


class Cues(fields.Field[list[dict[str, Any]]]):
    """A list of `{start_sec, end_sec, text, words?}`, words being of the same shape without any."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, list):
            raise ValidationError(A_LIST)
        if not 1 <= len(value) <= MOST_CUES:
            raise ValidationError(HOW_MANY)
        problems: Problems = {}
        for index, cue in enumerate(value):
            if wrong := _wrong(cue, OF_CUE):
                problems[index] = wrong
                if len(problems) >= TELL_AT_MOST:
                    break
        if problems:
            raise ValidationError(problems)
        return [_cue(each) for each in value]


def _cue(given: Mapping[str, Any]) -> dict[str, Any]:
    words = given.get("words")
    return _word(given) | ({"words": [_word(each) for each in words]} if words else {})


def _word(given: Mapping[str, Any]) -> dict[str, Any]:
    start_sec, end_sec = float(given["start_sec"]), float(given["end_sec"])
    return {"start_sec": start_sec, "end_sec": end_sec, "text": given["text"]}


def _wrong(cue: Any, known: frozenset[str]) -> Problems | list[str] | None:
    """What is wrong with one; None when nothing is."""
    if not isinstance(cue, Mapping) or not cue.keys() >= OF_WORD:
        return [A_CUE]
    if unknown := cue.keys() - known:
        return {name: [UNKNOWN] for name in sorted(unknown)}
    start, end, text = cue["start_sec"], cue["end_sec"], cue["text"]
    for name, value in (("start_sec", start), ("end_sec", end)):
        if not _is_moment(value):
            return {name: [A_MOMENT]}
    if end <= start:
        return {"end_sec": [ENDS_BEFORE]}
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT:
        return {"text": [A_TEXT]}
    return _wrong_words(cue["words"]) if cue.get("words") else None


def _wrong_words(words: Any) -> Problems | None:
    if not isinstance(words, list):
        return {"words": [A_LIST]}
    if len(words) > MOST_WORDS:
        return {"words": [HOW_MANY_WORDS]}
    for index, word in enumerate(words):
        if wrong := _wrong(word, OF_WORD):
            return {"words": {index: wrong}}
    return None


def _is_moment(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= A_DAY_SEC  # which no NaN is

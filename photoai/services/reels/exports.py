"""An analysis as files: subtitles, and a page to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from photoai.errors.reels import ReelWithoutSpeech
from photoai.services.video.captions import Cue, soft_srt

ORIGINAL, TRANSLATION = "original", "translation"
LONGEST = 2000  # characters of a cue
TEXT_OF = {ORIGINAL: "text", TRANSLATION: "translation"}
# What means something in the middle of a line, and at its beginning (CommonMark 0.31, GFM tables).
INSIDE = re.compile(r"([\\`*_\[\]|~])")
FIRST = re.compile(r"^(\s*)([#+=-])", re.MULTILINE)
NUMBERED = re.compile(r"^(\s*\d+)([.)])", re.MULTILINE)


@dataclass(frozen=True)
class Headings:
    """The words around what was said, in the reader's language."""

    facts: str
    hook: str
    transcript: str
    translation: str
    keys: str
    script: str
    shots: str
    advice: str
    columns: Sequence[str]  # of a script: time, picture, text, note


def cues_of(result: Mapping[str, Any], which: str) -> list[Cue]:
    """What is said in a video, by its moments.

    Raises:
        ReelWithoutSpeech
    """
    cues = [
        Cue(
            float(each["start_sec"]), float(each["end_sec"]), each[TEXT_OF[which]].strip()[:LONGEST]
        )
        for each in result["segments"]
        if each[TEXT_OF[which]].strip() and each["end_sec"] > each["start_sec"]
    ]
    if not cues:
        raise ReelWithoutSpeech
    return cues


def srt(result: Mapping[str, Any], facts: Mapping[str, Any], which: str) -> str:
    """Raises ReelWithoutSpeech."""
    return soft_srt(cues_of(result, which), float(facts["duration_sec"]))


def markdown(result: Mapping[str, Any], facts_line: str, said: Headings) -> str:
    """A page of the analysis in which nothing that was said is a mark of its own."""
    original = result["original"] or {}
    parts = [f"# {line(result['file_name'])}", f"**{said.facts}:** {line(facts_line)}"]
    if hook := result.get("hook"):
        parts += [f"## {said.hook}", f"**{line(hook['text'])}**", text(hook["why"])]
    for heading, name in ((said.transcript, "transcription"), (said.translation, "translation")):
        if original.get(name):
            parts += [f"## {heading}", text(original[name])]
    parts += [f"## {said.keys}", _numbered(result["keys"])]
    parts += [f"## {said.script}", _table(said.columns, result["script"])]
    for variant in result.get("variants") or ():
        parts += [f"### {line(variant['title'])}", _table(said.columns, variant["script"])]
    if shots := [each for each in result.get("shots") or () if each.get("description")]:
        listed = [f"- {each['index'] + 1}: {line(each['description'])}" for each in shots]
        parts += [f"## {said.shots}", "\n".join(listed)]
    advice = [
        f"- **{line(each['category'])}** {line(each['text'])}" for each in result["recommendations"]
    ]
    parts += [f"## {said.advice}", "\n".join(advice)]
    return "\n\n".join(part for part in parts if part) + "\n"


def text(words: str) -> str:
    """Paragraphs as they are, with nothing in them that is markup."""
    marked = INSIDE.sub(r"\\\1", escape(words, quote=False))
    return FIRST.sub(r"\1\\\2", NUMBERED.sub(r"\1\\\2", marked))


def line(words: str) -> str:
    """The same on one line."""
    return text(" ".join(words.split()))


def _numbered(keys: Iterable[Mapping[str, str]]) -> str:
    listed = [
        f"{number}. **{line(each['title'])}** {line(each['description'])}"
        for number, each in enumerate(keys, start=1)
    ]
    return "\n".join(listed)


def _table(columns: Sequence[str], script: Iterable[Mapping[str, str]]) -> str:
    rows = [columns, ["---"] * len(columns)]
    rows += [[line(each[name]) for name in ("time", "visual", "text", "note")] for each in script]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)

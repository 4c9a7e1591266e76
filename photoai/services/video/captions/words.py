"""Text in words, and when each of them is said.

Words are parted by spaces. Where a script does without (Chinese, Japanese, Thai, Lao, Khmer,
Burmese), each character a reader sees is one, with the punctuation that belongs to it: finding
real words there would take a dictionary for each language. Korean has spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import regex

from .cues import Cue, Word

CHUNK = re.compile(r"\s*\S+\s*")
SPACELESS = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
)
SEEN = regex.compile(r"\X")
# Of Unicode's general categories: what begins with the character after it, what ends with the one
# before. "Lm" has the long mark of Japanese.
OPENING = {"Ps", "Pi"}
CLOSING = {"Pe", "Pf", "Po", "Lm", "Zs"}


def graphemes(text: str) -> list[str]:
    """Characters as a reader sees them (UAX 29)."""
    found: list[str] = SEEN.findall(text)
    return found


def words_in(line: str) -> list[str]:
    """A line in words; together they are the line."""
    if not SPACELESS.search(line):
        return CHUNK.findall(line) or [line]
    return [word for chunk in CHUNK.findall(line) or [line] for word in _parted(chunk)]


def _parted(chunk: str) -> Iterator[str]:
    word = ""
    for seen in graphemes(chunk):
        if word and _may_part(word, seen):
            yield word
            word = ""
        word += seen
    yield word


def _may_part(word: str, seen: str) -> bool:
    before, after = unicodedata.category(word[-1]), unicodedata.category(seen[0])
    if before in OPENING or after in CLOSING:
        return False
    return bool(SPACELESS.search(word) or SPACELESS.match(seen))


def timed(cue: Cue) -> list[Word]:
    """A cue's words with the spaces and line ends around them, in order. Their times are the
    given ones, or as long as each has letters."""
    given = _given(cue) if cue.words else None
    return given or _evenly(cue.text, cue.start_sec, cue.end_sec)


def _evenly(text: str, start_sec: float, end_sec: float) -> list[Word]:
    """A line's end goes with its last word."""
    lines = [words_in(line) for line in text.split("\n")]
    words = [word for line in lines for word in (*line[:-1], line[-1] + "\n")]
    words[-1] = words[-1].removesuffix("\n")
    ends = list(accumulate(max(sum(map(str.isalnum, word)), 1) for word in words))
    per_letter = (end_sec - start_sec) / ends[-1]
    times = [start_sec + per_letter * end for end in (0, *ends)]
    return [
        Word(begin, end, word) for (begin, end), word in zip(pairwise(times), words, strict=True)
    ]


def _given(cue: Cue) -> list[Word] | None:
    """The cue's own words, each with all that stands before the next; None when no word can be
    shown."""
    said = [word.text.strip() for word in cue.words]
    text = cue.text if _stand_in(cue.text, said) else _joined(cue.words)
    begins, at = [], 0
    for word in said:
        at = text.index(word, at)
        begins.append(at)
        at += len(word)
    parts = [text[begin:end] for begin, end in pairwise([0, *begins[1:], len(text)])]
    return _in_order(cue, parts) if text.strip() else None


def _stand_in(text: str, words: Sequence[str]) -> bool:
    at = 0
    for word in words:
        if (at := text.find(word, at)) < 0:
            return False
        at += len(word)
    return True


def _joined(words: Sequence[Word]) -> str:
    """Some recognisers write the space in front of each word, most leave it away."""
    spaced = any(word.text[:1].isspace() for word in words[1:])
    return ("" if spaced else " ").join(word.text for word in words)


def _in_order(cue: Cue, parts: Sequence[str]) -> list[Word]:
    """Each begins within its cue and not before the one in front of it."""
    found, now = [], cue.start_sec
    for word, part in zip(cue.words, parts, strict=True):
        start_sec, end_sec = sorted((word.start_sec, word.end_sec))
        now = min(max(now, start_sec), cue.end_sec)
        found.append(Word(now, min(max(now, end_sec), cue.end_sec), part))
    return found

"""Bytes as text: by the mark in front of them, as UTF-16 or UTF-8, or else by what makes sense.

Old Russian and Western files say nothing about their encoding. charset-normalizer tells the two
apart well, but takes Greek, Hebrew or Japanese for one of them, so what it found must also look
like a language of that encoding. Whoever is in doubt is refused: a wrong guess would be burned
into a video.
"""

from __future__ import annotations

import codecs
import re

from photoai.errors import SubtitlesEncodingUnknown

# UTF-32's mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Subtitles begin with ASCII, of which every other byte in UTF-16 is zero: which of the first four.
UNMARKED: dict[tuple[int, ...], str] = {(0, 1, 0, 1): "utf-16-le", (1, 0, 1, 0): "utf-16-be"}
CYRILLIC, WESTERN = "windows-1251", "windows-1252"
GUESSED = {"cp1251": CYRILLIC, "cp1252": WESTERN}
CYRILLIC_WORD = re.compile(r"[А-Яа-яЁёІіЇїЄєЎўҐґЂ-Џђ-џ]{2,}")
CAPITAL_INSIDE = re.compile(r"[а-яёіїє][А-ЯЁІЇЄ]")
MIXED = re.compile(r"[A-Za-z][А-Яа-яЁё]|[А-Яа-яЁё][A-Za-z]")
VOWELS = frozenset("аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ")
# Together three letters of a hundred in Russian, five in Bulgarian; Hebrew has its commonest here.
RARE = frozenset("ъщфэцЪЩФЭЦ")
# Signs, not letters, where other encodings have letters of theirs.
SIGN_INSIDE = re.compile(r"[^\W\d_][¡-©«-´¶-¹»-¿×÷][^\W\d_]")
SIGN = re.compile(r"[^\x00-\x7f\w\s–—‘’‚“”„…«»‹›№•°§©®™€¡¿·´]")
ENOUGH_LETTERS = 20


def wide_or_utf8(data: bytes) -> tuple[bytes, str]:
    """The mark in front of a text, empty when there is none, and which encoding its first bytes
    are in, as far as they tell."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return mark, encoding
    return b"", UNMARKED.get(tuple(int(byte == 0) for byte in data[:4]), "utf-8")


def text_of(data: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding.

    Raises:
        SubtitlesEncodingUnknown: `details.byte` is the first that is no UTF-8, or none of the
            encoding the file says it has.
    """
    mark, encoding = wide_or_utf8(data)
    try:
        return data[len(mark) :].decode(encoding), encoding
    except UnicodeDecodeError as error:
        if mark or (guess := _guessed(data)) is None:
            at = error.start + len(mark)
            raise SubtitlesEncodingUnknown(details={"byte": at}) from None
        return guess


def _guessed(data: bytes) -> tuple[str, str] | None:
    from charset_normalizer import from_bytes

    if b"\0" in data:
        return None
    best = from_bytes(data, cp_isolation=list(GUESSED)).best()
    if best is None or best.encoding not in GUESSED:
        return None
    text = str(best)
    sane = _is_cyrillic(text) if best.encoding == "cp1251" else not SIGN_INSIDE.search(text)
    return (text, GUESSED[best.encoding]) if sane else None


def _is_cyrillic(text: str) -> bool:
    """Whether words look like those of a language that is written so."""
    words = CYRILLIC_WORD.findall(text)
    letters = "".join(words)
    if MIXED.search(text) or len(CAPITAL_INSIDE.findall(text)) * 10 > len(words):
        return False
    if len(SIGN.findall(text)) * 10 > len(letters):
        return False
    if len(letters) < ENOUGH_LETTERS:
        return True
    return 0.25 <= _part(letters, VOWELS) <= 0.6 and _part(letters, RARE) <= 0.1


def _part(letters: str, some: frozenset[str]) -> float:
    return sum(letter in some for letter in letters) / len(letters)

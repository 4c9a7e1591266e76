"""What somebody wrote, as text of an ASS event that means nothing but itself.

libass reads `{…}` as tags, `\\N`, `\\n` and `\\h` as spaces and `\\{` as a brace (ass_parse.c,
ass_get_next_char), and trims spaces at the ends of lines. The word joiner (U+2060) is invisible
and keeps a backslash apart from what follows.
"""

from __future__ import annotations

import re

JOINER = "\u2060"
BREAKS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# What has no shape of its own: controls, the mark of a byte order, halves of pairs, and what is no
# character. Joiners and the marks of directions stay.
UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]")
SPECIAL = str.maketrans({"\\": "\\" + JOINER, "{": r"\{", "}": r"\}"})
SPACE = "\u00a0"  # one that stays at either end of a line
INDENT = re.compile(r"^ +")


def cleaned(text: str) -> str:
    """Without characters that nobody can see, its lines parted by "\\n"."""
    return UNSEEN.sub("", BREAKS.sub("\n", text).replace("\t", "    "))


def one_line(text: str) -> str:
    """The same without line ends."""
    return cleaned(text).replace("\n", " ")


def escaped(text: str) -> str:
    """A piece of one cleaned line."""
    return text.translate(SPECIAL)


def held(line: str) -> str:
    """A line whose spaces in front stay."""
    return INDENT.sub(lambda spaces: SPACE * len(spaces[0]), line)

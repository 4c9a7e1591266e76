"""The characters that pictures are made of."""

from __future__ import annotations

import unicodedata

from photoai.errors import CharsetInvalid, Sentence

from .typeface import is_drawable

TYPED = "".join(map(chr, range(0x20, 0x7F)))
# What `edges` draws contours with, and tones with.
STROKES, FILL = "|/-\\_", " .:"
SHADES = " ░▒▓█"
# Dark to light on a dark ground, as far as tone goes.
STYLES = {
    "normal": " .-:=+*%#@",
    "inverted": "@#%*+=:-. ",
    "dots": " ·∙•●",
    "gradient": SHADES,
    "blocks": SHADES + "▀▄▌▐▘▝▖▗▚▞▛▜▙▟",
    "braille": "".join(map(chr, range(0x2800, 0x2900))),
    "edges": FILL + "".join(each for each in STROKES if each not in FILL),
}
# What these draw is a matter of shape, not of tone alone.
SHAPED = ("blocks", "braille", "edges")
FEWEST, MOST = 2, 256


def check_charset(charset: str) -> str:
    """The characters as they were given.

    Raises:
        CharsetInvalid: fewer than 2 or more than 256, one twice, or one that does not fill just one
            cell: wide, combining and control characters, and those that the font does not have.
            `details` say which.
    """
    check_count(len(charset))
    seen: set[str] = set()
    for place, character in enumerate(charset):
        if reason := _fault(character, seen):
            code = f"U+{ord(character):04X}"
            raise _refused(reason, character=code, place=place)
        seen.add(character)
    return charset


def check_count(count: int) -> None:
    """Raises CharsetInvalid: fewer than 2 or more than 256."""
    if not FEWEST <= count <= MOST:
        few = Sentence("{fewest} to {most} characters are needed.", fewest=FEWEST, most=MOST)
        raise _refused(few, count=count)


def _fault(character: str, seen: set[str]) -> Sentence | None:
    category = unicodedata.category(character)
    if category[0] in "CZ" and character != " ":
        return Sentence("Control characters and spaces of other kinds cannot be seen.")
    if category[0] == "M":
        return Sentence("Combining characters have no cell of their own.")
    if unicodedata.east_asian_width(character) in "WF":
        return Sentence("Wide characters need two cells.")
    if character in seen:
        return Sentence("Every character may be there once.")
    if not is_drawable(character):
        return Sentence("The font has no such character.")
    return None


def _refused(reason: Sentence, **details: object) -> CharsetInvalid:
    return CharsetInvalid(details={"reason": reason, **details})

"""The name a file is shown by; nothing is ever stored under it."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME, LONGEST_ENDING = 200, 12
PATH_SEPARATOR = re.compile(r"[/\\]")
NAMELESS = "file"


def shown_name(name: str) -> str:
    """The last part of whatever path a client sent, printable, at most 200 characters."""
    last = unicodedata.normalize("NFC", PATH_SEPARATOR.split(name)[-1])
    kept = (each for each in last if each.isprintable() or each.isspace())
    text = " ".join("".join(kept).split())
    if not text.strip(". "):
        return NAMELESS
    stem, dot, ending = text.rpartition(".")
    if len(text) <= LONGEST_NAME or not dot or len(ending) > LONGEST_ENDING:
        return text[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(ending) - 1] + dot + ending

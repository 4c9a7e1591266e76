"""What a conversion makes, how it is called, and where it lies: one file for each kind, the frames
of a kind all in one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MP4, GIF, TXT, PNG, POSTER = "mp4", "gif", "txt", "png", "poster"
FRAMES = "frames"  # those of both kinds in one
ZIP = "application/zip"
FOLDER = "ascii"
FRAME = re.compile(r"frame_([0-9]{6,9})\.(txt|png)")


@dataclass(frozen=True)
class Kind:
    """`stored` is its name beside its conversion's other files, `mime` that of the file, `shown`
    what a download of it is called: with the conversion's id in it, for it is saved beside others;
    `frame_mime` that of one frame inside."""

    stored: str
    mime: str
    shown: str
    frame_mime: str = ""


KINDS = {
    MP4: Kind("video.mp4", "video/mp4", "ascii_{id}.mp4"),
    GIF: Kind("video.gif", "image/gif", "ascii_{id}.gif"),
    PNG: Kind("png.zip", ZIP, "ascii_{id}_png.zip", "image/png"),
    TXT: Kind("txt.zip", ZIP, "ascii_{id}_txt.zip", "text/plain"),
    POSTER: Kind("poster.jpg", "image/jpeg", "ascii_{id}.jpg"),
}
# What a conversion's one result is, where only one can be had: the first of these it has made.
RESULT_ORDER = (MP4, GIF, PNG, TXT)


def frame_name(number: int, kind: str) -> str:
    """Of the frame with this number, from 0 on, as text or as a picture."""
    return f"frame_{number:06d}.{kind}"


def frame_of(name: str) -> tuple[int, str] | None:
    """The number and kind of a frame so called; None for what is none."""
    found = FRAME.fullmatch(name)
    if found is None or frame_name(number := int(found[1]), found[2]) != name:
        return None
    return number, found[2]


def folder_of(public_id: str, attempt: int) -> str:
    # The attempt is part of it: an attempt that lost its job cannot overwrite.
    return f"{FOLDER}/{public_id}.{attempt}"


def result_kind(made: Mapping[str, Any]) -> str:
    """Which of what was made is the result."""
    return next(kind for kind in RESULT_ORDER if kind in made)


def beside(result_key: str, kind: str) -> str:
    """The key of another file of the same conversion."""
    return f"{result_key.rpartition('/')[0]}/{KINDS[kind].stored}"


def kept_beside(result_key: str) -> list[str]:
    """Every key under which something may lie that comes and goes with a result, itself too;
    nothing for other results."""
    if not result_key.startswith(f"{FOLDER}/"):
        return []
    return [beside(result_key, kind) for kind in KINDS]

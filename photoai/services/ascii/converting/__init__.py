"""Videos as characters, in a job's child process: decoded, drawn and encoded in one go.

`frames` is how every part of ours comes to the pictures it makes characters of. What loads numpy or
opens a clip is loaded when it is called, never by this door.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .frames import Source, VideoHead, frames

if TYPE_CHECKING:
    from .progress import Voice

__all__ = ["Source", "VideoHead", "convert", "frames"]


def convert(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """The work of a job's child process, with what it loads.

    Raises:
        PhotoaiError: why there is nothing.
    """
    from .making import convert as made

    return made(params, folder, voice)

"""What can be measured of a video before anybody looks at it: its cuts, how loud it is, where
nobody speaks, a picture of every shot. In a job's child process, without the network.

What loads numpy or opens a clip is loaded when it is called, never by this door.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .facts import MEASURING, PICTURES, Facts, Loudness, Measured, Pace, Part, Shot

if TYPE_CHECKING:
    from .progress import Voice

__all__ = [
    "MEASURING",
    "PICTURES",
    "Facts",
    "Loudness",
    "Measured",
    "Pace",
    "Part",
    "Shot",
    "measure",
]


def measure(params: Mapping[str, Any], folder: Path, voice: Voice) -> Measured:
    """The work of a job's child process, with what it loads: `{"input": {"path", "mime", "sha256",
    "name", "facts"}, "deadline", "max_shots"}` in; the facts, and the name of a file in `folder`
    with the pictures they name. `deadline` is a time of `time.monotonic`.

    Raises:
        ClipUnreadable: it does not decode, or ends long before it should.
        ClipWithoutVideo: it is sound.
        RenderOutOfRoom: the disk is full.
        RenderFailed, NotInTime: as `ffmpeg.run`.
        PhotoaiError: as `probe`, where the facts of the upload are of another version.
    """
    from .measuring import measure as measured

    return measured(params, folder, voice)

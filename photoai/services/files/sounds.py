"""What is inside a sound file. Runs in a child process; PyAV is loaded where it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from photoai.errors import FileDamaged

# FFmpeg's demuxers: the name to ask for one by, and all of its names. Whatever the file says, no
# other is tried, so that a playlist inside can name nothing.
DEMUXERS = {
    "audio/mpeg": ("mp3", "mp3"),
    "audio/aac": ("aac", "aac"),
    "audio/wav": ("wav", "wav"),
    "audio/flac": ("flac", "flac"),
    "audio/ogg": ("ogg", "ogg"),
    "audio/mp4": ("mp4", "mov,mp4,m4a,3gp,3g2,mj2"),
    "audio/webm": ("matroska", "matroska,webm"),
    "audio/x-matroska": ("matroska", "matroska,webm"),
}
# What a file that nobody thought of may lead to, in FFmpeg and here.
STRANGE = (AttributeError, LookupError, ArithmeticError, ValueError)
OPEN_SEC, READ_SEC = 20.0, 20.0
MICROSECONDS = 1_000_000


def examine(
    params: Mapping[str, Any], folder: Path, report: Callable[[float, str, float | None], None]
) -> dict[str, Any]:
    """The work of a child process: `{"path", "mime"}` in, the facts out.

    Raises:
        FileDamaged: nothing in it can be decoded as sound, or not by any decoder there is.
    """
    import av

    short, names = DEMUXERS[params["mime"]]
    try:
        with av.open(
            f"file:{params['path']}",
            format=short,
            options={"protocol_whitelist": "file", "format_whitelist": names},
            metadata_errors="replace",
            timeout=(OPEN_SEC, READ_SEC),
        ) as sound:
            return _facts(sound, short)
    except (av.error.FFmpegError, *STRANGE) as error:
        raise FileDamaged from error


def _facts(sound: Any, container: str) -> dict[str, Any]:
    tracks = [track for track in sound.streams.audio if track.codec_context is not None]
    if not tracks:
        raise FileDamaged
    first = next(sound.decode(tracks[0]), None)
    if first is None:
        raise FileDamaged
    return {
        "container": container,
        "duration_sec": _duration_sec(sound, tracks[0]),
        "audio": {
            "codec": tracks[0].codec_context.name,
            "sample_rate": first.sample_rate,
            "channels": len(first.layout.channels),
        },
        "audio_tracks": len(sound.streams.audio),
    }


def _duration_sec(sound: Any, track: Any) -> float | None:
    """As the container says, None when it does not: counting would mean to read all of it."""
    if track.duration is not None:
        return round(float(track.duration * track.time_base), 3)
    return None if sound.duration is None else round(sound.duration / MICROSECONDS, 3)

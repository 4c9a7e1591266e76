"""Is a finished video what it should be? Measured in the file itself, not believed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photoai.errors import ClipUnreadable, ResultWrong

from .boxes import outer_boxes
from .canvas import SAMPLE_RATE, Canvas
from .facts import ClipFacts, ClipLimits, VideoFacts
from .probe import opened, probe

if TYPE_CHECKING:
    from av import VideoStream
    from av.container import InputContainer

log = logging.getLogger(__name__)

APART_SEC = 0.040  # sound and picture, at the beginning and at the end
ANY_SIZE = ClipLimits(max_bytes=1 << 50, max_pixels=1 << 40, max_duration_sec=1e9)


def measured(path: Path, *, canvas: Canvas, frames: int) -> ClipFacts:
    """Check the outside of a finished MP4 of so many frames; what it is. Every packet's time is
    read: none may be off its place by more than 1.5 ms.

    Raises:
        ResultWrong: it is not what it should be; `details["wrong"]` names the first thing found.
    """
    return outside(path, lambda facts: _check(facts, canvas, frames))


def outside(path: Path, check: Callable[[ClipFacts], None]) -> ClipFacts:
    """What a finished MP4 is. Raises ResultWrong: it cannot be read, `check` says so, or its index
    is at its end."""
    with readable():
        facts = probe(path, ANY_SIZE)
        check(facts)
        _require(outer_boxes(path), before=("moov", "mdat"))
    return facts


def decoded(
    path: Path, *, canvas: Canvas, frames: int, joints: Sequence[int] = (), quick: bool = True
) -> None:
    """Check its pictures: all of them, or, when `quick`, the first frame and those at `joints`
    (counted from zero), each with what it takes to decode it.

    Raises:
        ResultWrong: as `measured`.
    """
    with readable(), opened(path, "mp4", err_detect="explode") as video:
        stream = video.streams.video[0]
        if quick:
            _decode_at(video, stream, canvas, sorted({0, *joints}))
        else:
            _decode_all(video, stream, frames)


@contextmanager
def readable() -> Iterator[None]:
    """Raises ResultWrong for what goes wrong while a result is read."""
    try:
        yield
    except (ClipUnreadable, ValueError) as error:
        log.warning("a result cannot be read: %s", error.__cause__ or error)
        raise _wrong("unreadable") from error


def _check(facts: ClipFacts, canvas: Canvas, frames: int) -> None:
    check_picture(facts.video, canvas, frames)
    video, sound = facts.video, facts.audio
    found = sound is not None and (sound.codec, sound.sample_rate)
    agree("sound", found, ("aac", SAMPLE_RATE))
    if sound is None:
        return
    video_end = video.start_sec + canvas.seconds(frames)
    together("sound start", sound.start_sec - video.start_sec)
    ends_apart_sec = sound.start_sec + sound.duration_sec - video_end
    together("sound end", ends_apart_sec, float(1 / canvas.fps))


def check_picture(video: VideoFacts, canvas: Canvas, frames: int) -> None:
    """Raises ResultWrong: it is not one of ours, or not of so many frames."""
    checks: dict[str, tuple[Any, Any]] = {
        "codec": (video.codec, "h264"),
        "size": ((video.width, video.height), (canvas.width, canvas.height)),
        "pixel shape": (video.sar, 1),
        "rotation": (video.rotation_deg, 0),
        "pixel format": (video.pix_fmt, "yuv420p"),
        "frames": (video.frames, frames),
        "constant frame rate": ((video.constant_rate, video.fps), (True, canvas.fps)),
        "keyframe first": (video.clean_start, True),
        "colours": (_colors(video), ("bt709",) * 3),
    }
    for what, (found, expected) in checks.items():
        agree(what, found, expected)
    together("start", video.start_sec)


def agree(what: str, found: object, expected: object) -> None:
    """Raises ResultWrong: the two differ."""
    if found != expected:
        raise _wrong(what, found=str(found), expected=str(expected))


def together(what: str, apart_sec: float, allowed_sec: float = 0.0) -> None:
    """Raises ResultWrong: what belongs together is further apart than anybody may notice, or than
    is allowed."""
    if abs(apart_sec) > max(APART_SEC, allowed_sec):
        raise _wrong(what, sec=round(apart_sec, 4))


def _colors(video: VideoFacts) -> tuple[str, str, str]:
    """The primaries, the transfer and the matrix; SMPTE 170M names the same transfer as BT.709."""
    transfer = "bt709" if video.color_transfer == "smpte170m" else video.color_transfer
    return video.color_primaries, transfer, video.color_space


def _require(boxes: Sequence[str], before: tuple[str, str]) -> None:
    first, then = before
    if first not in boxes or then not in boxes or boxes.index(first) > boxes.index(then):
        raise _wrong("index at the front", found=",".join(boxes))


def _decode_at(
    video: InputContainer, stream: VideoStream, canvas: Canvas, places: Sequence[int]
) -> None:
    for frame in places:
        if frame not in _decode_until(video, stream, canvas, frame):
            raise _wrong("a frame that decodes", frame=frame)


def _decode_until(
    video: InputContainer, stream: VideoStream, canvas: Canvas, frame: int
) -> set[int]:
    """Decode from the keyframe before `frame` up to it, and nothing that comes after its packet;
    the places shown."""
    time_base = stream.time_base or Fraction(1)
    video.seek(int(frame / canvas.fps / time_base), stream=stream)
    shown: set[int] = set()
    for packet in video.demux(stream):
        last = packet.pts is not None and round(packet.pts * time_base * canvas.fps) == frame
        # At last also what is held back until others have come.
        for picture in packet.decode() + (stream.codec_context.decode(None) if last else []):
            if picture.is_corrupt:
                raise _wrong("a frame that is whole", frame=frame)
            shown.add(round((picture.pts or 0) * time_base * canvas.fps))
        if last:
            break
    return shown


def _decode_all(video: InputContainer, stream: VideoStream, frames: int) -> None:
    shown = sum(not picture.is_corrupt for picture in video.decode(stream))
    if shown != frames:
        raise _wrong("frames that decode", found=shown, expected=frames)
    video.seek(0)
    for _ in video.decode(video.streams.audio[0]):
        pass


def _wrong(what: str, **about: Any) -> ResultWrong:
    return ResultWrong(details={"wrong": what, **about})

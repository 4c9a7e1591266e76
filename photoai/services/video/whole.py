"""Whether all of a clip decodes.

What is copied into a video is decoded by nobody on its way: damage inside would be found by those
who watch it. A decoder with several threads does not always tell which picture was hurt. Each of
ours has one, and what decodes from nothing is given to another one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from photoai.errors import ClipUnreadable

from .facts import ClipFacts
from .probe import STRANGE, is_idr, opened

if TYPE_CHECKING:
    from av import Packet, VideoCodecContext
    from av.container import InputContainer

COPIED_SOUND = "aac"
MOST_AT_ONCE = 8  # more would use up the seconds of processor time that an upload has
# Nobody looks at the pictures: their edges need no smoothing.
QUICKLY = {"skip_loop_filter": "all"}


def check_whole(path: Path, facts: ClipFacts, go_on: Callable[[], None]) -> None:
    """Decode every picture of a clip of H.264, and its sound where that may be copied. `go_on()`
    is called again and again, by several threads; what it raises ends the work.

    Raises:
        ClipUnreadable: a picture is missing or damaged, or the sound is.
    """
    import av

    enough, at_once = Event(), min(os.cpu_count() or 1, MOST_AT_ONCE)

    def next_packet() -> None:
        go_on()
        if enough.is_set():
            raise ClipUnreadable

    try:
        with opened(path, facts.container) as clip, ThreadPoolExecutor(at_once) as pool:
            video = next(each for each in clip.streams.video if each.index == facts.video.index)
            setup = video.codec_context.extradata
            pictures, sound = _packets(clip, facts)
            works = [pool.submit(_hear, sound, next_packet)]
            works += [
                pool.submit(_see, run, setup, next_packet) for run in _runs(pictures, setup or b"")
            ]
            try:
                for work in as_completed(works):
                    work.result()
            finally:
                enough.set()
    except (av.error.FFmpegError, *STRANGE) as error:
        raise ClipUnreadable from error


def _packets(clip: InputContainer, facts: ClipFacts) -> tuple[list[Packet], list[Packet]]:
    """Of pictures, and of sound that may be copied. Where the file ends was judged when it was
    probed."""
    import av

    picture, sound = facts.video.index, facts.audio
    places = [picture]
    places += [sound.index] if sound is not None and sound.codec == COPIED_SOUND else []
    found: tuple[list[Packet], list[Packet]] = [], []
    with suppress(av.error.InvalidDataError):
        for packet in clip.demux([clip.streams[place] for place in places]):
            if packet.size:
                found[packet.stream_index != picture].append(packet)
    return found


def _runs(pictures: Sequence[Packet], setup: bytes) -> Iterator[list[Packet]]:
    """From each picture that decodes from nothing up to the next."""
    run: list[Packet] = []
    for packet in pictures:
        if run and packet.is_keyframe and is_idr(bytes(packet), setup):
            yield run
            run = []
        run.append(packet)
    yield run


def _see(run: Sequence[Packet], setup: bytes | None, next_packet: Callable[[], None]) -> None:
    import av

    decoder: VideoCodecContext = av.CodecContext.create("h264", "r")
    decoder.extradata, decoder.options, decoder.thread_count = setup, dict(QUICKLY), 1
    whole = 0
    for packet in [*run, None]:
        next_packet()
        whole += sum(not frame.is_corrupt for frame in decoder.decode(packet))
    if whole != len(run):
        raise ClipUnreadable


def _hear(sound: Sequence[Packet], next_packet: Callable[[], None]) -> None:
    for packet in sound:
        next_packet()
        packet.decode()

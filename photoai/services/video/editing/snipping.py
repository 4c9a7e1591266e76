"""A part of a clip copied packet by packet, picture and sound: from a frame that decodes from
nothing on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from photoai.errors import ClipUnreadable, RenderFailed
from photoai.services.video.facts import ClipFacts
from photoai.services.video.holding import HEVC_TAG
from photoai.services.video.probe import STRANGE, is_idr, opened

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

# Pictures are shown in another order than they are decoded in; none so much later.
LOOKAHEAD_SEC = 5.0
# Sound from so long before its first moment goes along, unheard, so that the decoder is ready.
HEARD_BEFORE_SEC = 0.06


@dataclass(frozen=True)
class Snip:
    """Packets of pictures from `first` up to `last`, in the order they are decoded in, without
    those that are shown before `begin`: they need what came before (ITU-T H.265 calls them leading
    pictures). Those before `zero` (ticks of the track) are not shown; `end` is when the next would
    be."""

    first: int
    last: int
    begin: int
    zero: int
    end: int
    decode_times: tuple[int, ...]


def snip(
    path: Path, facts: ClipFacts, out: Path, *, start_sec: float, end_sec: float | None
) -> tuple[float, float]:
    """Write `out`, an MP4 with its index at the front, of the pictures around the seconds asked for
    (counted from the clip's first picture) that can be had whole. From when to when that is.

    Raises:
        RenderFailed: the file is not what it was found to be.
    """
    import av

    try:
        with opened(path, facts.container) as clip:
            base = clip.streams[facts.video.index].time_base or Fraction(1)
            seen = [*_pictures(clip, facts, end_sec)]
            part = _part(seen, facts, base, start_sec, end_sec)
        options = {"movflags": "+faststart"}
        with (
            opened(path, facts.container) as clip,
            av.open(str(out), "w", format="mp4", options=options) as made,
        ):
            _copy(clip, made, facts, part)
    except (av.error.FFmpegError, *STRANGE) as error:
        raise RenderFailed from error
    zero_sec = facts.video.start_sec
    return float(part.zero * base) - zero_sec, float(part.end * base) - zero_sec


@dataclass(frozen=True)
class _Seen:
    """A packet of a picture: when that is shown, in ticks, and whether it decodes from nothing."""

    shown: int
    clean: bool
    lasts: int


def _pictures(clip: InputContainer, facts: ClipFacts, end_sec: float | None) -> Iterator[_Seen]:
    """Those up to a while after the end, in the order they are decoded in."""
    stream = next(each for each in clip.streams.video if each.index == facts.video.index)
    base, setup = stream.time_base or Fraction(1), stream.codec_context.extradata or b""
    for packet in clip.demux(stream):
        if not packet.size or packet.pts is None:
            continue
        clean = packet.is_keyframe and (facts.video.codec != "h264" or is_idr(bytes(packet), setup))
        yield _Seen(packet.pts, clean, packet.duration or 0)
        shown_sec = float(packet.pts * base) - facts.video.start_sec
        if end_sec is not None and shown_sec > end_sec + LOOKAHEAD_SEC:
            return


def _part(
    seen: Sequence[_Seen],
    facts: ClipFacts,
    base: Fraction,
    start_sec: float,
    end_sec: float | None,
) -> Snip:
    """Raises ClipUnreadable: nothing in it decodes from nothing."""
    video = facts.video
    half_sec = float(1 / video.fps) / 2
    shown = sorted(each.shown for each in seen)

    def ticks(sec: float) -> float:
        return (video.start_sec + sec) / float(base)

    most = ticks(start_sec + half_sec)
    fresh = [at for at, each in enumerate(seen) if each.clean and each.shown <= most]
    if not fresh:
        raise ClipUnreadable
    first, last = fresh[-1], len(seen)
    begin = seen[first].shown
    latest = [*accumulate((each.shown for each in seen), max)]
    if end_sec is not None:
        # Where all that was decoded has been shown, and nothing of it comes later.
        whole = (at + 1 for at in range(first, len(seen) - 1) if latest[at] == shown[at])
        last = next((at for at in whole if shown[at] >= ticks(end_sec - half_sec)), last)
    length = max(1, round(1 / (video.fps * base)))
    end = shown[last] if last < len(seen) else shown[-1] + (seen[-1].lasts or length)
    zero = max(begin, round(ticks(0)))
    kept = [each for each in seen[first:last] if each.shown >= begin]
    times = _decode_times(kept, sorted(each.shown for each in kept), length)
    return Snip(first, last, begin, zero, end, times)


def _decode_times(seen: Sequence[_Seen], shown: Sequence[int], length: int) -> tuple[int, ...]:
    """When each is decoded: never after it is shown, and each after the one before."""
    place = {moment: at for at, moment in enumerate(shown)}
    depth = max(came - place[each.shown] for came, each in enumerate(seen))
    before = [shown[0] - (depth - at) * length for at in range(depth)]
    return tuple([*before, *shown][: len(shown)])


def _copy(clip: InputContainer, made: OutputContainer, facts: ClipFacts, part: Snip) -> None:
    indexes = [facts.video.index, *([facts.audio.index] if facts.audio else [])]
    streams = [clip.streams[index] for index in indexes]
    tracks = {stream.index: made.add_stream_from_template(stream) for stream in streams}
    if facts.video.codec == "hevc":
        tracks[facts.video.index].codec_context.codec_tag = HEVC_TAG
    bases = {stream.index: stream.time_base or Fraction(1) for stream in streams}
    zero_sec, end_sec = (moment * bases[facts.video.index] for moment in (part.zero, part.end))
    came, decoded = 0, iter(part.decode_times)
    for packet in clip.demux(*streams):
        if not packet.size or packet.pts is None:
            continue
        base = bases[packet.stream_index]
        if packet.stream_index == facts.video.index:
            came += 1
            if not part.first < came <= part.last or packet.pts < part.begin:
                continue
            _move(packet, next(decoded), part.zero)
        else:
            heard_sec = packet.pts * base - zero_sec
            if heard_sec < -HEARD_BEFORE_SEC:
                continue
            if packet.pts * base >= end_sec:
                if came >= part.last:
                    break
                continue
            _move(packet, packet.pts, round(zero_sec / base))
        packet.stream = tracks[packet.stream_index]
        made.mux(packet)


def _move(packet: Packet, decoded: int, zero: int) -> None:
    packet.dts, packet.pts = decoded - zero, (packet.pts or 0) - zero

"""What is inside a clip: opened by its own demuxer only, its first picture decoded, its frames'
times read from the packets. PyAV is loaded where it is used."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from photoai.errors import (
    ClipCodecNotTaken,
    ClipEmpty,
    ClipTooLong,
    ClipUnreadable,
    ClipWithoutVideo,
)

from .colors import PRIMARIES, RANGES, SPACES, TRANSFERS
from .facts import (
    ALL_DEMUXERS,
    LONGEST_FRAME_SEC,
    MOST_FRESH,
    AudioFacts,
    ClipFacts,
    ClipLimits,
    VideoFacts,
)
from .rates import rate_of
from .sniff import HEAD_BYTES, container_of

if TYPE_CHECKING:
    from av import AudioStream, Packet, VideoFrame, VideoStream
    from av.container import InputContainer

Track = TypeVar("Track", "VideoStream", "AudioStream")

ANALYSED_BYTES, ANALYSED_US = 5_000_000, 5_000_000
OPEN_SEC, READ_SEC = 20.0, 20.0
MOST_PACKETS = 2_000_000
TRIED_PACKETS = 100  # how many may fail to decode before the first picture
MISSING_SEC, MISSING_PART = 0.5, 0.05  # a file that ends earlier than it says was cut off
# What a file that nobody thought of may lead to, in FFmpeg and here.
STRANGE = (AttributeError, LookupError, ArithmeticError, ValueError)
IDR_SLICE = 5  # a NAL unit of H.264 (ITU-T H.264, table 7-1)


def probe(path: Path, limits: ClipLimits) -> ClipFacts:
    """What is known of a clip.

    Raises:
        ClipTypeNotTaken: it is none of the containers we read.
        ClipTooLarge, ClipTooLong, ClipTooManyPixels: it is over a limit.
        ClipWithoutVideo: it holds no moving picture.
        ClipCodecNotTaken: no decoder knows its picture, or any of its sounds.
        ClipEmpty: it holds no frame.
        ClipUnreadable: it cannot be read or decoded, or ends before its end.
    """
    size_bytes = path.stat().st_size
    limits.check_size(size_bytes)
    if size_bytes == 0:
        raise ClipEmpty
    with path.open("rb") as file:
        container = container_of(file.read(HEAD_BYTES))
    return probe_as(path, container, limits)


def probe_as(path: Path, container: str, limits: ClipLimits) -> ClipFacts:
    """The same of what is known to be a `container`, a key of `ALL_DEMUXERS`.

    Raises:
        PhotoaiError: as `probe`.
    """
    import av

    size_bytes = path.stat().st_size
    try:
        with opened(path, container) as clip:
            return _facts(clip, container, size_bytes, limits)
    except (av.error.FFmpegError, *STRANGE) as error:
        raise ClipUnreadable from error


def opened(path: Path, container: str, **options: str) -> InputContainer:
    """A clip opened so that nothing but this one file is read, by the demuxer that was sniffed."""
    import av

    demuxer = ALL_DEMUXERS[container]
    guarded = {
        "protocol_whitelist": "file",
        "format_whitelist": demuxer.names,
        "probesize": str(ANALYSED_BYTES),
        "analyzeduration": str(ANALYSED_US),
    }
    return av.open(
        f"file:{path}",
        format=demuxer.short,
        options=guarded | options,
        metadata_errors="replace",
        timeout=(OPEN_SEC, READ_SEC),
    )


def _facts(clip: InputContainer, container: str, size_bytes: int, limits: ClipLimits) -> ClipFacts:
    stream, sound = _picture_of(clip), _sound_of(clip)
    limits.check_pixels(stream.codec_context.width, stream.codec_context.height)
    frame = _first_picture(clip, stream)
    limits.check_pixels(frame.width, frame.height)
    clip.seek(0)
    seen, heard = _walk(clip, stream, sound)
    if not seen.times:
        raise ClipEmpty
    video = _video(stream, frame, seen)
    _check_length(clip, stream, video, limits)
    return ClipFacts(
        container=container,
        duration_sec=video.duration_sec,
        size_bytes=size_bytes,
        video=video,
        audio=_audio(sound, heard) if sound and heard.times else None,
        audio_tracks=len(clip.streams.audio),
    )


def _picture_of(clip: InputContainer) -> VideoStream:
    from av.stream import Disposition

    still = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    moving = [track for track in clip.streams.video if not track.disposition & still]
    if not moving:
        raise ClipWithoutVideo if clip.streams.audio else ClipUnreadable
    return _decodable(moving, "picture")[0]


def _sound_of(clip: InputContainer) -> AudioStream | None:
    """The default track, else the first, of those that can be decoded. A video without the sound it
    came with would be a silent surprise."""
    from av.stream import Disposition

    if not clip.streams.audio:
        return None
    tracks = _decodable(clip.streams.audio, "sound")
    return next((track for track in tracks if track.disposition & Disposition.default), tracks[0])


def _decodable(tracks: Sequence[Track], what: str) -> list[Track]:
    """Raises ClipCodecNotTaken: there is a decoder for none of them."""
    found = [track for track in tracks if track.codec_context is not None]
    if not found:
        raise ClipCodecNotTaken(details={"track": what})
    return found


def _check_length(
    clip: InputContainer, stream: VideoStream, video: VideoFacts, limits: ClipLimits
) -> None:
    limits.check_length(video.duration_sec)
    said = _seconds(stream.duration, stream.time_base)
    missing = said - video.duration_sec
    if missing > max(MISSING_SEC, said * MISSING_PART):
        about = {"sec": round(video.duration_sec, 3), "expected_sec": round(said, 3)}
        raise ClipUnreadable(details=about)


def _first_picture(clip: InputContainer, stream: VideoStream) -> VideoFrame:
    """The first frame that decodes: without one there is nothing to show."""
    import av

    stream.codec_context.thread_count = 1  # one picture: threads would only add delay
    packets = 0
    for packet in clip.demux(stream):
        packets += packet.size > 0
        with suppress(av.error.InvalidDataError):
            frames = packet.decode()
            if packet.is_keyframe and not frames:
                frames = _held_back(stream)
            if frames:
                return frames[0]
        if packets > TRIED_PACKETS:
            break
    raise ClipUnreadable if packets else ClipEmpty


def _held_back(stream: VideoStream) -> list[VideoFrame]:
    """What the decoder would show only after others have come; then it begins anew."""
    try:
        return stream.codec_context.decode(None)
    finally:
        stream.codec_context.flush_buffers()


@dataclass
class _Track:
    """A track's packets: times in seconds and how the first one looks."""

    time_base: Fraction
    times: list[float] = field(default_factory=list)
    end_sec: float = -math.inf
    first: tuple[float, bool] | None = None  # its time, and whether it decodes from nothing
    fresh: list[int] = field(default_factory=list)  # which packets decode from nothing
    hidden: bool = False  # frames are there that an edit list says not to show
    reordered: int = 0  # how many frames the decoder holds back at most

    def __post_init__(self) -> None:
        self._ticks, self._parts = self.time_base.as_integer_ratio()

    def saw(self, packet: Packet, clean: bool) -> None:
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None:
            return
        if packet.is_discard:
            self.hidden = True
            return
        time = stamp * self._ticks / self._parts
        if self.first is None:
            self.first = (time, clean)
        if clean and packet.pts is not None:
            self.fresh.append(len(self.times))
        self.times.append(time)
        lasts = max(packet.duration or 0, 0) * self._ticks / self._parts
        self.end_sec = max(self.end_sec, time + lasts)

    def in_order(self) -> None:
        """Put the times, which came as they are decoded, into the order they are shown in."""
        order = sorted(range(len(self.times)), key=self.times.__getitem__)
        self.reordered = max((came - shown for shown, came in enumerate(order)), default=0)
        self.fresh = [at for at in self.fresh if order[at] == at]
        self.times.sort()


def _walk(
    clip: InputContainer, video: VideoStream, sound: AudioStream | None
) -> tuple[_Track, _Track]:
    """Read the packets of both tracks to the end; nothing is decoded."""
    import av

    seen, heard = _track_of(video), _track_of(sound)
    wanted = [track for track in (video, sound) if track is not None]
    is_h264, extradata = video.codec_context.name == "h264", video.codec_context.extradata or b""
    with suppress(av.error.InvalidDataError):  # a torn end: the length will tell
        for count, packet in enumerate(clip.demux(*wanted)):
            if count > MOST_PACKETS:
                raise ClipTooLong
            if packet.size == 0:
                continue
            if packet.stream_index != video.index:
                heard.saw(packet, True)
            else:
                clean = packet.is_keyframe and is_h264 and is_idr(bytes(packet), extradata)
                seen.saw(packet, clean)
    seen.in_order()
    return seen, heard


def _track_of(stream: VideoStream | AudioStream | None) -> _Track:
    return _Track((stream.time_base if stream is not None else None) or Fraction(1))


def _video(stream: VideoStream, frame: VideoFrame, seen: _Track) -> VideoFacts:
    context = stream.codec_context
    claims = [rate for rate in (stream.base_rate, stream.average_rate) if rate]
    clock_sec = float(stream.time_base or 0)
    fps, constant = rate_of(seen.times, claims, clock_sec)
    first, last = seen.times[0], seen.times[-1]
    shown = max(seen.end_sec - last, 0.0) or float(1 / fps)
    # How long the last picture is shown only its packet says. So long is believed when the track
    # itself ends there.
    track_end_sec = float(((stream.start_time or 0) + (stream.duration or 0)) * clock_sec)
    if shown > LONGEST_FRAME_SEC and abs(track_end_sec - seen.end_sec) > MISSING_SEC:
        shown = LONGEST_FRAME_SEC
    gaps = [later - sooner for sooner, later in pairwise(seen.times)]
    duration_sec = float(len(seen.times) / fps) if constant else last - first + shown
    return VideoFacts(
        index=stream.index,
        codec=context.name,
        profile=stream.profile,
        level=context.level,
        pix_fmt=context.pix_fmt or frame.format.name,
        width=frame.width,
        height=frame.height,
        sar=_sar(stream),
        rotation_deg=round(-frame.rotation / 90) * 90 % 360,
        fps=fps,
        constant_rate=constant,
        start_sec=first,
        duration_sec=duration_sec,
        frames=len(seen.times),
        reorder_depth=seen.reordered,
        interlaced=bool(frame.interlaced_frame),
        clean_start=seen.first == (first, True) and not seen.hidden,
        color_primaries=PRIMARIES.get(int(frame.color_primaries), ""),
        color_transfer=TRANSFERS.get(int(frame.color_trc), ""),
        color_space=SPACES.get(int(frame.colorspace), ""),
        color_range=RANGES.get(int(frame.color_range), ""),
        parameter_sets=hashlib.sha256(context.extradata or b"").hexdigest(),
        fresh_frames=tuple(dict.fromkeys(seen.fresh[:MOST_FRESH] + seen.fresh[-MOST_FRESH:])),
        longest_sec=max(LONGEST_FRAME_SEC, shown, *gaps),
    )


def _audio(stream: AudioStream, heard: _Track) -> AudioFacts:
    first = min(heard.times)
    return AudioFacts(
        index=stream.index,
        codec=stream.codec_context.name,
        profile=stream.profile,
        sample_rate=stream.codec_context.sample_rate,
        channels=stream.codec_context.channels,
        start_sec=first,
        duration_sec=max(heard.end_sec - first, 0.0),
    )


def _sar(stream: VideoStream) -> Fraction:
    found = stream.sample_aspect_ratio
    return found if found and Fraction(1, 8) <= found <= 8 else Fraction(1)


def _seconds(ticks: int | None, time_base: Fraction | None) -> float:
    return float(ticks * time_base) if ticks and ticks > 0 and time_base else 0.0


def is_idr(packet: bytes, extradata: bytes) -> bool:
    """Whether an H.264 packet starts afresh: it holds a slice of an IDR picture."""
    if extradata[:1] != b"\x01":  # an elementary stream: units behind start codes
        starts = packet.split(b"\x00\x00\x01")[1:]
        return any(unit[:1] and unit[0] & 31 == IDR_SLICE for unit in starts)
    size = (extradata[4] & 3) + 1 if len(extradata) > 4 else 4  # an MP4's: behind their lengths
    at = 0
    while at + size < len(packet):
        if packet[at + size] & 31 == IDR_SLICE:
            return True
        at += size + int.from_bytes(packet[at : at + size], "big")
    return False

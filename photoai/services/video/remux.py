"""Clips that all fit already, put together packet by packet: nothing is decoded.

The pictures stand on the canvas' grid as in `join`. AAC comes in packets of 1024 samples that begin
where the clip's own clock says: at a joint the sound may be half a packet (11 ms) off, never more,
because each clip starts anew at the packet nearest to its first picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from photoai.errors import RenderFailed

from .canvas import SAMPLE_RATE, Canvas
from .facts import ClipFacts
from .probe import opened
from .render import said_colors

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

PACKET_SAMPLES = 1024  # of AAC-LC (ISO/IEC 14496-3)
# So far sound and picture may begin and end apart; what is missing at a clip's end is filled with
# its last packet.
MOST_MISSING = 2
PICTURE, SOUND = 0, 1


@dataclass(frozen=True)
class Source:
    """A clip that fits, and how many frames it has."""

    path: Path
    facts: ClipFacts
    frames: int


def can_be_put_together(clips: Sequence[ClipFacts]) -> bool:
    """Whether one set-up of the decoders fits all of them: the parameter sets of the pictures, and
    AAC-LC in stereo at 48 kHz."""
    sounds = [clip.audio for clip in clips]
    return len({clip.video.parameter_sets for clip in clips}) == 1 and all(
        sound is not None
        and (sound.codec, sound.profile, sound.sample_rate, sound.channels)
        == ("aac", "LC", SAMPLE_RATE, 2)
        and _close(sound.start_sec, clip.video.start_sec)
        and _close(sound.duration_sec, clip.video.duration_sec)
        for clip, sound in zip(clips, sounds, strict=True)
    )


def put_together(sources: Sequence[Source], out: Path, canvas: Canvas) -> None:
    """Write `out`, an MP4 with its index at the front, of clips that `can_be_put_together`.

    Raises:
        RenderFailed: a file is not what it was found to be.
    """
    import av

    try:
        _write(sources, out, canvas)
    except (av.error.FFmpegError, ValueError) as error:
        raise RenderFailed from error


def _write(sources: Sequence[Source], out: Path, canvas: Canvas) -> None:
    import av

    # One for all: a clip that holds back fewer frames would go back in time after another.
    held_back = max(source.facts.video.reorder_depth for source in sources)
    first_frame = heard_packets = 0
    tracks: list[Stream] = []
    options = {"movflags": "+faststart", "video_track_timescale": str(canvas.timescale)}
    with av.open(str(out), "w", format="mp4", options=options) as video:
        for source in sources:
            with opened(source.path, source.facts.container) as clip:
                tracks = tracks or _tracks(clip, source, video)
                place = _Place(source, canvas, first_frame, held_back, heard_packets)
                made = tracks[PICTURE] if source is sources[0] else None
                for packet, kind in place.packets(clip, _tags(clip, source, made)):
                    packet.stream = tracks[kind]
                    video.mux(packet)
                first_frame, heard_packets = first_frame + source.frames, place.heard_packets


def _tracks(clip: InputContainer, source: Source, video: OutputContainer) -> list[Stream]:
    sound = source.facts.audio
    indices = [source.facts.video.index, sound.index if sound else 0]
    return [video.add_stream_from_template(clip.streams[index]) for index in indices]


def _tags(
    clip: InputContainer, source: Source, made: Stream | None
) -> Callable[[Packet], list[Packet]]:
    """What makes a picture's packet say the canvas' colours, if it does not already; `made` is the
    track that begins with them. The same is written into all clips: their parameter sets, which
    were equal, stay so."""
    from av.bitstream import BitStreamFilterContext

    video = source.facts.video
    for tags in said_colors(video):
        return BitStreamFilterContext(tags, clip.streams[video.index], made).filter
    return lambda packet: [packet]


def _close(one_sec: float, other_sec: float) -> bool:
    return abs(one_sec - other_sec) * SAMPLE_RATE < MOST_MISSING * PACKET_SAMPLES


class _Place:
    """Where one clip stands: its first frame at `first_frame` of the whole, which is decoded
    `held_back` frames before it is shown, its sound not before packet `heard_packets`."""

    def __init__(
        self,
        source: Source,
        canvas: Canvas,
        first_frame: int,
        held_back: int,
        heard_packets: int,
    ) -> None:
        self._source = source
        self._held_back = held_back
        self._canvas = canvas
        self._first_frame = first_frame
        self._begins = _packets_in(canvas, first_frame)
        self._ends = _packets_in(canvas, first_frame + source.frames)
        self._sample_base = Fraction(1, SAMPLE_RATE)
        self.heard_packets = heard_packets

    def packets(
        self, clip: InputContainer, tags: Callable[[Packet], list[Packet]]
    ) -> Iterator[tuple[Packet, int]]:
        """All that is shown and heard of the clip, its times those of the whole; pictures go
        through `tags`."""
        video, sound = self._source.facts.video, self._source.facts.audio
        streams = [clip.streams[video.index], clip.streams[sound.index if sound else 0]]
        self._bases = [(stream.time_base or Fraction(1)).as_integer_ratio() for stream in streams]
        decoded = self._first_frame
        last: Packet | None = None
        for packet in clip.demux(*streams):
            if packet.size == 0:
                continue
            if packet.stream_index == video.index:
                for picture in tags(packet):
                    self._time_picture(picture, decoded)
                    decoded += 1
                    yield picture, PICTURE
            elif self._time_sound(packet):
                last = packet
                yield packet, SOUND
        while last is not None and self.heard_packets < self._ends:
            self._stamp(last, self.heard_packets)
            yield last, SOUND

    def _sec(self, packet: Packet, kind: int) -> float:
        ticks, parts = self._bases[kind]
        return (packet.pts or 0) * ticks / parts

    def _time_picture(self, packet: Packet, decoded: int) -> None:
        video, canvas = self._source.facts.video, self._canvas
        shown_sec = self._sec(packet, PICTURE) - video.start_sec
        shown = self._first_frame + round(shown_sec * canvas.fps)
        put_on_grid(packet, canvas, shown=shown, decoded=decoded - self._held_back)

    def _time_sound(self, packet: Packet) -> bool:
        """Whether it is heard: not before the clip's first picture, nor after its last."""
        video = self._source.facts.video
        heard_sec = self._sec(packet, SOUND) - video.start_sec
        place = self._begins + round(heard_sec * SAMPLE_RATE / PACKET_SAMPLES)
        primes = self._first_frame == 0 and place < 0
        if not primes and not self.heard_packets <= place < self._ends:
            return False
        self._stamp(packet, place)
        return True

    def _stamp(self, packet: Packet, place: int) -> None:
        packet.time_base = self._sample_base
        packet.pts = packet.dts = place * PACKET_SAMPLES
        packet.duration = PACKET_SAMPLES
        self.heard_packets = max(0, place + 1)


def put_on_grid(packet: Packet, canvas: Canvas, *, shown: int, decoded: int) -> None:
    """The packet is shown as frame `shown` of the canvas and decoded at the turn of `decoded`."""
    packet.time_base = Fraction(1, canvas.timescale)
    packet.pts, packet.dts = shown * canvas.frame_ticks, decoded * canvas.frame_ticks
    packet.duration = canvas.frame_ticks


def _packets_in(canvas: Canvas, frames: int) -> int:
    return round(canvas.samples_in(frames) / PACKET_SAMPLES)

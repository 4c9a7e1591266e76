"""What is known of a clip, and what is taken."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from fractions import Fraction
from typing import Any, TypeVar

from photoai.errors import ClipTooLarge, ClipTooLong, ClipTooManyPixels

Facts = TypeVar("Facts", bound="_Storable")

MOST_FRESH = 400  # of each end: more than the longest transition, should every frame be one
LONGEST_FRAME_SEC = 2.0  # for which we believe that one picture is shown
HDR_TRANSFERS = ("smpte2084", "arib-std-b67")  # PQ and HLG


@dataclass(frozen=True)
class Demuxer:
    """One of FFmpeg's: the name to ask for it by, and all of its names."""

    short: str
    names: str


# The only ones a file of a stranger is ever given to: none of them opens another file.
DEMUXERS = {
    "mp4": Demuxer("mov", "mov,mp4,m4a,3gp,3g2,mj2"),
    "matroska": Demuxer("matroska", "matroska,webm"),
    "avi": Demuxer("avi", "avi"),
    "mpegts": Demuxer("mpegts", "mpegts"),
    "mpeg": Demuxer("mpeg", "mpeg"),
    "flv": Demuxer("flv", "flv"),
}


# Files of sound alone, by their type.
SOUND_DEMUXERS = {
    "audio/mpeg": Demuxer("mp3", "mp3"),
    "audio/aac": Demuxer("aac", "aac"),
    "audio/wav": Demuxer("wav", "wav"),
    "audio/flac": Demuxer("flac", "flac"),
    "audio/ogg": Demuxer("ogg", "ogg"),
    "audio/mp4": DEMUXERS["mp4"],
    "audio/webm": DEMUXERS["matroska"],
    "audio/x-matroska": DEMUXERS["matroska"],
}
# Pictures that move; those that do not are Pillow's.
MOVING_DEMUXERS = {
    "image/gif": Demuxer("gif", "gif"),
    "image/png": Demuxer("apng", "apng"),
    "image/webp": Demuxer("webp_anim", "webp_anim"),
}
ALL_DEMUXERS = DEMUXERS | SOUND_DEMUXERS | MOVING_DEMUXERS


@dataclass(frozen=True)
class ClipLimits:
    """The largest clip that is taken: bytes, pixels of one picture, seconds."""

    max_bytes: int = 20 << 20
    max_pixels: int = 40_000_000
    max_duration_sec: float = 1800.0

    def check_size(self, size_bytes: int) -> None:
        """Raises ClipTooLarge."""
        if size_bytes > self.max_bytes:
            raise ClipTooLarge(details={"bytes": size_bytes, "max_bytes": self.max_bytes})

    def check_pixels(self, width: int, height: int) -> None:
        """Raises ClipTooManyPixels."""
        if width * height > self.max_pixels:
            about = {"width": width, "height": height, "max_pixels": self.max_pixels}
            raise ClipTooManyPixels(details=about)

    def check_length(self, duration_sec: float) -> None:
        """Raises ClipTooLong."""
        if duration_sec > self.max_duration_sec:
            about = {"sec": round(duration_sec, 3), "max_sec": self.max_duration_sec}
            raise ClipTooLong(details=about)

    def check(self, clip: ClipFacts) -> None:
        """Raises ClipTooLarge, ClipTooManyPixels, ClipTooLong."""
        self.check_size(clip.size_bytes)
        self.check_pixels(clip.video.width, clip.video.height)
        self.check_length(clip.duration_sec)


class _Storable:
    """To JSON and back; fractions are written as `30000/1001`."""

    def as_json(self) -> dict[str, Any]:
        """Plain values only."""
        return {key: _plain(value) for key, value in asdict(self).items()}  # type: ignore[call-overload]

    @classmethod
    def from_json(cls: type[Facts], stored: Mapping[str, Any]) -> Facts:
        """What `as_json` wrote; what an older version did not know yet is as usual.

        Raises:
            KeyError, ValueError: it was written by another version.
        """
        kinds = {
            field.name: field.type
            for field in fields(cls)  # type: ignore[arg-type]
            if field.name in stored or field.default is MISSING
        }
        return cls(**{name: _typed(kinds[name], stored[name]) for name in kinds})


@dataclass(frozen=True)
class VideoFacts(_Storable):
    """The moving picture. `width` and `height` are the stored pixels, before they are turned
    (`rotation_deg`, clockwise: 0, 90, 180 or 270) and stretched (`sar`). `frames` counts what is
    really there; `constant_rate` says that every one of them stands on the grid of `fps`.
    `reorder_depth` is how many of them a decoder holds back at most; `clean_start` says that the
    first one decodes from nothing and none is shown before it; `fresh_frames` are those, near the
    beginning and the end (`MOST_FRESH` of each), that decode from nothing and with which everything
    before them is done. `longest_sec` is how long one of them is shown at most, or longer.
    """

    index: int
    codec: str
    profile: str | None
    level: int
    pix_fmt: str
    width: int
    height: int
    sar: Fraction
    rotation_deg: int
    fps: Fraction
    constant_rate: bool
    start_sec: float
    duration_sec: float
    frames: int
    reorder_depth: int
    interlaced: bool
    clean_start: bool
    color_primaries: str
    color_transfer: str
    color_space: str
    color_range: str
    parameter_sets: str  # SHA-256 of the decoder's set-up data
    fresh_frames: tuple[int, ...] = ()
    longest_sec: float = LONGEST_FRAME_SEC

    def fresh_until(self, frame: int) -> int | None:
        """The last of the fresh frames up to this one; None where that is not known: of a long clip
        those in the middle are not, and without a rate frames are no moments."""
        if not self.constant_rate:
            return None
        place = bisect.bisect_right(self.fresh_frames, frame) - 1
        if place < 0:
            return None
        has_gap = len(self.fresh_frames) == 2 * MOST_FRESH and place == MOST_FRESH - 1
        return None if has_gap else self.fresh_frames[place]

    @property
    def is_hdr(self) -> bool:
        """Whether its light must be mapped before an ordinary screen can show it."""
        return self.color_transfer in HDR_TRANSFERS

    @property
    def turned_size(self) -> tuple[int, int]:
        """Stored pixels, turned upright."""
        if self.rotation_deg % 180:
            return self.height, self.width
        return self.width, self.height

    @property
    def display_size(self) -> tuple[int, int]:
        """As a viewer sees it: turned upright, in square pixels."""
        width, height = self.turned_size
        sar = 1 / self.sar if self.rotation_deg % 180 else self.sar
        return max(1, round(width * sar)), height


@dataclass(frozen=True)
class AudioFacts(_Storable):
    """The sound that is used: the default track, else the first."""

    index: int
    codec: str
    profile: str | None
    sample_rate: int
    channels: int
    start_sec: float
    duration_sec: float


@dataclass(frozen=True)
class ClipFacts:
    """A clip as it was found; `container` is a key of `DEMUXERS`. `decodes` says that all of it was
    decoded once without a fault; only with what may be copied anybody has tried."""

    container: str
    duration_sec: float
    size_bytes: int
    video: VideoFacts
    audio: AudioFacts | None = None
    audio_tracks: int = 0
    decodes: bool = False

    @property
    def display_size(self) -> tuple[int, int]:
        return self.video.display_size

    def as_json(self) -> dict[str, Any]:
        """Plain values only."""
        return {
            **{key: getattr(self, key) for key in _PLAIN},
            "video": self.video.as_json(),
            "audio": self.audio and self.audio.as_json(),
            "decodes": self.decodes,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ClipFacts:
        """What `as_json` wrote.

        Raises:
            KeyError, ValueError: it was written by another version.
        """
        return cls(
            **{key: stored[key] for key in _PLAIN},
            video=VideoFacts.from_json(stored["video"]),
            audio=AudioFacts.from_json(stored["audio"]) if stored["audio"] else None,
            decodes=stored.get("decodes", False),  # earlier versions did not try
        )

    @classmethod
    def remembered(cls, stored: Mapping[str, Any] | None) -> ClipFacts | None:
        """What `as_json` wrote; None when it never did, or did in another version."""
        try:
            return cls.from_json(stored or {})
        except (KeyError, ValueError):
            return None


_PLAIN = ("container", "duration_sec", "size_bytes", "audio_tracks")


def _plain(value: Any) -> Any:
    return f"{value.numerator}/{value.denominator}" if isinstance(value, Fraction) else value


def _typed(kind: Any, value: Any) -> Any:
    if kind.startswith("tuple"):
        return tuple(value)
    return Fraction(value) if kind == "Fraction" else value

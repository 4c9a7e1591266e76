"""What a video is drawn on and how it is encoded: sizes, frame grid, quality."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .rates import USUAL, usual

SAMPLE_RATE = 48000
HIGHEST_FPS = 60
KEYFRAME_SEC = 2
HALF = Fraction(1, 2)
TICKS = 512  # of the track's clock in a frame, so that halves and thirds of frames are whole too

ASPECTS = {
    "16:9": (1920, 1080),
    "9:16": (1080, 1920),
    "1:1": (1080, 1080),
    "4:3": (1440, 1080),
}


@dataclass(frozen=True)
class Canvas:
    """A picture of square pixels, even in both sides, and a constant frame rate."""

    width: int
    height: int
    fps: Fraction

    def frames_in(self, sec: float) -> int:
        """The whole number of frames that comes nearest, at least one."""
        return max(1, round(sec * self.fps))

    def frame_at(self, sec: float) -> int:
        """The frame that begins nearest to a moment, of two as near the later one: what is as long
        has as many frames, wherever it begins."""
        return math.floor(sec * self.fps + HALF)

    def samples_in(self, frames: int) -> int:
        """How many samples of sound go with so many frames."""
        return round(frames / self.fps * SAMPLE_RATE)

    def seconds(self, frames: int) -> float:
        return float(frames / self.fps)

    @property
    def frame_ticks(self) -> int:
        """A frame's length on the track's clock (`timescale`): whole, so that no frame drifts."""
        return self.fps.denominator * TICKS

    @property
    def timescale(self) -> int:
        """Ticks a second of the video track."""
        return self.fps.numerator * TICKS


def canvas_of(aspect: str, rates: Sequence[Fraction]) -> Canvas:
    """The canvas of an aspect ratio for clips of these frame rates: the most common of them, of
    equally common ones the higher, and a usual one of at most 60.

    Raises:
        KeyError: there is no such aspect ratio.
    """
    width, height = ASPECTS[aspect]
    return Canvas(width, height, common_rate(rates))


def common_rate(rates: Sequence[Fraction]) -> Fraction:
    """The rate most of them have once each is brought to a usual one of at most 60."""
    known = [rate for rate in USUAL if rate <= HIGHEST_FPS]
    counted = Counter(usual(rate, known) for rate in rates)
    return max(counted, key=lambda rate: (counted[rate], rate), default=Fraction(30))


@dataclass(frozen=True)
class Quality:
    """x264's preset and constant rate factor."""

    preset: str
    crf: int


QUALITIES = {
    "low": Quality("veryfast", 28),
    "medium": Quality("fast", 23),
    "high": Quality("slow", 18),
    "ultra": Quality("slower", 15),
}


@dataclass(frozen=True)
class Encoding:
    """H.264 that plays everywhere and can be joined to more of its kind without encoding again."""

    quality: Quality
    canvas: Canvas

    def arguments(self) -> list[str]:
        """What ffmpeg is told about the picture.

        `stitchable` keeps the parameter sets equal from one segment to the next.
        """
        keyint = round(KEYFRAME_SEC * self.canvas.fps)
        return [
            *("-c:v", "libx264", "-preset", self.quality.preset, "-crf", str(self.quality.crf)),
            *("-profile:v", "high", "-pix_fmt", "yuv420p"),
            *("-x264-params", f"open-gop=0:keyint={keyint}:stitchable=1"),
            *("-r", rate_text(self.canvas.fps), "-fps_mode", "cfr"),
            *("-video_track_timescale", str(self.canvas.timescale)),
        ]


def rate_text(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"

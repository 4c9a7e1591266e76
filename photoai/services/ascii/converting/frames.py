"""The pictures of a video, as small as characters need them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from photoai.services.video import ClipFacts, ClipLimits
from photoai.services.video.pixels import Film, Sample, clip_of, pictures

ANY_SIZE = ClipLimits(max_bytes=1 << 50, max_pixels=1 << 40, max_duration_sec=1e9)


@dataclass(frozen=True)
class VideoHead:
    """What is known of a video before its first picture: its size as a viewer sees it (upright, in
    square pixels), pictures a second, how many, for how long, whether it is heard."""

    width: int
    height: int
    fps: Fraction
    frames: int
    duration_sec: float
    has_sound: bool

    def as_json(self) -> dict[str, Any]:
        """Plain values only; the rate is written as `30000/1001`."""
        return {**asdict(self), "fps": f"{self.fps.numerator}/{self.fps.denominator}"}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> VideoHead:
        """What `as_json` wrote."""
        return cls(**{**said, "fps": Fraction(said["fps"])})


@dataclass(frozen=True)
class Source:
    """A file and what it was found to be."""

    path: Path
    facts: ClipFacts

    @classmethod
    def from_json(cls, said: Mapping[str, Any], limits: ClipLimits = ANY_SIZE) -> Source:
        """An upload: `path`, `kind`, `mime` and `facts`. A GIF is opened and looked into, so this
        is for child processes.

        Raises:
            EditFileUnfit: it is a picture other than a GIF, or none at all.
            ClipWithoutVideo: it is sound.
            PhotoaiError: it is over a limit, or as `probe`.
        """
        return cls(*clip_of(said, limits))

    def head(self, fps: Fraction | None = None, start_sec: float = 0.0) -> VideoHead:
        """Of the same pictures as `frames`."""
        film = Film(self.path, self.facts, fps, start_sec)
        width, height = self.facts.display_size
        sound = self.facts.audio is not None
        return VideoHead(width, height, film.rate, film.frames, film.duration_sec, sound)


def frames(
    source: Source,
    sample: Sample,
    *,
    fps: Fraction | None = None,
    start_sec: float = 0.0,
    deadline: float,
    threads: int | None = None,
) -> Generator[bytes, None, None]:
    """Its pictures from `start_sec` on, scaled to the sample in one step: `height * width` pixels
    each, one byte of full-range grey or three of RGB, upright, at a constant rate, as many as
    `head` says. `fps` None is the source's own rate, brought to one from 1 to 60. Without `threads`
    ffmpeg decides how many it takes. Closed early, the generator leaves nothing running.

    Raises:
        EditStartsTooLate: nothing is left after `start_sec`.
        ClipUnreadable: most of it does not decode.
        RenderFailed: it hangs, or ffmpeg failed.
        NotInTime: `deadline`, a time of `time.monotonic`, has passed.
    """
    film = Film(source.path, source.facts, fps, start_sec)
    return pictures(film, sample, deadline=deadline, threads=threads)

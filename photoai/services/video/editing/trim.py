"""A part of a video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from photoai.errors import EditEndsTooSoon, EditStartsTooLate
from photoai.services.video.captions import FontBook
from photoai.services.video.holding import can_be_snipped
from photoai.services.video.render import matches

from .film import Film, Picture, Sound, Take
from .inputs import Input
from .pictures import Kept
from .sounds import KeptSound

REASON = "cut"


@dataclass(frozen=True)
class Range:
    """Frames of a film from `start` up to `end`."""

    start: int
    end: int

    @property
    def frames(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Trim:
    """One that is not `precise` begins at the keyframe at or before its start, so that all of it
    can be copied; where nothing can be, or the picture is made by other operations, it is."""

    start_sec: float = 0.0
    end_sec: float | None = None
    precise: bool = True

    @classmethod
    def from_json(cls, config: Mapping[str, Any], fonts: FontBook) -> Trim:
        return cls(**config)

    def upon(self, film: Film, added: Sequence[Input], seat: int) -> Film:
        """Raises EditEndsTooSoon, EditStartsTooLate"""
        return self.cut(film, frames_between(film, self.start_sec, self.end_sec))

    def cut(self, film: Film, kept: Range) -> Film:
        """The film with these frames of it alone."""
        if kept.frames == film.frames:
            return film
        start_sec, end_sec = film.canvas.seconds(kept.start), film.canvas.seconds(kept.end)
        return replace(
            film,
            frames=kept.frames,
            picture=_part(film.picture, kept, film),
            sound=film.sound and _heard(film.sound, kept, film),
            reason=film.reason or REASON,
            captions=tuple(caption.cut(start_sec, end_sec) for caption in film.captions),
        )

    def range_of(self, take: Take, film: Film) -> Range:
        """The frames that are kept of what nobody has touched, on the film's grid; as far as it is
        known where they can begin."""
        found = frames_between(film, self.start_sec, self.end_sec)
        if self.precise or not _can_be_copied(take, film):
            return found
        begins_sec = fresh_before(take, film.canvas.seconds(found.start))
        return replace(found, start=film.canvas.frame_at(begins_sec))


def frames_between(film: Film, start_sec: float, end_sec: float | None) -> Range:
    """Raises EditEndsTooSoon, EditStartsTooLate: there is nothing of the film between."""
    if end_sec is not None and end_sec <= start_sec:
        raise EditEndsTooSoon(details={"start_sec": start_sec, "end_sec": end_sec})
    start = film.canvas.frame_at(start_sec)
    if start >= film.frames:
        about = {"start_sec": start_sec, "duration_sec": round(film.duration_sec, 3)}
        raise EditStartsTooLate(details=about)
    end = film.frames if end_sec is None else min(film.frames, film.canvas.frame_at(end_sec))
    return Range(start, max(end, start + 1))


def fresh_before(take: Take, sec: float) -> float:
    """When the last of a clip's frames up to this moment is shown that decodes from nothing; the
    moment itself where that is not known."""
    video = take.facts.video
    last = video.fresh_until(round(sec * video.fps))
    return sec if last is None else float(last / video.fps)


def _can_be_copied(take: Take, film: Film) -> bool:
    return can_be_snipped(take.facts) or matches(take.facts, film.canvas) is None


def _part(picture: Picture, kept: Range, film: Film) -> Picture:
    if isinstance(picture, Take):
        return _cut(picture, kept, film)
    return Kept(picture, kept.start, kept.end)


def _heard(sound: Sound, kept: Range, film: Film) -> Sound:
    if isinstance(sound, Take):
        return _cut(sound, kept, film)
    return KeptSound(sound, kept.start, kept.end)


def _cut(take: Take, kept: Range, film: Film) -> Take:
    ends = None if kept.end == film.frames else film.canvas.seconds(kept.end)
    return take.cut_to(film.canvas.seconds(kept.start), ends)

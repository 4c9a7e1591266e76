"""Videos one after the other, the first of which may be a film on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import Any

from photoai.services.video.canvas import Canvas, canvas_of
from photoai.services.video.captions import FontBook
from photoai.services.video.effects import FIT_NAMED, Fit, Transition
from photoai.services.video.plan import ENCODE
from photoai.services.video.settings import NO_TRANSITION, MergeSettings
from photoai.services.video.timeline import joints_of

from .film import Film, Picture, Sound, Take, Use, film_of
from .inputs import Input, naming_the_input
from .pictures import Joined, Refit
from .sounds import JoinedSound, RefitSound, Silence

REASON = "joined"


@dataclass(frozen=True)
class Join:
    """Alone, or before whatever leaves the picture as it is, it is a merge."""

    aspect_ratio: str = "16:9"
    fit: str = "pad"
    background: str = "#000000"
    transition: str = NO_TRANSITION
    transition_sec: float = 1.0

    @classmethod
    def from_json(cls, config: Mapping[str, Any], fonts: FontBook) -> Join:
        return cls(**config)

    def settings(self, quality: str) -> MergeSettings:
        return MergeSettings(
            self.aspect_ratio, quality, self.fit, self.background, self.transition,
            self.transition_sec,
        )  # fmt: skip

    def upon(self, film: Film, added: Sequence[Input], seat: int) -> Film:
        """Raises EditFileUnfit"""
        films = [film]
        for given in added:
            with naming_the_input(given):
                films.append(film_of(given, (seat, len(films))))
        canvas = canvas_of(self.aspect_ratio, [_rate(each) for each in films])
        return replace(
            self._joined(films, canvas),
            base=film.base,
            reason=film.reason or REASON,
            captions=film.captions,
            uses=(*film.uses, *(_use(each) for each in films[1:])),
        )

    def _joined(self, films: Sequence[Film], canvas: Canvas) -> Film:
        lengths = [_frames(film, canvas) for film in films]
        between = [self._between] * (len(films) - 1)
        joints = joints_of(lengths, between, canvas)
        shared = [0, *(joint.frames for joint in joints)]
        ends = tuple(accumulate(own - less for own, less in zip(lengths, shared, strict=True)))
        pictures = tuple(
            self._picture(film, frames) for film, frames in zip(films, lengths, strict=True)
        )
        sounds = tuple(_sound(film, frames) for film, frames in zip(films, lengths, strict=True))
        return Film(
            canvas,
            ends[-1],
            Joined(pictures, joints, ends[1:]),
            JoinedSound(sounds, joints, ends[1:]),
        )

    @property
    def _between(self) -> Transition | None:
        if self.transition == NO_TRANSITION:
            return None
        return Transition(self.transition, self.transition_sec)

    @property
    def _fit(self) -> Fit:
        return FIT_NAMED[self.fit](self.background)

    def _picture(self, film: Film, frames: int) -> Picture:
        if isinstance(film.picture, Take):
            return replace(film.picture, cut=replace(film.picture.cut, fit=self._fit))
        return Refit(film.picture, film.canvas, frames, self._fit)


def _sound(film: Film, frames: int) -> Sound:
    if film.sound is None:
        return Silence(frames)
    return (
        film.sound if isinstance(film.sound, Take) else RefitSound(film.sound, film.canvas, frames)
    )


def _frames(film: Film, canvas: Canvas) -> int:
    if isinstance(film.picture, Take):
        return film.picture.cut.frames(canvas)
    return canvas.frames_in(film.duration_sec)


def _rate(film: Film) -> Fraction:
    if isinstance(film.picture, Take):
        return film.picture.facts.video.fps
    return film.canvas.fps


def _use(film: Film) -> Use:
    return Use(film.base, ENCODE, REASON, film.duration_sec)

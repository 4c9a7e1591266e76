"""A film on its way through edits: what its picture and its sound are made of. All of it is values;
nothing is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from photoai.services.video.canvas import Canvas, common_rate
from photoai.services.video.effects import Whole
from photoai.services.video.effects.material import even
from photoai.services.video.facts import ClipFacts
from photoai.services.video.source import input_of, picture, sound
from photoai.services.video.timeline import Cut

from .inputs import Input
from .sheet import Sheet

if TYPE_CHECKING:
    from .audio_overlay import Levelled

HD_PIXELS = 1920 * 1080


class Picture(Protocol):
    """What is seen. `weight` is how many videos of 1080p are decoded for it at once."""

    @property
    def weight(self) -> int: ...

    def draw(self, sheet: Sheet, canvas: Canvas) -> str:
        """The label of its frames, exactly as many as the film has, on the canvas."""


class Sound(Protocol):
    """What is heard."""

    @property
    def levelled(self) -> Sequence[Levelled]:
        """The sounds inside that have to be measured first, innermost first."""

    def write(self, sheet: Sheet, canvas: Canvas) -> str:
        """The label of 48 kHz stereo, exactly as long as the film's frames."""


class Caption(Protocol):
    """A subtitle track beside picture and sound."""

    @property
    def language(self) -> str: ...

    def cut(self, start_sec: float, end_sec: float) -> Caption: ...

    def srt(self, duration_sec: float) -> str: ...


@dataclass(frozen=True)
class Take:
    """A clip, or a stretch of it, as it comes from its file: a film's picture and its sound. `seat`
    tells two takes of one file apart."""

    seat: tuple[int, ...]
    cut: Cut

    levelled = ()

    @property
    def weight(self) -> int:
        return weight_of(self.facts)

    @property
    def is_whole(self) -> bool:
        return self.cut.start_sec == 0 and self.cut.end_sec is None

    @property
    def facts(self) -> ClipFacts:
        return self.cut.facts

    def draw(self, sheet: Sheet, canvas: Canvas) -> str:
        number = sheet.input(self.seat, lambda: input_of(self.cut))
        label = sheet.name("v")
        sheet.add(picture(self.cut, canvas, f"{number}:{self.facts.video.index}", label))
        return label

    def write(self, sheet: Sheet, canvas: Canvas) -> str:
        number = sheet.input(self.seat, lambda: input_of(self.cut))
        label = sheet.name("a")
        sheet.add(sound(self.cut, canvas, number, label))
        return label

    def cut_to(self, start_sec: float, end_sec: float | None) -> Take:
        """A stretch of it, in its own seconds."""
        begins = self.cut.start_sec + start_sec
        ends = self.cut.end_sec if end_sec is None else self.cut.start_sec + end_sec
        return replace(self, cut=replace(self.cut, start_sec=begins, end_sec=ends))


def weight_of(clip: ClipFacts) -> int:
    """How much its decoder holds, in videos of 1080p."""
    return max(1, round(clip.video.width * clip.video.height / HD_PIXELS))


@dataclass(frozen=True)
class Use:
    """What became of one of the files, and why: `action` is copy or encode, `frames` how much of it
    is seen."""

    index: int
    action: str
    reason: str | None
    duration_sec: float


@dataclass(frozen=True)
class Film:
    """`frames` of the canvas' rate; `reason` says why the picture has to be encoded, once it has;
    `uses` are the files beside the base."""

    canvas: Canvas
    frames: int
    picture: Picture
    sound: Sound | None
    base: int = 0
    reason: str | None = None
    captions: tuple[Caption, ...] = ()
    uses: tuple[Use, ...] = ()

    @property
    def duration_sec(self) -> float:
        return self.canvas.seconds(self.frames)

    @property
    def untouched(self) -> Take | None:
        """Its picture, if that is still all of a clip as it came."""
        return self.picture if isinstance(self.picture, Take) and self.picture.is_whole else None

    @property
    def untouched_sound(self) -> Take | None:
        return self.sound if isinstance(self.sound, Take) and self.sound.is_whole else None

    def drawn(self, picture: Picture, reason: str) -> Film:
        """With another picture, for which this is the reason unless there was one before."""
        return replace(self, picture=picture, reason=self.reason or reason)

    def using(self, *uses: Use) -> Film:
        return replace(self, uses=(*self.uses, *uses))


def film_of(given: Input, seat: tuple[int, ...] = ()) -> Film:
    """A video as it is: upright, in square pixels, both sides even, at a usual rate.

    Raises:
        EditFileUnfit: it is no video.
    """
    clip = given.clip
    width, height = clip.display_size
    canvas = Canvas(even(width), even(height), common_rate([clip.video.fps]))
    take = Take((*seat, given.index), Cut(given.path, clip, fit=Whole()))
    heard = take if clip.audio else None
    return Film(canvas, canvas.frames_in(clip.duration_sec), take, heard, given.index)

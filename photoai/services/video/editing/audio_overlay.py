"""Sound laid over a video's own, or put in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from photoai.services.video.canvas import SAMPLE_RATE, Canvas
from photoai.services.video.captions import FontBook
from photoai.services.video.sound import Mix, stereo

from .film import Film, Sound, Use
from .inputs import VIDEO, Input, naming_the_input
from .sheet import Sheet

REASON = "sound is added"


@dataclass(frozen=True)
class AudioOverlay:
    """The second file's sound over the first one's picture; as long as that."""

    mix: Mix

    @classmethod
    def from_json(cls, config: Mapping[str, Any], fonts: FontBook) -> AudioOverlay:
        return cls(Mix(**config))

    def upon(self, film: Film, added: Sequence[Input], seat: int) -> Film:
        """Raises EditFileUnfit, EditFileWithoutSound, SoundBeyondEnd"""
        with naming_the_input(added[0]) as given:
            long_sec = given.sound_sec
            self.mix.check(film.canvas.samples_in(film.frames))
        laid = Mixed(film.sound, Added((seat, given.index), given), self.mix, film.frames)
        target = self.mix.loudness
        sound = laid if target is None else Levelled(laid, film.canvas, target)
        used = Use(
            given.index, "encode", REASON, min(long_sec or film.duration_sec, film.duration_sec)
        )
        return replace(film, sound=sound).using(used)


@dataclass(frozen=True)
class Added:
    """The sound of a file, alone."""

    seat: tuple[int, ...]
    given: Input

    @property
    def samples(self) -> int | None:
        """None when nobody knows."""
        sec = self.given.sound_sec
        return None if sec is None else round(sec * SAMPLE_RATE)

    def write(self, sheet: Sheet, copies: int = 1) -> str:
        """Its label, so many times in a row: 48 kHz, stereo, from zero on. A video's begins with
        its first picture."""
        labels = [self._copy(sheet, (*self.seat, copy)) for copy in range(copies)]
        return labels[0] if copies == 1 else sheet.chain("a", labels, f"concat=n={copies}:v=0:a=1")

    def _copy(self, sheet: Sheet, seat: tuple[int, ...]) -> str:
        number = sheet.input(seat, lambda: self.given.opened())
        stream, zero = "a:0", "STARTPTS"
        if self.given.kind == VIDEO and (heard := self.given.clip.audio):
            stream, zero = str(heard.index), f"({self.given.clip.video.start_sec:.6f})/TB"
        filters = (
            f"asetpts=PTS-{zero},atrim=start=0,"
            f"aresample={SAMPLE_RATE}:async=1:min_hard_comp=0.03:first_pts=0,"
            f"{stereo(self.given.channels, 'flt')}"
        )
        return sheet.chain("a", [f"{number}:{stream}"], filters)


@dataclass(frozen=True)
class Mixed:
    """`base` None is silence."""

    base: Sound | None
    added: Added
    mix: Mix
    frames: int

    @property
    def levelled(self) -> Sequence[Levelled]:
        return self.base.levelled if self.base and self.mix.hears_base else ()

    def write(self, sheet: Sheet, canvas: Canvas) -> str:
        heard = self.base if self.mix.hears_base else None
        base = heard.write(sheet, canvas) if heard else None
        samples, long = canvas.samples_in(self.frames), self.added.samples
        copies = self.mix.copies(samples, long)
        label, out = self.added.write(sheet, copies), sheet.name("a")
        long = long and long * copies
        sheet.add(self.mix.filters(base, label, out, samples=samples, added_samples=long))
        return out


@dataclass(frozen=True, eq=False)
class Levelled:
    """A sound that is brought to a loudness, LUFS; it must have been measured."""

    of: Mixed
    canvas: Canvas
    target: float

    @property
    def levelled(self) -> Sequence[Levelled]:
        return [*self.of.levelled, self]

    def write(self, sheet: Sheet, canvas: Canvas) -> str:
        label = self.of.write(sheet, canvas)
        return sheet.chain("a", [label], sheet.levels[self].filters)

"""What a film's sound may be made of, beside the sound of clips as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photoai.services.video.canvas import SAMPLE_RATE, Canvas
from photoai.services.video.graph import sound_joint
from photoai.services.video.timeline import Joint

from .film import Sound
from .sheet import Sheet

if TYPE_CHECKING:
    from .audio_overlay import Levelled


@dataclass(frozen=True)
class Silence:
    """As long as so many frames."""

    frames: int

    levelled = ()

    def write(self, sheet: Sheet, canvas: Canvas) -> str:
        samples = canvas.samples_in(self.frames)
        silent = f"anullsrc=r={SAMPLE_RATE}:cl=stereo,aformat=sample_fmts=s16"
        return sheet.chain("a", [], f"{silent},atrim=end_sample={samples}")


@dataclass(frozen=True)
class KeptSound:
    """What goes with the frames from `start` up to `end`."""

    of: Sound
    start: int
    end: int

    @property
    def levelled(self) -> Sequence[Levelled]:
        return self.of.levelled

    def write(self, sheet: Sheet, canvas: Canvas) -> str:
        first, last = canvas.samples_in(self.start), canvas.samples_in(self.end)
        samples = canvas.samples_in(self.end - self.start)
        kept = f"atrim=start_sample={first}:end_sample={last},asetpts=N/SR/TB,{even(samples)}"
        return sheet.chain("a", [self.of.write(sheet, canvas)], kept)


@dataclass(frozen=True)
class RefitSound:
    """The sound of a film that comes onto another canvas, `frames` of that one's rate long."""

    of: Sound
    own: Canvas
    frames: int

    @property
    def levelled(self) -> Sequence[Levelled]:
        return self.of.levelled

    def write(self, sheet: Sheet, canvas: Canvas) -> str:
        label = self.of.write(sheet, self.own)
        return sheet.chain("a", [label], even(canvas.samples_in(self.frames)))


@dataclass(frozen=True)
class JoinedSound:
    """Several sounds, one after the other, as `pictures.Joined`."""

    parts: tuple[Sound, ...]
    joints: tuple[Joint, ...]
    ends: tuple[int, ...]

    @property
    def levelled(self) -> Sequence[Levelled]:
        return [sound for part in self.parts for sound in part.levelled]

    def write(self, sheet: Sheet, canvas: Canvas) -> str:
        so_far, *others = (part.write(sheet, canvas) for part in self.parts)
        for label, joint, end in zip(others, self.joints, self.ends, strict=True):
            so_far = sheet.chain("a", [so_far, label], sound_joint(joint, canvas, end))
        return so_far


def even(samples: int) -> str:
    """So many samples: what is missing is silence."""
    return f"apad=whole_len={samples},atrim=end_sample={samples}"

"""What a film's picture may be made of, beside clips as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from photoai.services.video.canvas import Canvas
from photoai.services.video.effects import Fit, Material
from photoai.services.video.graph import picture_joint
from photoai.services.video.source import CANVAS_COLORS, exactly, on_grid
from photoai.services.video.timeline import Joint

from .film import Picture
from .sheet import Sheet


@dataclass(frozen=True)
class Kept:
    """The frames of another picture from `start` up to `end`."""

    of: Picture
    start: int
    end: int

    @property
    def weight(self) -> int:
        return self.of.weight

    def draw(self, sheet: Sheet, canvas: Canvas) -> str:
        kept = f"trim=start_frame={self.start}:end_frame={self.end},setpts=PTS-STARTPTS"
        return sheet.chain("v", [self.of.draw(sheet, canvas)], kept)


@dataclass(frozen=True)
class Refit:
    """A picture from its own canvas onto another one, `frames` of that one's rate long."""

    of: Picture
    own: Canvas
    frames: int
    fit: Fit

    @property
    def weight(self) -> int:
        return self.of.weight

    def draw(self, sheet: Sheet, canvas: Canvas) -> str:
        label, name = self.of.draw(sheet, self.own), sheet.name("v")
        material = Material(self.own.width, self.own.height)
        filters = [self.fit.filters(material, canvas, name), on_grid(canvas), exactly(self.frames)]
        sheet.add(f"[{label}]{','.join(filters)},format=yuv420p,setsar=1,{CANVAS_COLORS}[{name}]")
        return name


@dataclass(frozen=True)
class Joined:
    """Several pictures, one after the other; `joints` are where they meet, `ends` after how many
    frames each of them is over."""

    parts: tuple[Picture, ...]
    joints: tuple[Joint, ...]
    ends: tuple[int, ...]

    @property
    def weight(self) -> int:
        return sum(part.weight for part in self.parts)

    def draw(self, sheet: Sheet, canvas: Canvas) -> str:
        first, *others = (part.draw(sheet, canvas) for part in self.parts)
        return _joined(sheet, canvas, first, [*zip(others, self.joints, self.ends, strict=True)])


def _joined(
    sheet: Sheet, canvas: Canvas, so_far: str, others: Sequence[tuple[str, Joint, int]]
) -> str:
    for label, joint, end in others:
        name = sheet.name("v")
        sheet.add(f"{picture_joint(joint, canvas, (so_far, label), end)}[{name}]")
        so_far = name
    return so_far

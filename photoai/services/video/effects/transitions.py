"""How one cut becomes the next while both are seen.

The formulas are those of ffmpeg's `xfade`; `drawn.Blend` draws the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photoai.services.video.canvas import Canvas

if TYPE_CHECKING:
    from moviepy import VideoClip
    from moviepy.Effect import Effect

# Our names and xfade's.
TRANSITIONS = {
    "fade": "fadeblack",
    "crossfade": "fade",
    "slide-left": "slideleft",
    "slide-right": "slideright",
    "slide-up": "slideup",
    "slide-down": "slidedown",
    "wipe-left": "wipeleft",
    "wipe-right": "wiperight",
}


@dataclass(frozen=True)
class Transition:
    """A name of `TRANSITIONS` and how long it takes; the sound crossfades meanwhile. A `whole` one
    may take all of both cuts: they are there for nothing else.

    Raises:
        ValueError: there is no such transition, or it takes no time.
    """

    kind: str
    sec: float
    whole: bool = False

    def __post_init__(self) -> None:
        if self.kind not in TRANSITIONS:
            raise ValueError(f"There is no transition {self.kind!r}.")
        if not self.sec > 0:
            raise ValueError("A transition takes some time.")

    def frames(self, canvas: Canvas, before: int, after: int) -> int:
        """How many frames both cuts share: at most half of the shorter one, possibly none."""
        longest = min(before, after) // (1 if self.whole else 2)
        return min(round(self.sec * canvas.fps), longest)

    def picture_filters(self, canvas: Canvas, start_frame: int, frames: int) -> str:
        """The filter that joins two pictures, the second beginning at `start_frame`."""
        return (
            f"xfade=transition={TRANSITIONS[self.kind]}"
            f":duration={canvas.seconds(frames):.6f}:offset={canvas.seconds(start_frame):.6f}"
        )

    def sound_filters(self, canvas: Canvas, frames: int) -> str:
        """The filter that joins their sound."""
        return f"acrossfade=ns={canvas.samples_in(frames)}:c1=tri:c2=tri"

    def effect(self, canvas: Canvas, before: VideoClip, start_frame: int, frames: int) -> Effect:
        """For MoviePy: applied to the second clip, it gives both, joined."""
        from .drawn import Blend

        return Blend(before, self.kind, canvas.fps, start_frame, frames)

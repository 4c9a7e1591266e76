"""How one cut becomes the next while both are seen.

The formulas are those of ffmpeg's filters; `drawn.Blend` draws the same ones. `xfade` has a way
through black too, but its black is darker than black and a little green.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photoai.services.video.canvas import Canvas

if TYPE_CHECKING:
    from moviepy import VideoClip
    from moviepy.Effect import Effect

THROUGH_BLACK = "fade"
# Our names and xfade's.
XFADES = {
    "crossfade": "fade",
    "slide-left": "slideleft",
    "slide-right": "slideright",
    "slide-up": "slideup",
    "slide-down": "slidedown",
    "wipe-left": "wipeleft",
    "wipe-right": "wiperight",
}
TRANSITIONS = (THROUGH_BLACK, *XFADES)


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
        """How many frames both cuts share: at most half of the shorter one; none if that leaves
        fewer than two."""
        longest = min(before, after) // (1 if self.whole else 2)
        shared = min(round(self.sec * canvas.fps), longest)
        return shared if shared > 1 else 0

    def picture_filters(
        self, canvas: Canvas, pair: tuple[str, str], start_frame: int, frames: int
    ) -> str:
        """The graph that joins the pictures `pair`, the second beginning at `start_frame`."""
        before, after = pair
        if self.kind == THROUGH_BLACK:
            half = frames // 2
            return (
                f"[{before}]trim=end_frame={start_frame + half},"
                f"fade=out:{start_frame}:{half}[{before}dark];"
                f"[{after}]trim=start_frame={half},setpts=PTS-STARTPTS,"
                f"fade=in:0:{frames - half}[{after}dark];"
                f"[{before}dark][{after}dark]concat=n=2:v=1:a=0"
            )
        return (
            f"[{before}][{after}]xfade=transition={XFADES[self.kind]}"
            f":duration={canvas.seconds(frames):.6f}:offset={canvas.seconds(start_frame):.6f}"
        )

    def sound_filters(self, canvas: Canvas, frames: int) -> str:
        """The filter that joins their sound."""
        return f"acrossfade=ns={canvas.samples_in(frames)}:c1=tri:c2=tri"

    def effect(self, canvas: Canvas, before: VideoClip, start_frame: int, frames: int) -> Effect:
        """For MoviePy: applied to the second clip, it gives both, joined."""
        from .drawn import Blend

        return Blend(before, self.kind, canvas.fps, start_frame, frames)

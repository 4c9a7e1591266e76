"""A GIF: few colours, hundredths of seconds, and never small."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from photoai.services.video import ffmpeg
from photoai.services.video.canvas import Canvas, rate_text
from photoai.services.video.effects.material import even

FASTEST_FPS = 25
LONGEST_SIDE_PX = 800
COLORS = 256
SIDE = 16  # of the picture that holds a palette
RGBA = 4


@dataclass(frozen=True)
class Gif:
    """`palette` is a file of 256 colours as RGBA; without one each picture has a palette of its
    own."""

    path: Path
    canvas: Canvas
    palette: Path | None = None

    @classmethod
    def of(cls, path: Path, canvas: Canvas, palette: Path | None = None) -> Gif:
        """One of what is on a canvas: no side over 800 pixels, and of more than 25 pictures a
        second every second, third …"""
        shrink = min(1.0, LONGEST_SIDE_PX / max(canvas.width, canvas.height))
        size = even(canvas.width * shrink), even(canvas.height * shrink)
        return cls(path, Canvas(*size, slower(canvas.fps)), palette)

    def palette_input(self) -> list[str]:
        if self.palette is None:
            return []
        raw = ("-pixel_format", "rgba", "-video_size", f"{SIDE}x{SIDE}", "-framerate", "1")
        return ffmpeg.ours(self.palette, "rawvideo", *raw)

    def graph(self, drawn: str, palette: str, out: str) -> str:
        """From `[drawn]` to `[out]`, with the input `palette`, if it has one."""
        canvas = self.canvas
        fitting = (
            f"[{drawn}]fps={rate_text(canvas.fps)}:start_time=0:round=near,"
            f"scale={canvas.width}:{canvas.height}:flags=area:in_color_matrix=bt709,format=rgb24"
        )
        # Of what has not moved nothing is written again.
        use = "paletteuse=dither=none:diff_mode=rectangle"
        if self.palette:
            return f"{fitting}[fitting];[fitting][{palette}]{use}[{out}]"
        own = f"[seen]palettegen=max_colors={COLORS}:stats_mode=single:reserve_transparent=0[own]"
        return f"{fitting},split[seen][painted];{own};[painted][own]{use}:new=1[{out}]"

    def output(self) -> list[str]:
        return ["-fps_mode", "passthrough", "-loop", "0", "-f", "gif", f"file:{self.path}"]


def slower(fps: Fraction) -> Fraction:
    """The highest even part of a rate that a GIF can have."""
    return fps / math.ceil(fps / FASTEST_FPS)


def write_palette(path: Path, colors: bytes) -> None:
    """`colors` are up to 256 RGB triples; the last one fills up."""
    triples = [colors[at : at + 3] for at in range(0, len(colors), 3)]
    triples += triples[-1:] * (COLORS - len(triples))
    path.write_bytes(b"".join(triple + b"\xff" for triple in triples))

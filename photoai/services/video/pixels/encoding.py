"""A video of pictures that are drawn one by one: an MP4 with the sound of the clip they were made
of, a GIF, or both at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from photoai.errors import ConversionTooLarge, RenderFailed
from photoai.services.video import ffmpeg
from photoai.services.video.canvas import KEYFRAME_SEC, SAMPLE_RATE, Canvas, rate_text
from photoai.services.video.facts import ClipFacts
from photoai.services.video.holding import sound_held
from photoai.services.video.render import AAC, PLAIN, SOUNDS
from photoai.services.video.source import CANVAS_COLORS

from .gif import Gif

PRESET = "veryfast"
LOSSLESS = 0
# What is drawn stays or is another thing at once: there is nothing to weigh or to foresee. This is
# a seventh faster than the preset's own, for the same size and likeness.
STEADY = "open-gop=0:bframes=1:b-adapt=0:weightp=0"
COPIED = ("-movflags", "+faststart", "-f", "mp4")


@dataclass(frozen=True)
class Mp4:
    """`crf` is x264's, from 0, which is lossless, to 51."""

    path: Path
    crf: int


@dataclass(frozen=True)
class Encoder:
    """Makes files of pictures of a canvas; `heard` is the clip whose sound goes into the MP4, whole
    and as it is if an MP4 can hold it, from the first picture on."""

    canvas: Canvas
    mp4: Mp4 | None = None
    gif: Gif | None = None
    heard: tuple[Path, ClipFacts] | None = None

    def encode(
        self, pictures: Iterable[bytes | memoryview], *, deadline: float, max_output_bytes: int
    ) -> None:
        """`pictures` are planar 4:2:0 of BT.709 in limited range; each may be gone once the next
        one is asked for.

        Raises:
            ConversionTooLarge: a file would have more than `max_output_bytes`.
            RenderFailed, RenderOutOfRoom, NotInTime: as `ffmpeg.run`.
        """
        try:
            ffmpeg.run(
                self.arguments(),
                deadline=deadline,
                max_output_bytes=max_output_bytes,
                feed=pictures,
            )
        except RenderFailed as error:
            if "max_output_bytes" in error.details:
                raise ConversionTooLarge(details=error.details) from error
            raise

    def arguments(self) -> list[str]:
        """What ffmpeg is told."""
        canvas = self.canvas
        size = f"{canvas.width}x{canvas.height}"
        raw = [
            *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", rate_text(canvas.fps)),
            *("-protocol_whitelist", "pipe", "-i", "pipe:0"),
        ]
        return ["-copyts", *raw, *self._others(), *self._graph(), *self._mp4(), *self._gif()]

    @property
    def _with_sound(self) -> bool:
        return self.mp4 is not None and self.heard is not None and self.heard[1].audio is not None

    def _others(self) -> list[str]:
        """The inputs beside the pictures: the sound is always the first of them."""
        words: list[str] = []
        if self._with_sound and self.heard:
            path, facts = self.heard
            words += ffmpeg.strangers(path, facts.container)
        return words + (self.gif.palette_input() if self.gif else [])

    def _graph(self) -> list[str]:
        tagged = f"[0:v]setsar=1,{CANVAS_COLORS}"
        parts = []
        if self.mp4 and self.gif:
            parts.append(f"{tagged},split[picture][drawn]")
        else:
            parts.append(f"{tagged}[{'picture' if self.mp4 else 'drawn'}]")
        if self.gif:
            parts.append(self.gif.graph("drawn", f"{1 + self._with_sound}:v", "moving"))
        return ["-filter_complex", ";".join(parts)]

    def _mp4(self) -> list[str]:
        if self.mp4 is None:
            return []
        canvas, crf = self.canvas, self.mp4.crf
        # Without loss there is no profile that everybody plays.
        profile = [] if crf == LOSSLESS else ["-profile:v", "high"]
        return [
            *("-map", "[picture]", *self._sound()),
            *("-c:v", "libx264", "-preset", PRESET, "-crf", str(crf), *profile),
            *("-pix_fmt", "yuv420p"),
            *("-x264-params", f"{STEADY}:keyint={round(KEYFRAME_SEC * canvas.fps)}"),
            *("-r", rate_text(canvas.fps), "-fps_mode", "cfr"),
            *("-video_track_timescale", str(canvas.timescale)),
            *(*PLAIN, f"file:{self.mp4.path}"),
        ]

    def _sound(self) -> list[str]:
        if not self._with_sound or self.heard is None or (audio := self.heard[1].audio) is None:
            return ["-an", *COPIED]
        facts, stream = self.heard[1], ["-map", f"1:{audio.index}"]
        zero_sec = facts.video.start_sec
        if sound_held(facts):
            zero = f"round({zero_sec:.9f}/TB)"
            moved = f"setts=pts=PTS-{zero}:dts=DTS-{zero}"
            return [*stream, "-c:a", "copy", "-bsf:a", moved, *COPIED]
        heard = (
            f"asetpts=PTS-({zero_sec:.6f})/TB,atrim=start=0,"
            f"aresample={SAMPLE_RATE}:async=1:min_hard_comp=0.03:first_pts=0"
        )
        return [*stream, "-af", heard, *SOUNDS[AAC]]

    def _gif(self) -> list[str]:
        return [] if self.gif is None else ["-map", "[moving]", *self.gif.output()]

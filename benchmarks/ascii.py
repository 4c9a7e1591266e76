"""ASCII videos: against ffmpeg itself, in the same run, and beside them the program this began as.

The child's work is measured in a child that is ready, as the server has them; ffmpeg as a process
of its own, as nice as a child is. Both take turns, so that what else the machine does hits both.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import psutil
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image, ImageDraw, ImageFont

from photoai.services.jobs import Child, Spares
from tests.support.converting import conversion

from .bench import Row

ROUNDS = 3
SEC, LONG_SEC = 20, 600
WIDTH = 120
WORK = "photoai.services.ascii.converting:convert"
MODULES = ("photoai.services.ascii.converting.making",)
READY_SEC = 2.0  # until a child that is started ahead has loaded everything
NICENESS = 10
SAME = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p")
TAGGED = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
SOURCES = {
    "drawn, in motion": f"testsrc2=s=1280x720:r=30:d={SEC},hue=h=20*t",
    "grainy, in motion": f"mandelbrot=s=1280x720:r=30:end_scale=0.01:maxiter=200,trim=end={SEC},"
    "noise=alls=6:allf=t",
    "at a standstill": f"smptehdbars=s=1280x720:r=30:d={SEC}",
}
ORIGINAL_FRAMES = 8
ORIGINAL_CHARACTERS = " .:-=+*#%@"


def ascii_mp4() -> Iterator[Row]:
    """A 720p video to an MP4 of characters, 120 columns wide; what other wishes cost; memory."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        first = next(iter(SOURCES))
        for name in SOURCES:
            ours, theirs = bench.compared(name, bench.transcode, "mp4")
            yield _ratio("ascii_mp4", name, ours, theirs, "≤ 1.6, aim 1.2")
            if name == first:
                yield _original("ascii_mp4", bench.clip(name), statistics.median(ours))
        for about, kinds, wishes in (
            ("true colour", ["mp4"], {"color": "true"}),
            ("random colours", ["mp4"], {"color": "random"}),
            ("braille", ["mp4"], {"style": "braille"}),
            ("shapes", ["mp4"], {"shapes": True}),
            ("diffusion", ["mp4"], {"dither": "diffusion"}),
            ("40 columns", ["mp4"], {"width": 40}),
            ("240 columns", ["mp4"], {"width": 240}),
            ("PNG frames, too", ["mp4", "png"], {}),
            ("PNG and text frames and a GIF, too", ["mp4", "png", "txt", "gif"], {}),
        ):
            ours, theirs = bench.compared(first, bench.transcode, *kinds, rounds=2, **wishes)
            yield _ratio("ascii_mp4", f"the first with {about}", ours, theirs)
        yield from bench.memory()


def ascii_text() -> Iterator[Row]:
    """A 720p video to text frames, 120 columns wide."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for name in SOURCES:
            ours, theirs = bench.compared(name, bench.scale, "txt")
            yield _ratio("ascii_text", name, ours, theirs, "≤ 2, aim 1.3")
        first = next(iter(SOURCES))
        for about, wishes in (
            ("shapes", {"shapes": True}),
            ("braille", {"style": "braille"}),
            ("edges", {"style": "edges"}),
            ("diffusion", {"dither": "diffusion"}),
            ("240 columns", {"width": 240}),
        ):
            ours, theirs = bench.compared(first, bench.scale, "txt", rounds=2, **wishes)
            yield _ratio("ascii_text", f"the first with {about}", ours, theirs)


def _ratio(
    benchmark: str, figure: str, ours: list[float], theirs: list[float], budget: str = ""
) -> Row:
    ratio = statistics.median(own / other for own, other in zip(ours, theirs, strict=True))
    took = f"{statistics.median(ours):.2f} s to {statistics.median(theirs):.2f} s of ffmpeg"
    return Row(benchmark, figure, round(ratio, 3), "×", took, budget)


def _original(benchmark: str, clip: Path, ours_sec: float) -> Row:
    """The way of the original, from some of the frames."""
    each_sec = original(clip) / ORIGINAL_FRAMES
    per_sec, ours = 1 / each_sec, SEC * 30 / ours_sec
    about = f"{ours:.0f} a second here, {ours / per_sec:.0f} × as many"
    return Row(benchmark, "the original's way, frames", round(per_sec, 1), "a second", about)


def original(clip: Path) -> float:
    """Seconds for a few frames as the original makes them: pixel by pixel, character by character,
    a PNG each; what it takes to make an MP4 of these is not even counted."""
    began = time.perf_counter()
    with av.open(str(clip)) as video, tempfile.TemporaryDirectory() as folder:
        for number, frame in enumerate(video.decode(video=0)):
            if number == ORIGINAL_FRAMES:
                break
            image = frame.to_image()
            rows = round(WIDTH * image.height / image.width / 2)
            small = image.resize((WIDTH, rows)).convert("L")
            across, down = image.width / WIDTH, image.height / rows
            font = ImageFont.load_default(size=across * 1.6)
            drawn = Image.new("RGB", image.size, "#000000")
            pen = ImageDraw.Draw(drawn)
            lines = []
            for y in range(rows):
                line = ""
                for x in range(WIDTH):
                    tone = small.getpixel((x, y))
                    character = ORIGINAL_CHARACTERS[int(tone) // 32]
                    pen.text((x * across, y * down), character, fill="#00ff00", font=font)
                    line += character
                lines.append(line)
            drawn.save(f"{folder}/frame_{number:06d}.png")
            Path(f"{folder}/frame_{number:06d}.txt").write_text("\n".join(lines))
    return time.perf_counter() - began


class Bench:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spares = Spares(MODULES)
        self._count = 0

    def clip(self, name: str) -> Path:
        path = self._folder / f"{[*SOURCES].index(name)}.mp4"
        if not path.exists():
            _made(path, SOURCES[name], SEC)
        return path

    def compared(
        self, name: str, other: Callable[[Path], None], *kinds: str, rounds: int = ROUNDS,
        **wishes: Any,
    ) -> tuple[list[float], list[float]]:  # fmt: skip
        """Seconds of both, round by round."""
        clip, wishes = self.clip(name), {"width": WIDTH, **wishes}
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(self._convert(conversion(clip, *kinds, **wishes)))
            began = time.perf_counter()
            other(clip)
            theirs.append(time.perf_counter() - began)
        return ours, theirs

    def transcode(self, clip: Path) -> None:
        out = self._folder / "plain.mp4"
        _ffmpeg("-i", clip, *SAME, "-c:a", "copy", "-movflags", "+faststart", out)

    def scale(self, clip: Path) -> None:
        rows = round(WIDTH * 720 / 1280 / 2)
        scaled = f"scale={WIDTH}:{rows}:flags=area,format=gray"
        _ffmpeg("-i", clip, "-an", "-vf", scaled, "-f", "null", "-")

    def memory(self) -> Iterator[Row]:
        """Of the child and all it has started, over ten minutes of video."""
        clip = self._folder / "long.mp4"
        _made(clip, f"testsrc2=s=640x360:r=25:d={LONG_SEC}", LONG_SEC)
        params = conversion(clip, "mp4", "txt", "png", width=WIDTH, deadline=time.monotonic() + 900)
        watch = Watch()
        took = self._convert(params, watch)
        early, late = watch.between(0.1, 0.3), watch.between(0.7, 1.0)
        about = f"{early:.0f} MB in its first third, {took:.0f} s in all"
        grown = late - early
        yield Row("ascii_mp4", "memory over ten minutes grows by", grown, "MB", about, "≤ 30")
        speed = LONG_SEC / took
        yield Row("ascii_mp4", "ten minutes with PNG and text frames", speed, "× real time")

    def _convert(self, params: Mapping[str, Any], watch: Watch | None = None) -> float:
        self._count += 1
        work = self._folder / f"work-{self._count}"
        work.mkdir()
        child = Child(WORK, params, work, start=self._spares.take)
        self._spares.prepare()
        time.sleep(READY_SEC)
        began = time.perf_counter()
        with watch or Watch(every_sec=None):
            child.run(lambda *_: None)
        took = time.perf_counter() - began
        for path in work.iterdir():
            path.unlink()
        return took


@dataclass
class Watch:
    """How much memory all children of this process hold, in megabytes, again and again."""

    every_sec: float | None = 0.5
    mb: list[float] = field(default_factory=list)

    def __enter__(self) -> Watch:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        if self.every_sec:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self.every_sec:
            self._thread.join()

    def between(self, first: float, last: float) -> float:
        """The median of a stretch, in parts of the whole."""
        count = len(self.mb)
        return statistics.median(self.mb[int(first * count) : int(last * count)])

    def _look(self) -> None:
        while not self._stop.wait(self.every_sec):
            total = 0
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    total += process.memory_info().rss
            self.mb.append(total / 1e6)


def _made(path: Path, picture: str, sec: int) -> None:
    """A moving picture and a tone."""
    _ffmpeg(
        *("-f", "lavfi", "-i", f"{picture},{TAGGED}"),
        *("-f", "lavfi", "-i", f"sine=300:4:48000:d={sec}"),
        *("-t", str(sec), "-maxrate", "10M", "-bufsize", "10M", "-g", "60", *SAME),
        *("-c:a", "aac", "-b:a", "128k", path),
    )


def _ffmpeg(*arguments: str | Path) -> None:
    # A child of the server's gives way to others: so does what it is compared with.
    command = ["nice", f"-n{NICENESS}", get_ffmpeg_exe(), "-loglevel", "error", "-nostdin", "-y"]
    subprocess.run([*command, *map(str, arguments)], check=True)

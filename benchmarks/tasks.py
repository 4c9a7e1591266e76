"""Edits of videos: each type against one command of ffmpeg, written by hand, that does the same.

The child's work is measured in a child that is ready, as the server has them; the command as a
process of its own. Both take turns, so that what else the machine does hits both.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image, ImageDraw

from photoai.services.edits import MAKING
from photoai.services.jobs import Child, Spares
from photoai.services.video import ClipLimits, probe

from .bench import Row

ROUNDS = 3
SEC = 10
MODULES = ("av", MAKING)  # as in the house
SAME = ("-c:v", "libx264", "-preset", "fast", "-crf", "23", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2")
TAGGED = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
NICENESS = 10
READY_SEC = 2.0  # until a child that is started ahead has loaded everything


@dataclass(frozen=True)
class Task:
    """An order, the files it is about, and the same by hand."""

    name: str
    operations: Sequence[Mapping[str, Any]]
    files: Sequence[str]
    by_hand: Sequence[str]
    budget: str = "≤ 1.2"


def tasks() -> Iterator[Row]:
    """Every type on ten seconds of 1080p; then what sound alone costs, of ten seconds and of a
    minute, and three in a row."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        took = {task.name: bench.compared(task) for task in TASKS}
        minutes = {task.name: bench.compared(task) for task in OF_A_MINUTE}
    for task in TASKS:
        yield _ratio(task, *took[task.name])
    encoding = statistics.median(took["text_overlay"][1])
    for name in ("audio_overlay", "audio_overlay, −14 LUFS", "subtitles, soft", "trim, copied"):
        share = 100 * statistics.median(took[name][0]) / encoding
        about = f"{encoding:.1f} s encoding"
        yield Row("tasks", f"{name}: of the time of encoding", share, "%", about, "≤ 5")
    for name, (ours, encoded) in minutes.items():
        share = 100 * statistics.median(ours) / statistics.median(encoded)
        about = f"{statistics.median(encoded):.1f} s encoding"
        yield Row("tasks", f"{name}: of the time of encoding", share, "%", about, "≤ 5")
    parts = [statistics.median(took[name][0]) for name in SLOWEST_OF]
    whole = statistics.median(took["combined of three"][0])
    about = f"{whole:.2f} s to {max(parts):.2f} s"
    yield Row("tasks", "combined of three to its slowest", whole / max(parts), "×", about, "≤ 1.3")


def _ratio(task: Task, ours: list[float], theirs: list[float]) -> Row:
    ratio = statistics.median(own / other for own, other in zip(ours, theirs, strict=True))
    took = f"{statistics.median(ours):.2f} s to {statistics.median(theirs):.2f} s"
    return Row("tasks", task.name, round(ratio, 3), "×", took, task.budget)


class Bench:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spares = Spares(MODULES)
        self._files = {path.name: path for path in _made(folder)}
        self._count = 0

    def compared(self, task: Task) -> tuple[list[float], list[float]]:
        """Seconds of both, round by round."""
        pairs = [(self._ours(task), self._by_hand(task)) for _ in range(ROUNDS)]
        ours, theirs = zip(*pairs, strict=True)
        return [*ours], [*theirs]

    def _ours(self, task: Task) -> float:
        self._count += 1
        work = self._folder / f"work-{self._count}"
        work.mkdir()
        params = {
            "operations": task.operations,
            "inputs": [_upload(self._files[name]) for name in task.files],
            "fonts": [], "quality": "medium", "deadline": time.monotonic() + 600,
            "max_duration_sec": 1800, "max_pixels": 40_000_000, "clip_max_bytes": 1 << 30,
            "segments": str(work / "segments"), "segments_max_bytes": 1 << 30,
        }  # fmt: skip
        child = Child("photoai.services.video.editing:edit", params, work, start=self._spares.take)
        self._spares.prepare()
        time.sleep(READY_SEC)
        began = time.perf_counter()
        child.run(lambda *_: None)
        return time.perf_counter() - began

    def _by_hand(self, task: Task) -> float:
        words = [word.format(folder=self._folder) for word in task.by_hand]
        began = time.perf_counter()
        _ffmpeg(*words, "-movflags", "+faststart", self._folder / "by-hand.mp4")
        return time.perf_counter() - began


def _upload(path: Path) -> dict[str, Any]:
    kinds = {".mp4": "video", ".png": "image", ".m4a": "audio", ".srt": "subtitles"}
    kind = kinds[path.suffix]
    facts: dict[str, Any] = {"cues": 5}
    if kind == "video":
        facts = probe(path, ClipLimits(max_bytes=1 << 30)).as_json()
    elif kind == "image":
        facts = {"width": 400, "height": 200, "mode": "RGBA", "animated": False}
    elif kind == "audio":
        sec = 6 * SEC if path.stem == "minute" else SEC
        facts = {"duration_sec": float(sec), "container": "mp4"}
    mime = {"image": "image/png", "audio": "audio/mp4", "subtitles": "application/x-subrip"}
    return {
        "path": str(path), "kind": kind, "mime": mime.get(kind, "video/mp4"), "sha256": path.name,
        "name": path.name, "facts": facts,
    }  # fmt: skip


def _made(folder: Path) -> Iterator[Path]:
    """A base like what a camera gives, a smaller video, a watermark, a tone, subtitles; base and
    tone of a minute, too."""
    for name, size, hue in (("base", "1920x1080", 0), ("pip", "1280x720", 90)):
        path = folder / f"{name}.mp4"
        picture = f"testsrc2=s={size}:r=30:d={SEC},hue=h={hue},{TAGGED}"
        _ffmpeg(
            *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=300:4:48000:d={SEC}"),
            *("-maxrate", "10M", "-bufsize", "10M", "-g", "60", *SAME, *AAC, path),
        )
        yield path
    _ffmpeg("-f", "lavfi", "-i", f"sine=700:4:48000:d={SEC}", *AAC, folder / "tone.m4a")
    yield folder / "tone.m4a"
    for name, made in (("minute.mp4", "base.mp4"), ("minute.m4a", "tone.m4a")):
        again = ("-stream_loop", "5", "-i", folder / made, "-c", "copy", folder / name)
        _ffmpeg(*again)
        yield folder / name
    logo = Image.new("RGBA", (400, 200), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((0, 0, 399, 199), fill=(255, 80, 0, 200))
    logo.save(folder / "logo.png")
    yield folder / "logo.png"
    cues = [f"{at}\n00:00:0{at},000 --> 00:00:0{at},900\nWords number {at}\n" for at in range(1, 9)]
    (folder / "words.srt").write_text("\n".join(cues))
    yield folder / "words.srt"


def _ffmpeg(*arguments: str | Path) -> None:
    # A child of the server's gives way to others: so does what it is compared with.
    command = ["nice", f"-n{NICENESS}", get_ffmpeg_exe(), "-loglevel", "error", "-nostdin", "-y"]
    subprocess.run([*command, *map(str, arguments)], check=True)


def _op(kind: str, *inputs: int, **config: Any) -> dict[str, Any]:
    return {"type": kind, "inputs": [*inputs], "config": config}


BASE, PIP, TONE = (
    ("-i", "{folder}/base.mp4"),
    ("-i", "{folder}/pip.mp4"),
    ("-i", "{folder}/tone.m4a"),
)
WORDS, LOGO = ("-i", "{folder}/words.srt"), ("-i", "{folder}/logo.png")
TEXT = {"texts": [{"content": "Every word", "start_sec": 1.0, "end_sec": 9.0}]}
DRAWN = "subtitles={folder}/words.srt"
MIX = ("-map", "0:v", "-map", "[a]")
MIXED = "[0:a][1:a]amix=inputs=2:duration=first:normalize=0[a]"
IN_CORNER = "[1:v]scale=480:270[o];[0:v][o]overlay=W-w:H-h"
TASKS = (
    Task(
        "text_overlay", [_op("text_overlay", 0, **TEXT)], ["base.mp4"],
        [*BASE, "-vf", DRAWN, *SAME, "-c:a", "copy"],
    ),
    Task(
        "subtitles", [_op("subtitles", 0, 1)], ["base.mp4", "words.srt"],
        [*BASE, "-vf", DRAWN, *SAME, "-c:a", "copy"],
    ),
    Task(
        "subtitles, soft", [_op("subtitles", 0, 1, mode="soft")], ["base.mp4", "words.srt"],
        [*BASE, *WORDS, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text"],
        "see the share",
    ),
    Task(
        "audio_overlay", [_op("audio_overlay", 0, 1)], ["base.mp4", "tone.m4a"],
        [*BASE, *TONE, "-filter_complex", MIXED, *MIX, "-c:v", "copy", *AAC],
        "see the share",
    ),
    Task(
        "audio_overlay, −14 LUFS", [_op("audio_overlay", 0, 1, loudness=-14.0)],
        ["base.mp4", "tone.m4a"],
        [*BASE, *TONE, "-filter_complex", MIXED.replace("[a]", ",loudnorm=I=-14[a]"),
         *MIX, "-c:v", "copy", *AAC],
        "see the share",
    ),
    Task(
        "video_overlay, a watermark", [_op("video_overlay", 0, 1, anchor="bottom-right")],
        ["base.mp4", "logo.png"],
        [*BASE, *LOGO, "-filter_complex", "[0:v][1:v]overlay=W-w:H-h", *SAME, "-c:a", "copy"],
    ),
    Task(
        "video_overlay, a video", [_op("video_overlay", 0, 1, anchor="bottom-right", scale=0.25)],
        ["base.mp4", "pip.mp4"],
        [*BASE, *PIP, "-filter_complex", IN_CORNER, *SAME, "-c:a", "copy"],
    ),
    Task(
        "trim, precise", [_op("trim", 0, start_sec=1.3, end_sec=8.3)], ["base.mp4"],
        ["-ss", "1.3", "-to", "8.3", *BASE, *SAME, *AAC],
    ),
    Task(
        "trim, copied", [_op("trim", 0, start_sec=1.3, end_sec=8.3, precise=False)], ["base.mp4"],
        ["-ss", "1.3", "-to", "8.3", *BASE, "-c", "copy"],
        "see the share",
    ),
    Task(
        "join", [_op("join", 0, 1)], ["base.mp4", "pip.mp4"],
        [*BASE, *PIP, "-filter_complex",
         "[1:v]scale=1920:1080:flags=bicubic[b];[0:v][0:a][b][1:a]concat=n=2:v=1:a=1[v][a]",
         "-map", "[v]", "-map", "[a]", *SAME, *AAC],
    ),
    Task(
        "thumbnail", [_op("thumbnail", 0, width=640)], ["base.mp4"],
        ["-ss", "1", *BASE, "-frames:v", "1", "-vf", "scale=640:-2"],
        "",
    ),
    Task(
        "combined of three",
        [_op("text_overlay", 0, **TEXT), _op("video_overlay", 1, anchor="bottom-right"),
         _op("audio_overlay", 2)],
        ["base.mp4", "logo.png", "tone.m4a"],
        [*BASE, *LOGO, *TONE, "-filter_complex",
         f"[0:v]{DRAWN}[t];[t][1:v]overlay=W-w:H-h[v];[0:a][2:a]amix=inputs=2:normalize=0[a]",
         "-map", "[v]", "-map", "[a]", *SAME, *AAC],
    ),
)  # fmt: skip
MINUTE_ENCODED = ["-i", "{folder}/minute.mp4", *SAME, "-c:a", "copy"]
OF_A_MINUTE = (
    Task(
        "audio_overlay, a minute", [_op("audio_overlay", 0, 1)], ["minute.mp4", "minute.m4a"],
        MINUTE_ENCODED,
    ),
    Task(
        "audio_overlay, −14 LUFS, a minute", [_op("audio_overlay", 0, 1, loudness=-14.0)],
        ["minute.mp4", "minute.m4a"], MINUTE_ENCODED,
    ),
)  # fmt: skip
SLOWEST_OF = ("text_overlay", "video_overlay, a watermark", "audio_overlay")

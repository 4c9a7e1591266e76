"""Merging videos: against ffmpeg itself, in the same run."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from tests.support.cliphost import ClipHost
from tests.support.merging import Merger
from tests.support.server import Server

from .bench import Probe, Row, percentile

ROUNDS = 3
CLIP_SEC, SHORT_SEC = 10, 4
REST_SEC = 2.0  # then a child started ahead is ready
MIXED = (("1280x720", "30"), ("1080x1920", "30"), ("640x360", "25"))
MOST_CLIPS = 5
SAME = [
    *("-c:v", "libx264", "-preset", "fast", "-crf", "23", "-pix_fmt", "yuv420p"),
    *("-c:a", "aac", "-b:a", "192k", "-ar", "48000"),
]


def merge_cold() -> Iterator[Row]:
    """Three mixed clips nobody has seen; then one of them changed; the server meanwhile."""
    with house() as there:
        clips = [there.clip(at, *MIXED[at], CLIP_SEC) for at in range(3)]
        changed = there.clip(9, *MIXED[2], CLIP_SEC)
        baseline, cold, warm, before_mb, grown_mb = [], [], [], [], []
        for _ in range(ROUNDS):
            baseline.append(there.by_one_command(clips))
            there.forget()
            there.server.forget_peak()
            before_mb.append(there.peak_mb())
            cold.append(there.merge(clips))
            grown_mb.append(there.peak_mb() - before_mb[-1])
            warm.append(there.merge([*clips[:2], changed]))
        there.forget()
        with Probe(there.server.url) as idle:
            time.sleep(2)
        # A merge of its own: asking a hundred times a second costs what the others are timed by.
        with Probe(there.server.url) as busy:
            there.merge(clips)
    plain = statistics.median(baseline)
    yield _ratio("merge_cold", "three mixed 10 s clips → 1080p", cold, baseline, "≤ 1.15, aim 1.0")
    yield _ratio("merge_warm", "the same with one clip changed", warm, cold, "≤ 0.45")
    before = f"{percentile(idle.ms, 99):.0f} ms idle"
    yield Row("merge_cold", "/healthz p99 meanwhile", percentile(busy.ms, 99), "ms", before, "≤ 20")
    memory = f"{statistics.median(before_mb):.0f} MB before"
    yield Row("merge_cold", "its peak of memory rises by", max(grown_mb), "MB", memory, "< 10")
    yield Row("merge_cold", "the plain command alone", plain, "s")


def merge_copy() -> Iterator[Row]:
    """Three clips that fit already, in an order nobody has asked for: at hand, as they are for
    ffmpeg, since they were uploaded; and at an address nobody has been at. A merge that comes right
    after another finds no child started ahead and the processors busy with the start of one."""
    with house() as there:
        clips = [there.clip(at, "1920x1080", "30", CLIP_SEC) for at in range(3)]
        uploads = [there.upload(clip) for clip in clips]
        there.order(uploads[:2])  # what is loaded once a process is loaded
        copied, hurried, fetched, baseline = [], [], [], []
        for order in permutations(range(3)):
            time.sleep(REST_SEC)
            baseline.append(there.by_copying([clips[at] for at in order]))
            copied.append(there.order([uploads[at] for at in order]))
            hurried.append(there.order([uploads[at] for at in order], quality="high"))
        for _ in range(ROUNDS):
            there.forget()
            fetched.append(there.merge(clips))
        encoded = there.by_one_command(clips)
    yield _ratio("merge_copy", "three 10 s clips that fit", copied, baseline, "≤ 2, aim 1.3")
    yield Row("merge_copy", "the same, right after another", statistics.median(hurried), "s")
    yield Row("merge_copy", "the same, fetched first", statistics.median(fetched), "s")
    share, plain = 100 * statistics.median(copied) / encoded, f"{encoded:.1f} s encoding"
    yield Row("merge_copy", "of the time of encoding", share, "%", plain, "< 5")


def merge_scaling() -> Iterator[Row]:
    """What each further clip costs: all of one size, none seen before."""
    with house() as there:
        clips = [there.clip(at, *MIXED[0], SHORT_SEC) for at in range(MOST_CLIPS)]
        counts = range(1, MOST_CLIPS + 1)
        took: dict[int, list[float]] = {count: [] for count in counts}
        for _ in range(ROUNDS):
            for count in counts:
                there.forget()
                took[count].append(there.merge(clips[:count]))
    for count in counts:
        figure = f"clips of {SHORT_SEC} s: {count}"
        yield Row("merge_scaling", figure, statistics.median(took[count]), "s")
    yield _line("merge_scaling", [(count, sec) for count in counts for sec in took[count]])


def _line(benchmark: str, points: Sequence[tuple[float, float]]) -> Row:
    """Least squares over all rounds: what one more costs, what all cost besides, how straight."""
    counts, seconds = zip(*points, strict=True)
    line = statistics.linear_regression(counts, seconds)
    r2 = statistics.correlation(counts, seconds) ** 2
    about = f"{line.intercept:.1f} s besides, R² {r2:.3f}"
    return Row(benchmark, "each further clip", line.slope, "s", about, "grows evenly")


def _ratio(benchmark: str, figure: str, ours: list[float], theirs: list[float], budget: str) -> Row:
    """The median of the rounds' ratios: both were measured one right after the other."""
    ratio = statistics.median(own / other for own, other in zip(ours, theirs, strict=True))
    took = f"{statistics.median(ours):.2f} s to {statistics.median(theirs):.2f} s"
    return Row(benchmark, figure, round(ratio, 3), "×", took, budget)


@dataclass
class House:
    """A server, a host of clips, somebody who merges them."""

    folder: Path
    server: Server
    host: ClipHost
    merger: Merger

    def clip(self, number: int, size: str, fps: str, sec: int) -> Path:
        """A moving picture and a tone, both of its own."""
        path = self.folder / f"clip-{number}.mp4"
        picture = f"testsrc2=s={size}:r={fps}:d={sec},hue=h={30 * number}"
        tone = f"sine=frequency={300 + 20 * number}:sample_rate=48000:duration={sec}"
        _ffmpeg(
            *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-ac", "2"),
            *("-maxrate", "8M", "-bufsize", "8M", *SAME, "-x264-params", "open-gop=0"),
            *("-vf", "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"),
            path,
        )
        self.host.put(path.name, path)
        return path

    def merge(self, clips: list[Path]) -> float:
        """Seconds from the order to the finished video, as its client sees it."""
        return self.order([self.host.address(clip.name) for clip in clips])

    def upload(self, clip: Path) -> str:
        with clip.open("rb") as file:
            answer = self.merger.post("/api/v1/files", files={"file": (clip.name, file)})
        return str(answer.json()["id"])

    def order(self, sources: Sequence[str], quality: str = "medium") -> float:
        """As `merge`, of addresses or uploads."""
        began = time.perf_counter()
        answer = self.merger.order(*sources, quality=quality, headers={"Prefer": "wait=50"})
        task = answer.json()
        if task["status"] != "completed":
            self.merger.ended(task["task_id"], 600)
        return time.perf_counter() - began

    def forget(self) -> None:
        """As if none of the clips had ever been here."""
        for segment in (self.server.folder / "segments").glob("*"):
            segment.unlink()
        self.server.stop()
        (self.server.folder / "photoai.db").unlink()
        self.server.start()
        self.merger.close()
        self.merger = Merger.registered(self.server, "merger")

    def by_one_command(self, clips: list[Path]) -> float:
        canvas = (
            "fps=30,scale=1920:1080:force_original_aspect_ratio=decrease:flags=bicubic,"
            "pad=1920:1080:-1:-1,setsar=1"
        )
        inputs = [word for clip in clips for word in ("-i", str(clip))]
        parts = [f"[{at}:v]{canvas}[v{at}]" for at in range(len(clips))]
        ends = "".join(f"[v{at}][{at}:a]" for at in range(len(clips)))
        graph = ";".join([*parts, f"{ends}concat=n={len(clips)}:v=1:a=1[v][a]"])
        began = time.perf_counter()
        _ffmpeg(
            *(*inputs, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", *SAME),
            *("-movflags", "+faststart", self.folder / "plain.mp4"),
        )
        return time.perf_counter() - began

    def by_copying(self, clips: list[Path]) -> float:
        listed = self.folder / "clips.ffconcat"
        listed.write_text("".join(f"file '{clip}'\n" for clip in clips))
        began = time.perf_counter()
        _ffmpeg(
            *("-f", "concat", "-safe", "0", "-i", listed, "-c", "copy"),
            *("-movflags", "+faststart", self.folder / "copied.mp4"),
        )
        return time.perf_counter() - began

    def peak_mb(self) -> float:
        return self.server.peak_bytes() / 1e6


@contextmanager
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory() as folder, ClipHost() as host:
        env = {"FETCH_ALLOWED_HOSTS": "127.0.0.1", "RATE_LIMIT_ENABLED": "false"}
        with Server(Path(folder) / "server", env=env) as server:
            yield House(Path(folder), server, host, Merger.registered(server, "merger"))


def _ffmpeg(*arguments: str | Path) -> None:
    command = [get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    subprocess.run([*command, *map(str, arguments)], check=True)

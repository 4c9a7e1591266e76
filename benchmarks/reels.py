"""Reels: what the server adds to the time a model takes, and what it holds in memory meanwhile."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

from .bench import Probe, Row, percentile

# What a model takes for a minute of video, and how often a large one is asked after before it is
# ready for it (about three and a half seconds).
MODEL_SEC, POLLS = 20.0, 4
CLIPS = (("60 s of 2 MB", 60, "230k"), ("60 s of 40 MB", 60, "5M"), ("15 s, inline", 15, "1M"))
ROUNDS = 3
WAIT_SEC = 120.0
# Where the model is at work, or the video on its way to it.
ITS_OWN = ("sending", "watching")


def reels() -> Iterator[Row]:
    """A minute of a phone's video, of few bytes and of many; and a quarter of one, which goes along
    with the question."""
    with GeminiEmulator() as emulator, tempfile.TemporaryDirectory() as folder:
        emulator.let_videos("good", delay=MODEL_SEC)
        emulator.let_files(polls=POLLS)
        settings = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": emulator.url}
        with Server(Path(folder), env=settings) as server, server.session("serg") as serg:
            for name, sec, bits in CLIPS:
                clips = [_clip(Path(folder), sec, bits, number) for number in range(ROUNDS)]
                yield from _measured(server, serg, name, clips)


def _measured(server: Server, serg: Client, name: str, clips: list[Path]) -> Iterator[Row]:
    before = server.rss_bytes()
    with Probe(server.url, 0.01) as probe:
        timings = [_analysed(serg, clip) for clip in clips]
    grown = server.rss_bytes() - before
    own = [sum(each.get(part, 0.0) for part in ITS_OWN) for each in timings]
    overheads = [each["seen"] / sec - 1 for each, sec in zip(timings, own, strict=True)]
    took = statistics.median(each["seen"] for each in timings)
    about = f"{took:.1f} s to {statistics.median(own):.1f} s of the model's"
    yield Row(
        "reels",
        f"beside the model's time, {name}",
        100 * statistics.median(overheads),
        "%",
        about,
        "≤ 10",
    )
    measuring = statistics.median(each["measuring"] for each in timings)
    yield Row("reels", f"measuring meanwhile, {name}", measuring, "s")
    yield Row("reels", f"web process, grown, {name}", grown / 1e6, "MB")
    yield Row("reels", f"/healthz meanwhile, p99, {name}", percentile(probe.ms, 99), "ms")


def _analysed(serg: Client, clip: Path) -> dict[str, float]:
    """The seconds of each part; `seen` from the accepted upload to the answer."""
    with clip.open("rb") as file:
        answer = serg.post("/api/upload", files={"video": file})
    answer.raise_for_status()
    began, task = time.perf_counter(), answer.json()["task_id"]

    def ended() -> Any:
        said = serg.get(f"/api/status/{task}").json()
        return said if said["state"] in ("SUCCESS", "FAILURE") else None

    said = wait_until(ended, WAIT_SEC, "an analysis")
    assert said["state"] == "SUCCESS", said
    return {**said["result"]["timings"], "seen": time.perf_counter() - began}


def _clip(folder: Path, sec: int, bits: str, number: int) -> Path:
    """A video in six shots, no two of them alike."""
    path = folder / f"{sec}-{bits}-{number}.mp4"
    shots = [
        f"testsrc2=s=1080x1920:r=30:d={sec / 6},hue=h={60 * shot + 7 * number}[v{shot}]"
        for shot in range(6)
    ]
    joined = "".join(f"[v{shot}]" for shot in range(6)) + "concat=n=6[v]"
    command = [get_ffmpeg_exe(), "-v", "error", "-y"]
    sound = ["-f", "lavfi", "-i", f"sine=300:4:d={sec}"]
    graph = ["-filter_complex", ";".join([*shots, joined]), "-map", "[v]", "-map", "0:a"]
    picture = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", bits, "-pix_fmt", "yuv420p"]
    subprocess.run(
        [*command, *sound, *graph, *picture, "-c:a", "aac", "-b:a", "64k", path], check=True
    )
    return path

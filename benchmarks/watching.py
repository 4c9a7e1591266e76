"""ASCII videos watched live: how late their frames come, and what it costs."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
from imageio_ffmpeg import get_ffmpeg_exe

from tests.support.server import Client, Server

from .audience import watched
from .bench import Probe, Row, percentile, photoai

FPS, CLIP_SEC, WATCHED_SEC = 25, 25, 15
ROOM = {"ASCII_VIEWERS_PER_USER": "200", "ASCII_VIEWERS_MAX": "200", "VIDEO_MAX_FILE_MB": "200"}


def ascii_live() -> Iterator[Row]:
    """50 viewers of one video, none in step with another, then 8 of different videos."""
    with tempfile.TemporaryDirectory() as folder, photoai(settings=ROOM) as server:
        serg = server.session("serg")
        files = [_kept(serg, _clip(Path(folder), hue)) for hue in range(8)]
        yield from _measured(server, serg, "50 of one file", files[:1] * 50)
        yield from _measured(server, serg, "8 of 8 files", files)
        yield from _measured(server, serg, "8 of 8 files, true colour", files, color="true")
        serg.close()


def _measured(
    server: Server, serg: Client, who: str, files: list[str], **settings: str
) -> Iterator[Row]:
    def row(figure: str, measured: float, unit: str, budget: str = "") -> Row:
        return Row("ascii_live", f"{figure}, {who}", measured, unit, "", budget)

    _until_alone(server)
    before = server.rss_bytes()
    with Probe(server.url, every_sec=0.05) as probe, _Weigher(server) as weigher:
        token = str(serg.headers["Authorization"])
        began = time.monotonic()
        crowd = watched("127.0.0.1", server.port, token, files, WATCHED_SEC, **settings)
        took = time.monotonic() - began
    late_ms = [each for frames in crowd for each in _late_ms(frames)]
    due = sum(frames[-1][1] - frames[0][1] + 1 for frames in crowd)
    yield row("late, p50", percentile(late_ms, 50), "ms")
    yield row("late, p99", percentile(late_ms, 99), "ms")
    yield row("late, the latest", max(late_ms), "ms", "≤ 100")
    yield row("frames seen", 100 * len(late_ms) / due, "%", "100")
    yield row("web process", 100 * weigher.own_sec / took, "% CPU")
    yield row("its children", 100 * weigher.childrens_sec / took, "% CPU")
    yield row("web process, grown", (weigher.own_bytes - before) / 1e6, "MB")
    yield row("its children", weigher.childrens_bytes / 1e6, "MB RSS")
    yield row("/healthz meanwhile, p99", percentile(probe.ms, 99), "ms")


def _late_ms(frames: list[tuple[float, int]]) -> list[float]:
    """By the clock of the frame that came soonest."""
    begin = min(at - number / FPS for at, number in frames)
    return [(at - number / FPS - begin) * 1000 for at, number in frames]


class _Weigher(Probe):
    """What the server uses, as often as a probe asks."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.url, every_sec=0.25)
        self._server = server.worker
        self._began = sum(self._server.cpu_times()[:2])
        self._children: dict[psutil.Process, float] = {}
        self.own_sec, self.own_bytes, self.childrens_bytes = 0.0, 0, 0

    @property
    def childrens_sec(self) -> float:
        return sum(self._children.values())

    def _ask(self) -> None:
        while not self._stop.wait(self.every_sec):
            self.own_sec = sum(self._server.cpu_times()[:2]) - self._began
            self.own_bytes = max(self.own_bytes, self._server.memory_info().rss)
            weight = 0
            for child in self._server.children(recursive=True):
                with suppress(psutil.Error):
                    self._children[child] = sum(child.cpu_times()[:2])
                    weight += child.memory_info().rss
            self.childrens_bytes = max(self.childrens_bytes, weight)


def _until_alone(server: Server) -> None:
    """Those before are gone, and a child of each kind is ready."""
    deadline = time.monotonic() + 20
    while len(server.worker.children(recursive=True)) > 2 and time.monotonic() < deadline:
        time.sleep(0.1)


def _clip(folder: Path, hue: int) -> Path:
    path = folder / f"{hue}.mp4"
    picture = f"testsrc2=s=1280x720:r={FPS}:d={CLIP_SEC},hue=h={hue * 40}"
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", picture]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, *coding, path], check=True)
    return path


def _kept(client: Client, path: Path) -> str:
    with path.open("rb") as file:
        answer = client.post("/api/v1/files", files={"file": file})
    answer.raise_for_status()
    return str(answer.json()["id"])

"""The one home of running ffmpeg: guarded, watched, bounded.

Everything ffmpeg opens goes through `strangers` (a clip somebody sent: one demuxer, files only) or
`ours` (a file we wrote). It runs in its caller's process group, dies with its caller (`leash.py`),
inherits the caller's limits of memory and processor time, and is killed when it is late, silent
for too long, or has written too much. Whoever wants to know of every run listens to
`telling_of_runs`.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from photoai.errors import (
    ClipSoundChanges,
    ClipUnreadable,
    PhotoaiError,
    RenderFailed,
    RenderOutOfRoom,
)

from .facts import ALL_DEMUXERS
from .pipes import Pipes

log = logging.getLogger(__name__)

Report = Callable[[float, float | None], None]  # the part done (0 to 1), seconds left

LEASH = str(Path(__file__).with_name("leash.py"))
QUIET, CHATTY = "error", "info"
ALWAYS = ("-nostdin", "-hide_banner", "-nostats", "-y")
PROGRESS = ("-progress", "pipe:1", "-stats_period", "0.25")
STALL_SEC = 60.0
MAX_OUTPUT_BYTES = 4 << 30
LAST_LINES = 100
NOTHING_DECODED = 69  # ffmpeg's exit code when most of an input could not be decoded
# What its words mean when it fails.
SAID: dict[str, type[PhotoaiError]] = {
    "No space left on device": RenderOutOfRoom,
    "Changing audio frame properties on the fly is not supported": ClipSoundChanges,
}
# One in quotes may hold anything; `kb/s` is none.
PATH = re.compile(r"(?<=')(?:file:)?/[^'\n]+(?=')|(?<![\w)])(?:file:)?/[^\s'\":,\]]+")


@dataclass(frozen=True)
class Run:
    """One run of ffmpeg that has ended: what for, how, and its own last words without paths."""

    operation: str
    duration_sec: float
    exit_code: int
    words: str


_listeners: list[Callable[[Run], None]] = []


@contextmanager
def telling_of_runs(tell: Callable[[Run], None]) -> Iterator[None]:
    """Every `run` of this process that ends meanwhile is told, failed ones before they raise."""
    _listeners.append(tell)
    try:
        yield
    finally:
        _listeners.remove(tell)


def strangers(path: Path, container: str, *options: str) -> list[str]:
    """The arguments of an input somebody sent, opened by its own demuxer and no other; `container`
    is a key of `ALL_DEMUXERS`."""
    demuxer = ALL_DEMUXERS[container]
    guarded = ["-protocol_whitelist", "file", "-format_whitelist", demuxer.names]
    return [*options, *guarded, "-f", demuxer.short, "-i", f"file:{path}"]


def ours(path: Path, demuxer: str, *options: str) -> list[str]:
    """The arguments of an input we wrote ourselves."""
    return [*options, "-protocol_whitelist", "file", "-f", demuxer, "-i", f"file:{path}"]


def run(
    arguments: Sequence[str],
    *,
    deadline: float,
    total_sec: float | None = None,
    total_frames: int | None = None,
    report: Report | None = None,
    max_output_bytes: int = MAX_OUTPUT_BYTES,
    stall_sec: float = STALL_SEC,
    feed: Iterable[bytes | memoryview] | None = None,
    program: str | None = None,
    operation: str = "render",
    loglevel: str | None = None,
) -> list[str]:
    """Run ffmpeg to its end; the last lines it said, nothing but errors unless it is CHATTY, as it
    is where somebody listens. `deadline` is a time of `time.monotonic`; `total_sec` or
    `total_frames` is how much it will write, for the progress (with `-copyts` the seconds it tells
    are no good); `feed` goes to its standard input; `operation` is what those who listen are told
    it was for.

    Raises:
        RenderFailed: it failed, hung or wrote too much; its own words are in the log.
        RenderOutOfRoom: the disk is full.
        ClipUnreadable: most of what it was given could not be decoded.
        ClipSoundChanges: sound that is filtered came in other channels midway.
        NotInTime: the deadline passed.
    """
    progress = _Progress(total_sec, total_frames, report)
    loglevel = loglevel or (CHATTY if _listeners else QUIET)
    command = _command(program, max_output_bytes, (*PROGRESS, *arguments), loglevel)
    began = time.monotonic()
    with _started(command, feed is not None) as process:
        pipes = Pipes(process, deadline, stall_sec, iter(feed) if feed is not None else None)
        last: deque[str] = deque(maxlen=LAST_LINES)
        try:
            for name, line in pipes.lines():
                if name == "stderr":
                    last.append(line)
                elif progress.moved(line):
                    pipes.alive()
            pipes.wait()
        finally:
            _kill(process)
            words = PATH.sub("…", "\n".join(last))
            if process.returncode:
                log.warning("ffmpeg ended with %s: %s", process.returncode, words)
            _told(Run(operation, time.monotonic() - began, process.returncode, words))
    _judge(process.returncode, last, max_output_bytes)
    return list(last)


def pictures(
    arguments: Sequence[str], size_bytes: int, *, deadline: float, program: str | None = None
) -> Generator[bytes, None, None]:
    """What ffmpeg writes to `pipe:1`, in pieces of exactly `size_bytes`; a rest is dropped.

    Raises:
        RenderFailed, RenderOutOfRoom, ClipUnreadable, NotInTime: as `run`.
    """
    command = _command(program, MAX_OUTPUT_BYTES, arguments)
    with _started(command, False) as process:
        pipes = Pipes(process, deadline, STALL_SEC)
        rest = bytearray()
        try:
            for name, piece in pipes.pieces():
                if name != "stdout":
                    continue
                pipes.alive()
                rest += piece
                whole = len(rest) - len(rest) % size_bytes
                with memoryview(rest) as view:
                    taken = bytes(view[:whole])
                del rest[:whole]
                for at in range(0, whole, size_bytes):
                    yield taken[at : at + size_bytes]
                pipes.alive()  # whoever took them may have taken their time
            pipes.wait()
        finally:
            _kill(process)
    _judge(process.returncode, (), MAX_OUTPUT_BYTES)


@lru_cache
def binary() -> str:
    """The ffmpeg that came with imageio-ffmpeg."""
    from imageio_ffmpeg import get_ffmpeg_exe

    return get_ffmpeg_exe()


@lru_cache
def ffmpeg_version() -> str:
    """Its version as it says it, such as `n9.0.2-17-g2a571b6068-20260930`."""
    return _answer("-version").split()[2]


@lru_cache
def has_filter(name: str) -> bool:
    """Whether this build of ffmpeg has a filter."""
    return re.search(rf"^ \S+ +{re.escape(name)} ", _answer("-filters"), re.M) is not None


def _answer(question: str) -> str:
    command = [binary(), "-hide_banner", question]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
    return said.stdout


def _told(run: Run) -> None:
    for tell in _listeners:
        tell(run)


def _command(
    program: str | None, max_bytes: int, arguments: Sequence[str], loglevel: str = QUIET
) -> list[str]:
    leash = [sys.executable, "-I", "-S", LEASH, str(os.getpid()), str(max_bytes)]
    return [*leash, program or binary(), *ALWAYS, "-loglevel", loglevel, *arguments]


def _started(command: Sequence[str], fed: bool) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program and arguments
        command,
        stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


def _judge(code: int, last: Iterable[str], max_output_bytes: int) -> None:
    if code == 0:
        return
    if code == -signal.SIGXFSZ:
        raise RenderFailed(details={"max_output_bytes": max_output_bytes})
    if code == NOTHING_DECODED:
        raise ClipUnreadable
    for words, error in SAID.items():
        if any(words in line for line in last):
            raise error
    raise RenderFailed


class _Progress:
    """Reads ffmpeg's `key=value` lines and tells how far it is."""

    def __init__(
        self, total_sec: float | None, total_frames: int | None, report: Report | None
    ) -> None:
        self._whole = {"out_time_us": total_sec and total_sec * 1e6, "frame": total_frames}
        self._report = report
        self._started = time.monotonic()
        self._seen: dict[str, str] = {}

    def moved(self, line: str) -> bool:
        """Whether this line shows that something was done since the last one of its kind."""
        key, _, value = line.partition("=")
        if key not in ("frame", "out_time_us", "total_size") or self._seen.get(key) == value:
            return False
        self._seen[key] = value
        if self._report and (whole := self._whole.get(key)) and value.isdigit():
            self._report(*self._outlook(int(value) / whole))
        return True

    def _outlook(self, part: float) -> tuple[float, float | None]:
        part = min(part, 1.0)
        spent = time.monotonic() - self._started
        return part, spent * (1 - part) / part if part > 0 else None

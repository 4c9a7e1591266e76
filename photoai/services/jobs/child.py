"""CPU work of a job in a process of its own: one child, one process group, no database.

The parent writes an order as JSON to the child's standard input; the child answers with one JSON
object per line: `{"progress", "stage", "eta_sec"}` while it works, `{"told": {…}}` with what its
parent may want to know before the end, then `{"done": {…}}` or
`{"error": {"code", "message", "details"}}`. Both sides stand here, so that they cannot drift apart.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photoai.config import ROOT
from photoai.errors import ChildFailed, NotInTime, PhotoaiError, error_named

PR_SET_PDEATHSIG = 1  # prctl(2)
TERM_GRACE_SEC, APART_GRACE_SEC = 1.0, 10.0
LOOK_SEC = 0.2
LONGEST_LINE = 1 << 20
NICENESS = 10
# What is too late ends inside first: there it is known what was waited for.
LAST_WORDS_SEC = 3.0
PROCESSORS = 16  # at once: more seconds of theirs than by the clock
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")

Report = Callable[[float, str, float | None], None]
Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Limits:
    """What a child may use: address space, CPU seconds, seconds by the clock."""

    memory_bytes: int = 2 << 30
    cpu_sec: int = 1800
    wall_sec: float = 600.0

    @classmethod
    def until(cls, deadline: float, memory_bytes: int) -> Limits:
        """Those of work that itself ends at `deadline`, a `time.monotonic()` value."""
        left_sec = max(1.0, deadline - time.monotonic())
        return cls(memory_bytes, round(left_sec * PROCESSORS), left_sec + LAST_WORDS_SEC)


class Child:
    """The parent's side. `work` is `package.module:function`, called as
    `function(params, folder, voice)` in the child, a `Voice`; `folder` is the attempt's own.
    `start` gives the process that will be it."""

    def __init__(
        self,
        work: str,
        params: Mapping[str, Any],
        folder: Path,
        limits: Limits | None = None,
        start: Callable[[], subprocess.Popen[bytes]] | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._start = start or start_child
        self._order = {"work": work, "params": dict(params), "folder": str(folder)}
        self._process: subprocess.Popen[bytes] | None = None
        self._late = threading.Event()

    def run(self, report: Report, tell: Tell = lambda facts: None) -> dict[str, Any]:
        """Run to the end and return what the work returned. Either callback may raise to end it.

        Raises:
            NotInTime: the wall clock ran out.
            ChildFailed: the child died without an answer.
            PhotoaiError: what the work itself raised.
        """
        order = {**self._order, "limits": vars(self._limits), "parent": os.getpid()}
        with self._start() as self._process:
            timer = threading.Timer(self._limits.wall_sec, self._time_out)
            timer.daemon = True
            timer.start()
            try:
                end = self._listen(self._process, order, report, tell)
            finally:
                timer.cancel()
                self.kill()
        return self._judged(end)

    def kill(self) -> None:
        """End the whole process group: TERM, a second, KILL. Fine to call twice."""
        if self._process is None:
            return
        for signum in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signum)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(TERM_GRACE_SEC)

    def _time_out(self) -> None:
        self._late.set()
        self.kill()

    def _listen(
        self, process: subprocess.Popen[bytes], order: Mapping[str, Any], report: Report, tell: Tell
    ) -> dict[str, Any]:
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise ChildFailed
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(order).encode() + b"\n")
            stdin.close()
        while line := stdout.readline(LONGEST_LINE):
            said = _understood(line)
            if "done" in said or "error" in said:
                return said
            if "told" in said:
                tell(said["told"])
            if "progress" in said:
                report(said["progress"], said.get("stage", ""), said.get("eta_sec"))
        return {}

    def _judged(self, end: Mapping[str, Any]) -> dict[str, Any]:
        if self._late.is_set():
            raise NotInTime
        if "error" in end:
            raise error_named(*map(end["error"].get, ("code", "message", "details")))
        if "done" not in end:
            code = self._process.returncode if self._process else None
            raise ChildFailed(f"The process that worked on this job ended with {code}.")
        return dict(end["done"])


def start_child(modules: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """A child that loads the modules and waits for its order; it goes when its standard input is
    closed before one came."""
    # By its path and without its folder on the path: as a module it would bring all the services
    # and the database with it.
    return subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-P", __file__, *modules],
        cwd=ROOT,
        env=_harmless_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def run_apart(arguments: Sequence[str], give_up: Callable[[], bool]) -> int:
    """Run this program once more, with `arguments` after those it was started with; the exit code
    of that process, which is told to end when `give_up()` turns true, and soon made to."""
    with (
        subprocess.Popen(  # noqa: S603 - our own interpreter and program
            [sys.executable, *sys.orig_argv[1:], *arguments], stdin=subprocess.DEVNULL
        ) as process
    ):
        while not give_up():
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(LOOK_SEC)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(APART_GRACE_SEC)
        process.kill()
        return process.wait()


def _harmless_environment() -> dict[str, str]:
    """None of the server's secrets: what is worked on comes from strangers."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT)}


def _understood(line: bytes) -> dict[str, Any]:
    """A line of the protocol; anything else a library printed is nothing to us."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


# The child's side


def main() -> int:
    """Load what is named, read the order, do the work, say the end."""
    os.nice(NICENESS)
    say = _speaker()
    for name in sys.argv[1:]:
        importlib.import_module(name)
    line = sys.stdin.readline()
    if not line:
        return 0  # nobody needs this one
    order = json.loads(line)
    die_with(order["parent"])
    signal.signal(signal.SIGTERM, _take_the_group_along)
    _limit(order["limits"])
    module, _, function = order["work"].partition(":")

    try:
        work = getattr(importlib.import_module(module), function)
        say({"done": work(order["params"], Path(order["folder"]), Voice(say))})
    except PhotoaiError as error:
        about = {"code": error.code, "message": error.message, "details": error.details}
        say({"error": about})
    return 0


class Voice:
    """How work in a child is heard by its parent: called with how far it is (a fraction from 0 to
    1, the stage, the seconds still to go when they are known), and told facts."""

    def __init__(self, say: Callable[[Mapping[str, Any]], None]) -> None:
        self._say = say

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None:
        self._say({"progress": fraction, "stage": stage, "eta_sec": eta_sec})

    def tell(self, facts: Mapping[str, Any]) -> None:
        self._say({"told": dict(facts)})


def _speaker() -> Callable[[Mapping[str, Any]], None]:
    """Our own way out; whatever else prints to standard output lands in standard error."""
    wire, one_at_a_time = os.fdopen(os.dup(1), "w", buffering=1), threading.Lock()
    os.dup2(2, 1)

    def say(words: Mapping[str, Any]) -> None:
        with one_at_a_time:
            wire.write(json.dumps(words) + "\n")

    return say


def die_with(parent: int) -> None:
    """Ask the kernel to be ended when the process that started this one is."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we could ask to be told
        os._exit(1)


def _take_the_group_along(signum: int, frame: object) -> None:
    os.killpg(0, signal.SIGKILL)


def _limit(limits: Mapping[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_sec"],) * 2)


if __name__ == "__main__":
    sys.exit(main())

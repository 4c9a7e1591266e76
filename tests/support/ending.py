"""Ending a process, whatever state it is in."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress


def end(process: subprocess.Popen[bytes], *asked: signal.Signals, patience_sec: float = 5.0) -> int:
    """Send what it is `asked` with, one signal after the other while it goes on, and SIGKILL at
    last; its exit code. Each of them has `patience_sec`."""
    for sign in (*asked, signal.SIGKILL):
        process.send_signal(sign)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(patience_sec)
    raise AssertionError(f"Process {process.pid} cannot be ended: {process.args!r}")

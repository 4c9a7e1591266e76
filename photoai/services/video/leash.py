"""A program on a leash: it is killed when whoever started it dies, and no file of its grows past
a limit. Started as `python -I -S leash.py PARENT MAX_FILE_BYTES PROGRAM ARGUMENTS…`, it becomes
PROGRAM.

A process of its own, not a `preexec_fn`: that would run Python between fork and exec while other
threads of the parent may hold any lock. It imports nothing of ours, so that it starts at once.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); what is asked for here survives exec


def main(parent: str, max_file_bytes: str, *command: str) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before we could ask to be told
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(max_file_bytes),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for ignored_by_python in (signal.SIGXFSZ, signal.SIGPIPE):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(*sys.argv[1:])

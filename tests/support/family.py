"""The processes a process has started, though they come and go while one looks."""

from __future__ import annotations

from contextlib import suppress

import psutil


def encoders(of: psutil.Process) -> list[psutil.Process]:
    """Those of its children, and theirs, that are ffmpeg."""
    found = []
    for process in of.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "ffmpeg" in process.name():
                found.append(process)
    return found

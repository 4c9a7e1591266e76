"""The processes a process has started, though they come and go while one looks."""

from __future__ import annotations

from contextlib import suppress

import psutil


def encoders(of: psutil.Process, word: str = "") -> list[psutil.Process]:
    """Those of its children, and theirs, that are ffmpeg and were started with that word."""
    found = []
    for process in of.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "ffmpeg" in process.name() and any(word in each for each in process.cmdline()):
                found.append(process)
    return found

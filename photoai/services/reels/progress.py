"""How far an analysis is. A model says nothing of it: while one watches, the bar goes the slower
the longer it takes, and never reaches what comes next."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from photoai.errors import PhotoaiError
from photoai.services.jobs import Run

PREPARING, SENDING = "preparing", "sending"
MEASURED_FROM, MEASURED_TO = 0.02, 0.2
SENT, WATCHED, CHECKED = 0.3, 0.9, 0.95
TICK_SEC = 1.0
# What a model usually takes for a video of this length.
WATCHING_SEC, WATCHING_SEC_PER_SEC = 10.0, 0.25


def while_measuring(fraction: float) -> float:
    """Of the whole, when so much of the video is measured."""
    return MEASURED_FROM + (MEASURED_TO - MEASURED_FROM) * fraction


@contextmanager
def ticking(run: Run, stage: str, duration_sec: float) -> Iterator[None]:
    """Inside a model watches a video of this length."""
    usual_sec = WATCHING_SEC + WATCHING_SEC_PER_SEC * duration_sec
    over = threading.Event()

    def tick() -> None:
        spent_sec = 0.0
        # Whatever is the matter is the matter with the job, too.
        with suppress(PhotoaiError):
            while not over.wait(TICK_SEC):
                spent_sec += TICK_SEC
                part = 1 - math.exp(-spent_sec / usual_sec)
                run.progress(SENT + (WATCHED - SENT) * part, stage)

    run.progress(SENT, stage)
    thread = threading.Thread(target=tick, name="reel-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()

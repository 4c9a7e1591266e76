"""What a process does again and again beside everything else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


def every(seconds: float, work: Callable[[], None], *, name: str, until: threading.Event) -> None:
    """Do the work in a thread of its own, the first time after so many seconds and then again and
    again, until the event is set. What it raises is logged and ends nothing."""

    def forever() -> None:
        while not until.wait(seconds):
            try:
                work()
            except Exception:
                log.exception("background_failed", extra={"fields": {"part": name}})

    threading.Thread(target=forever, name=name, daemon=True).start()

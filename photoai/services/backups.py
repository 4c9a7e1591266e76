"""One copy of the embedded database a day, made while photos go on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from photoai.backups import Backups, Reason
from photoai.config import Config
from photoai.errors import PhotoaiError
from photoai.offload import Offload, run_here
from photoai.services.background import every
from photoai.services.metrics import Metrics

LOOK_EVERY_SEC = 10.0
EVERY = timedelta(days=1)
# After one that failed: a disk that is full now is still full in ten seconds.
AGAIN_AFTER_SEC = 3600.0
log = logging.getLogger(__name__)


class DailyBackup:
    """What is due is read from the copies there are, so that a day without a server is made up
    for at its start. A database that is not embedded is somebody else's to copy."""

    def __init__(self, config: Config, metrics: Metrics, offload: Offload = run_here) -> None:
        self._copies = Backups.of(config) if config.on_sqlite else None
        self._metrics = metrics
        self._offload = offload
        self._not_before = 0.0  # monotonic
        self._stopped = threading.Event()

    def start(self, on_duty: Callable[[], bool]) -> None:
        """Look now and then in the background, while `on_duty()` says this process should."""

        def look() -> None:
            if on_duty():
                self._make_up_or_say()

        every(LOOK_EVERY_SEC, look, name="backups", until=self._stopped)

    def stop(self) -> None:
        self._stopped.set()

    def newest(self) -> dict[str, datetime]:
        """When the last copy for each reason was made."""
        kept = self._copies.kept() if self._copies else []
        return {each.reason: each.made for each in reversed(kept)}

    def make_up(self) -> Path | None:
        """Today's copy, when there is none yet.

        Raises:
            BackupFailed, DatabaseDamaged
        """
        began = time.monotonic()
        if self._copies is None or began < self._not_before:
            return None
        self._not_before = began + AGAIN_AFTER_SEC  # until it went well
        path: Path | None = None
        if self._due():
            path = self._offload(self._copies.take, Reason.DAILY)
            facts = {"name": path.name, "ms": round((time.monotonic() - began) * 1000)}
            log.info("backup_made", extra={"fields": facts})
        self._not_before = began
        return path

    def _due(self) -> bool:
        last = self.newest().get(Reason.DAILY)
        # One of tomorrow's was made before the clock was put right.
        return last is None or not timedelta(0) <= datetime.now(UTC) - last < EVERY

    def _make_up_or_say(self) -> None:
        try:
            self.make_up()
        except PhotoaiError as error:
            self._metrics.backups_failed.inc()
            log.error("backup_failed", extra={"fields": {"code": error.code, **error.details}})

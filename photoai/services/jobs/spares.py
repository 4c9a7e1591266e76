"""Children started ahead of their work: what they load takes longer than many a job."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import threading
from collections.abc import Sequence

from .child import start_child

KEPT_SEC, LEAVES_SEC = 120.0, 5.0
log = logging.getLogger(__name__)


class Spares:
    """After a child's work another one is started, with the same modules loaded, and kept for a
    while. Each does one job only: what a stranger's file did to it ends with it."""

    def __init__(self, modules: Sequence[str], kept_sec: float = KEPT_SEC) -> None:
        self._modules = tuple(modules)
        self._kept_sec = kept_sec
        self._lock = threading.Lock()
        self._spare: subprocess.Popen[bytes] | None = None
        self._wanted = threading.Event()
        self._closed = False
        self._keeper: threading.Thread | None = None

    def take(self) -> subprocess.Popen[bytes]:
        """The one that waits, or a new one; who takes it ends it."""
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None and spare.poll() is None:
            return spare
        _leave(spare)
        return start_child(self._modules)

    def prepare(self) -> None:
        """There may soon be more work of the kind."""
        with self._lock:
            if self._closed:
                return
            # The kernel ends a child with the thread that started it (prctl(2), PR_SET_PDEATHSIG):
            # that must be one that stays.
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="spares", daemon=True)
                self._keeper.start()
        self._wanted.set()

    def close(self) -> None:
        """Keep none any more."""
        with self._lock:
            self._closed = True
            spare, self._spare = self._spare, None
        self._wanted.set()
        _leave(spare)

    def _keep(self) -> None:
        while not self._closed:
            wanted = self._wanted.wait(self._kept_sec)
            self._wanted.clear()
            unused = None
            with self._lock:
                if not wanted:
                    unused, self._spare = self._spare, None
                elif self._spare is None and not self._closed:
                    self._spare = self._started()
            _leave(unused)

    def _started(self) -> subprocess.Popen[bytes] | None:
        try:
            return start_child(self._modules)
        except OSError:  # out of processes or memory: whoever has work will hear of it
            log.warning("no child could be started ahead", exc_info=True)
            return None


def _leave(spare: subprocess.Popen[bytes] | None) -> None:
    """Its input is closed, at which it goes."""
    if spare is None:
        return
    with spare:
        if spare.stdin is not None:
            spare.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            spare.wait(LEAVES_SEC)
            return
        spare.kill()

"""Events between processes: PostgreSQL says which row changed, to everybody who listens.

The triggers of revisions 0004 and 0010 call `pg_notify('photoai', 'job USER_ID JOB_ID')`, `'slot
USER_ID SLOT_ID'` or `'account USER_ID'` in the very transaction that changes the row, so no writer
can forget it.
"""

from __future__ import annotations

import logging
import random
import threading
import time

from photoai.db import Database

from .local import LocalEvents

CHANNEL = "photoai"
WAIT_SEC = 0.5  # how long a stop may have to wait
CHECK_EVERY_SEC = 15.0
FIRST_PAUSE_SEC, LONGEST_PAUSE_SEC = 0.1, 10.0
log = logging.getLogger(__name__)


class PostgresEvents(LocalEvents):
    """The same events, heard from everywhere: one thread listens and publishes here.

    A connection that ended, or that does not answer when asked every so often, is opened anew;
    then everybody is nudged, for nobody knows what was missed.
    """

    def __init__(self, database: Database, check_every_sec: float = CHECK_EVERY_SEC) -> None:
        super().__init__()
        engine = database.engine
        self._address = engine.dialect.create_connect_args(engine.url)
        self._check_every_sec = check_every_sec
        self._stopped = threading.Event()
        self._connected = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._forever, name="listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(2 * WAIT_SEC)

    @property
    def hears_all(self) -> bool:
        return self._connected

    def _forever(self) -> None:
        pause_sec = FIRST_PAUSE_SEC
        while not self._stopped.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - listening goes on whatever it was
                pause_sec = FIRST_PAUSE_SEC if self._connected else pause_sec * 2
                log.warning("listener_lost", extra={"fields": {"error": type(error).__name__}})
            self._connected = False
            # Full jitter, so that processes that lost their server together do not return so.
            self._stopped.wait(random.uniform(0, min(pause_sec, LONGEST_PAUSE_SEC)))  # noqa: S311

    def _listen(self) -> None:
        """Pass on what is heard until the stop; raises when the connection is of no use."""
        from .link import Link  # the driver is not loaded on SQLite

        arguments, options = self._address
        with Link(*arguments, **options) as link:
            link.ask(f"LISTEN {CHANNEL}")
            self._connected = True
            self.wake_everybody()
            asked = time.monotonic()
            while not self._stopped.is_set():
                for payload in link.heard(WAIT_SEC):
                    self._pass_on(payload)
                if time.monotonic() - asked >= self._check_every_sec:
                    link.ask("SELECT 1")
                    asked = time.monotonic()

    def _pass_on(self, payload: str) -> None:
        table, _, key = payload.partition(" ")
        user_id, _, row_id = key.partition(" ")
        if table == "job" and row_id.isdigit():
            self.publish(int(row_id))
        elif table == "slot" and user_id.isdigit():
            self.publish_slot(int(user_id), row_id)
        elif table == "account" and user_id.isdigit():
            self.publish_account(int(user_id))

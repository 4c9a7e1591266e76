"""A connection to PostgreSQL on which every wait has an end.

psycopg2's asynchronous mode, polled here: it is the same with and without its wait callback, and
libpq's own connect time-out would not count under one.
"""

from __future__ import annotations

import select
import time
from types import TracebackType
from typing import Any

import psycopg2
from psycopg2 import extensions

from photoai.db import POSTGRES_PATIENCE

ANSWER_SEC = 5.0


class Link:
    """Made of what `psycopg2.connect` takes; commits every statement by itself. Use as a context
    manager.

    Raises:
        psycopg2.Error: in every method, also when there is no answer within ANSWER_SEC.
    """

    def __init__(self, *address: Any, **options: Any) -> None:
        named = {"application_name": "photoai listener", **POSTGRES_PATIENCE, **options}
        self._connection = psycopg2.connect(*address, **named, async_=1)
        try:
            self._finish()
        except BaseException:
            self._connection.close()
            raise

    def ask(self, statement: str) -> None:
        """Run a statement for its effect."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            self._finish()

    def heard(self, timeout_sec: float) -> list[str]:
        """What was notified since the last call, waiting so long for a first word."""
        if not self._connection.notifies:
            select.select([self._connection], [], [], timeout_sec)
            self._finish()
        words = [notify.payload for notify in self._connection.notifies]
        self._connection.notifies.clear()
        return words

    def _finish(self) -> None:
        deadline = time.monotonic() + ANSWER_SEC
        while (state := self._connection.poll()) != extensions.POLL_OK:
            left = deadline - time.monotonic()
            if left <= 0:
                raise psycopg2.OperationalError("PostgreSQL does not answer.")
            readers = [self._connection] if state == extensions.POLL_READ else []
            writers = [self._connection] if state == extensions.POLL_WRITE else []
            select.select(readers, writers, [], left)

    def __enter__(self) -> Link:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

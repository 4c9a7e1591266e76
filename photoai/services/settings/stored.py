"""The table of settings; a row's key is the setting's path in the API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table, delete, select

from photoai.db import Database, Executor, put
from photoai.errors import DatabaseBusy
from photoai.models import Setting
from photoai.services.clock import utcnow

# How long what was read is believed: what another process changed counts then.
BELIEVED_SEC = 1.0
TABLE = cast(Table, Setting.__table__)


class Stored:
    def __init__(self, database: Database) -> None:
        self._db = database
        self._known: Mapping[str, Any] | None = None
        self._believed_until = 0.0  # a `time.monotonic()` value
        self._forgotten = 0

    def values(self) -> Mapping[str, Any]:
        """Everything stored, by its path.

        Raises:
            DatabaseBusy: nothing was ever read; later on the last values hold through a bad minute.
        """
        if self._known is None or time.monotonic() > self._believed_until:
            return self._read()
        return self._known

    def forget(self) -> None:
        """Read again before anything more is said: something has changed."""
        self._forgotten += 1
        self._believed_until = 0.0

    def _read(self) -> Mapping[str, Any]:
        forgotten = self._forgotten
        try:
            with self._db.look() as connection:
                rows = connection.execute(select(TABLE.c.key, TABLE.c.value)).all()
        except DatabaseBusy:
            if self._known is None:
                raise
            self._believed_until = time.monotonic() + BELIEVED_SEC
            return self._known
        values = {row.key: row.value for row in rows}
        if forgotten == self._forgotten:  # else this may be what stood there before
            self._known, self._believed_until = values, time.monotonic() + BELIEVED_SEC
        return values


def write(db: Executor, values: Mapping[str, Any]) -> None:
    """Store values by their paths; None removes one."""
    for path, value in values.items():
        if value is None:
            db.execute(delete(TABLE).where(TABLE.c.key == path))
            continue
        put(db, TABLE, {"key": path, "value": value, "updated_at": utcnow()})

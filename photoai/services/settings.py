"""Settings an operator changes while the server runs; they win over the environment."""

from __future__ import annotations

import time

from photoai.config import Config
from photoai.db import Database
from photoai.models import Setting

SYNC_RESPONSE_TIMEOUT = "sync_response_timeout_sec"


# How long a value read from the database is believed: what another process changed counts then.
BELIEVED_SEC = 1.0


class Settings:
    def __init__(self, database: Database, config: Config) -> None:
        self._db = database
        self._config = config
        self._timeout: tuple[float, float] | None = None  # value, believed until (monotonic)

    def key_of(self, provider_id: str) -> str:
        """The provider's key, empty when there is none."""
        return str(getattr(self._config, f"{provider_id}_api_key", ""))

    def sync_response_timeout_sec(self) -> float:
        """The booth's time-out, in seconds."""
        now = time.monotonic()
        if self._timeout is None or now > self._timeout[1]:
            with self._db.read() as session:
                stored = session.get(Setting, SYNC_RESPONSE_TIMEOUT)
            value = stored.value if stored else self._config.sync_response_timeout_sec
            self._timeout = (float(value), now + BELIEVED_SEC)
        return self._timeout[0]

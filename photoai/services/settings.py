"""Settings an operator changes while the server runs; they win over the environment."""

from __future__ import annotations

from photoai.config import Config
from photoai.db import Database
from photoai.models import Setting

SYNC_RESPONSE_TIMEOUT = "sync_response_timeout_sec"


class Settings:
    def __init__(self, database: Database, config: Config) -> None:
        self._db = database
        self._config = config

    def sync_response_timeout_sec(self) -> float:
        """The booth's time-out, in seconds."""
        with self._db.read() as session:
            stored = session.get(Setting, SYNC_RESPONSE_TIMEOUT)
        return float(stored.value if stored else self._config.sync_response_timeout_sec)

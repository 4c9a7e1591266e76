"""Logs: one event per line, as JSON, with fields. No secrets, no file names of guests."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from photoai.config import ROOT, Config


class JsonFormatter(logging.Formatter):
    """`{"time", "level", "event", …fields}`; a message of somebody else's is the event."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def logging_settings(config: Config) -> dict[str, Any]:
    """What `logging.config.dictConfig` is told, for us and for gunicorn alike."""
    handlers: dict[str, Any] = {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "stream": "ext://sys.stderr",
        }
    }
    if config.log_file:
        handlers["file"] = {
            "class": "logging.handlers.WatchedFileHandler",
            "formatter": "json",
            "filename": str(ROOT / config.log_file),
            "encoding": "utf-8",
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "photoai.logs.JsonFormatter"}},
        "handlers": handlers,
        "root": {"level": config.log_level.upper(), "handlers": list(handlers)},
        "loggers": {
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
            "alembic": {"level": "WARNING"},
            "PIL": {"level": "WARNING"},
            # It tells every step of every delivery; the job's end is told by us.
            "procrastinate": {"level": "WARNING"},
            "psycopg.pool": {"level": "ERROR"},
        },
    }

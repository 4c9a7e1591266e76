"""Answers given before: the same video, asked about in the same way, is not asked about again."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from photoai.db import Database, put
from photoai.models import Job, KnownAnalysis
from photoai.services.clock import utcnow

from .analysis import PROMPT_VERSION, Analysis
from .order import ReelOrder

FACTS = ("answer", "model", "model_version", "warnings")


class KnownAnswers:
    def __init__(self, database: Database, result_ttl_hours: int) -> None:
        self._db = database
        self._lives = timedelta(hours=result_ttl_hours)

    def find(self, sha256: str, order: ReelOrder, model: str) -> Analysis | None:
        """What this model has said of a video with this content, which costs nothing now."""
        with self._db.read() as session:
            row = session.get(KnownAnalysis, _digest(sha256, order, model))
        if row is None or row.at < utcnow() - self._lives:
            return None
        known: dict[str, Any] = {name: row.answer[name] for name in FACTS}
        return Analysis(**{**known, "warnings": tuple(known["warnings"])}, usage={}, cost=0.0)

    def remember(self, sha256: str, order: ReelOrder, job: Job, analysis: Analysis) -> None:
        """Under the model that gave it: the answer of another one than was asked first is not
        taken for its own."""
        row = {
            "digest": _digest(sha256, order, analysis.model),
            "job_id": job.public_id,
            "answer": {name: getattr(analysis, name) for name in FACTS},
            "at": utcnow(),
        }
        with self._db.transaction(durable=False) as db:
            put(db, KnownAnalysis, row)

    def forget_old(self) -> None:
        with self._db.begin(durable=False) as session:
            old = KnownAnalysis.at < utcnow() - self._lives
            session.execute(delete(KnownAnalysis).where(old))


def _digest(sha256: str, order: ReelOrder, model: str) -> str:
    """Of all an answer depends on."""
    asked = [sha256, PROMPT_VERSION, model, order.target_language, order.variants]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

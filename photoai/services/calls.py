"""Calls of providers that answer later: accepted now, delivered to an address of their own or
asked for again. The row outlives the process, so that a billed call is never made twice."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from photoai.db import Database
from photoai.errors import DeliveryForeign, DeliveryUnknown
from photoai.models import ProviderCall
from photoai.services.clock import utcnow

# How often the row is looked at: another process may have taken the delivery.
LOOK_SEC = 1.0
# No provider delivers after that, and no job is tried again.
FORGOTTEN_AFTER = timedelta(hours=1)


class Call:
    """One call on its way. `token` is part of the address deliveries come to, None when an earlier
    process has told the provider already; `request_id` is the provider's name for the call."""

    def __init__(
        self, database: Database, job_id: str, token: str | None, request_id: str | None
    ) -> None:
        self._db = database
        self._job_id = job_id
        self.token = token
        self.request_id = request_id
        self._delivered = threading.Event()

    def accepted(self, request_id: str) -> None:
        """The provider's answer to the call. What was delivered under another name was not ours."""
        self.request_id = request_id
        with self._db.begin() as session:
            row = session.get(ProviderCall, self._job_id, with_for_update=True)
            if row is None:
                return
            if row.request_id not in (None, request_id):
                row.answer = None
            row.request_id = request_id

    def delivered(self, until: float) -> Mapping[str, Any] | None:
        """What has been delivered; waits until `until`, a `time.monotonic()` value."""
        while True:
            with self._db.read() as session:
                row = session.get(ProviderCall, self._job_id)
            if row is None or row.answer is not None:
                return row.answer if row else None
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._delivered.wait(min(left, LOOK_SEC))
            self._delivered.clear()

    def nudge(self) -> None:
        self._delivered.set()


class Calls:
    def __init__(self, database: Database) -> None:
        self._db = database
        self._open: dict[str, Call] = {}

    @contextmanager
    def open(self, job_id: str, provider_id: str) -> Iterator[Call]:
        """The job's call at the provider: a new one, or the one a process died with. Leaving the
        block ends it, also by an error, but not by the end of its thread or process."""
        call = self._resumed(job_id, provider_id) or self._new(job_id, provider_id)
        self._open[job_id] = call
        try:
            yield call
        except Exception:
            self._end(job_id)
            raise
        else:
            self._end(job_id)
        finally:
            self._open.pop(job_id, None)

    def deliver(
        self, provider_id: str, token: str, request_id: str, answer: Mapping[str, Any]
    ) -> None:
        """Take what a provider sends to an address; the first delivery counts.

        Raises:
            DeliveryUnknown: nobody waits for anything there, or not any more.
            DeliveryForeign: it is of another call.
        """
        with self._db.begin() as session:
            row = (
                session.query(ProviderCall)
                .filter_by(token_digest=_digest(token), provider_id=provider_id)
                .with_for_update()
                .one_or_none()
            )
            if row is None:
                raise DeliveryUnknown
            if row.request_id not in (None, request_id):
                raise DeliveryForeign
            if row.answer is None:
                row.request_id, row.answer = request_id, dict(answer)
            job_id = row.job_id
        if call := self._open.get(job_id):
            call.nudge()

    def forget_old(self) -> None:
        """Drop the rows of calls whose process died and whose job was not tried again."""
        with self._db.begin() as session:
            session.execute(
                delete(ProviderCall).where(ProviderCall.created_at < utcnow() - FORGOTTEN_AFTER)
            )

    def _end(self, job_id: str) -> None:
        with self._db.begin() as session:
            session.execute(delete(ProviderCall).where(ProviderCall.job_id == job_id))

    def _resumed(self, job_id: str, provider_id: str) -> Call | None:
        with self._db.read() as session:
            row = session.get(ProviderCall, job_id)
        if row is None or row.provider_id != provider_id:
            return None
        return Call(self._db, job_id, None, row.request_id)

    def _new(self, job_id: str, provider_id: str) -> Call:
        token = secrets.token_urlsafe(32)
        with self._db.begin() as session:
            session.execute(delete(ProviderCall).where(ProviderCall.job_id == job_id))
            session.add(
                ProviderCall(
                    job_id=job_id,
                    provider_id=provider_id,
                    token_digest=_digest(token),
                    created_at=utcnow(),
                )
            )
        return Call(self._db, job_id, token, None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

"""Calls of providers that answer later: accepted now, delivered to an address of their own or
asked for again. The row lives as long as the job, not as an attempt of it or a process, so that a
billed call is never made twice."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Select, delete, select

from photoai.db import Database, Executor
from photoai.errors import DeliveryForeign, DeliveryUnknown, ProviderTimeout
from photoai.models import ProviderCall
from photoai.services.clock import utcnow

# How often the row is looked at: another process may have taken the delivery.
LOOK_SEC = 1.0
# No provider delivers after that, and no job is tried again.
FORGOTTEN_AFTER = timedelta(hours=1)


class Call:
    """One call on its way. `token` is part of the address deliveries come to, None when it was made
    by an earlier attempt; `request_id` is the provider's name for the call, once it is known."""

    def __init__(
        self, database: Database, job_id: str, digest: str, *,
        token: str | None = None, request_id: str | None = None,
    ) -> None:  # fmt: skip
        self._db = database
        self._job_id = job_id
        self.digest = digest
        self.token = token
        self.request_id = request_id
        self._delivered = threading.Event()

    def accepted(self, request_id: str) -> None:
        """The provider's answer to the call. What was delivered under another name was not ours."""
        self.request_id = request_id
        with self._db.begin() as session:
            row = session.scalar(self._row().with_for_update())
            if row is None:
                return
            if row.request_id not in (None, request_id):
                row.answer = None
            row.request_id = request_id

    def delivered(self, until: float) -> Mapping[str, Any] | None:
        """What has been delivered; waits until `until`, a `time.monotonic()` value.

        Raises:
            ProviderTimeout: the call is over; its job has ended.
        """
        while True:
            with self._db.read() as session:
                row = session.scalar(self._row())
            if row is None:
                raise ProviderTimeout(vendor="the call is over")
            self.request_id = row.request_id or self.request_id
            left = until - time.monotonic()
            if row.answer is not None or left <= 0:
                return row.answer
            self._delivered.wait(min(left, LOOK_SEC))
            self._delivered.clear()

    def not_taken(self) -> None:
        """The provider has said that it will not do it: another try calls anew."""
        with self._db.begin() as session:
            session.execute(
                delete(ProviderCall).where(
                    ProviderCall.job_id == self._job_id, ProviderCall.token_digest == self.digest
                )
            )

    def nudge(self) -> None:
        self._delivered.set()

    def _row(self) -> Select[ProviderCall]:
        return select(ProviderCall).where(
            ProviderCall.job_id == self._job_id, ProviderCall.token_digest == self.digest
        )


class Calls:
    def __init__(self, database: Database) -> None:
        self._db = database
        # By their tokens' digests, as long as anybody waits.
        self._waiting: WeakValueDictionary[str, Call] = WeakValueDictionary()

    def resumed(self, job_id: str, provider_id: str) -> Call | None:
        """The call an earlier attempt of the job has made, whatever became of that attempt."""
        with self._db.read() as session:
            row = session.get(ProviderCall, job_id)
        if row is None or row.provider_id != provider_id:
            return None
        return self._known(Call(self._db, job_id, row.token_digest, request_id=row.request_id))

    def begin(self, job_id: str, provider_id: str) -> Call:
        """A new call of the job's, about to be made."""
        token = secrets.token_urlsafe(32)
        row = ProviderCall(
            job_id=job_id,
            provider_id=provider_id,
            token_digest=_digest(token),
            created_at=utcnow(),
        )
        with self._db.begin() as session:
            session.execute(delete(ProviderCall).where(ProviderCall.job_id == job_id))
            session.add(row)
        return self._known(Call(self._db, job_id, row.token_digest, token=token))

    def end(self, db: Executor, job_id: str) -> None:
        """The job has ended, and with it its call."""
        db.execute(delete(ProviderCall).where(ProviderCall.job_id == job_id))

    def check_expected(self, provider_id: str, token: str) -> None:
        """Raises DeliveryUnknown: nobody waits for anything at this address, or not any more."""
        with self._db.read() as session:
            if session.scalar(_behind(provider_id, token)) is None:
                raise DeliveryUnknown

    def deliver(
        self, provider_id: str, token: str, request_id: str, answer: Mapping[str, Any]
    ) -> None:
        """Take what a provider sends to an address; the first delivery counts.

        Raises:
            DeliveryUnknown: nobody waits for anything there, or not any more.
            DeliveryForeign: it is of another call.
        """
        with self._db.begin() as session:
            row = session.scalar(_behind(provider_id, token).with_for_update())
            if row is None:
                raise DeliveryUnknown
            if row.request_id not in (None, request_id):
                raise DeliveryForeign
            if row.answer is None:
                row.request_id, row.answer = request_id, dict(answer)
        if call := self._waiting.get(_digest(token)):
            call.nudge()

    def forget_old(self) -> None:
        """Drop the rows of calls whose job has not ended in an hour."""
        with self._db.begin() as session:
            session.execute(
                delete(ProviderCall).where(ProviderCall.created_at < utcnow() - FORGOTTEN_AFTER)
            )

    def _known(self, call: Call) -> Call:
        self._waiting[call.digest] = call
        return call


def _behind(provider_id: str, token: str) -> Select[ProviderCall]:
    return select(ProviderCall).where(
        ProviderCall.token_digest == _digest(token), ProviderCall.provider_id == provider_id
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

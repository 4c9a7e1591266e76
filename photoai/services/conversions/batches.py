"""Conversions of several files with the same settings, ordered together.

Each file stands for itself: one that is no video, or for which the plan has no room any more,
leaves the others as they are and is told with its place among them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, BinaryIO, Protocol

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from photoai.db import Database
from photoai.errors import (
    BatchUnknown,
    FileMissing,
    FileNamedTwice,
    Invalid,
    PhotoaiError,
    QueueFull,
    TooLarge,
    TooMany,
    TooManyFiles,
    TooManyGuests,
    UnsupportedType,
    error_named,
)
from photoai.models import ConversionBatch, Job, JobState, Role, User, UserFile
from photoai.services.accounts import Caller, caller_of
from photoai.services.clock import utcnow
from photoai.services.files import Files, shown_name
from photoai.services.ingest import Form
from photoai.services.jobs import Wishes

from .conversions import Conversions
from .order import ConversionOrder

MOST_FILES = 20
REMEMBERED = timedelta(days=7)
# What is the matter with one file only.
OF_ONE_FILE = (Invalid, UnsupportedType, TooLarge, TooMany, TooManyGuests, QueueFull)


class FormOfFiles(Protocol):
    """A form with several files, read one after the other."""

    def next_file(self) -> str | None:
        """What the file that begins now is called; None after the last one. What is left of the
        one before is passed over."""

    def receive(self, data: BinaryIO, max_bytes: int) -> Form:
        """Write the file that has begun to `data`; the facts are its own."""

    def order(self) -> ConversionOrder:
        """What the fields say, once all files have come."""

    def wishes(self, digests: Sequence[str]) -> Wishes:
        """What is wished besides; `digests` stand for the contents of all files."""


@dataclass(frozen=True)
class Rejected:
    """A file of a batch that is not converted: its place in the form, what it is called, why."""

    index: int
    name: str
    error: PhotoaiError

    def as_json(self) -> dict[str, Any]:
        error = self.error
        about = {"code": error.code, "message": str(error.message), "details": error.details}
        return {"index": self.index, "name": self.name, **about}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Rejected:
        error = error_named(stored["code"], stored["message"], stored["details"])
        return cls(stored["index"], stored["name"], error)


@dataclass(frozen=True)
class Batch:
    """The jobs are in the order of their files."""

    id: str
    jobs: Sequence[Job]
    rejected: Sequence[Rejected]

    @property
    def total(self) -> int:
        return len(self.jobs) + len(self.rejected)

    @property
    def completed(self) -> int:
        return sum(job.state == JobState.SUCCEEDED for job in self.jobs)

    @property
    def has_ended(self) -> bool:
        return all(JobState(job.state).ended for job in self.jobs)


@dataclass
class _Arrived:
    """What has come of a form: files by their places, those not taken, what stands for each."""

    files: dict[int, UserFile] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    @contextmanager
    def noting(self, index: int, name: str) -> Iterator[None]:
        """What is the matter with this file alone is noted."""
        try:
            yield
        except OF_ONE_FILE as error:
            self.rejected.append(Rejected(index, shown_name(name), error))


class Batches:
    def __init__(self, database: Database, files: Files, conversions: Conversions) -> None:
        self._db = database
        self._files = files
        self._conversions = conversions

    def start(self, caller: Caller, form: FormOfFiles) -> Batch:
        """The batch of the form's files. Of one that is refused as a whole nothing is kept.

        Raises:
            whatever `form` raises
            FileMissing, TooManyFiles, FileNamedTwice
            IdempotencyKeyReused
            PhotoaiError: what is wrong with the first file, when none is taken.
        """
        arrived = _Arrived()
        try:
            self._receive(caller, form, arrived)
            order, wishes = form.order(), form.wishes(arrived.digests)
            if order.file_id is not None:
                raise FileNamedTwice
            return self._known(caller, wishes) or self._started(caller, order, arrived, wishes)
        finally:
            for file in arrived.files.values():
                self._files.withdraw(file)

    def get(self, caller: Caller, batch_id: str) -> Batch:
        """The caller's own. Raises BatchUnknown."""
        with self._db.read() as session:
            row = session.get(ConversionBatch, batch_id)
        if row is None or row.user_id != caller.id:
            raise BatchUnknown
        return self._of(row)

    def guest_of(self, batch_id: str) -> Caller:
        """Whose batch it is, of one that was ordered without an account. Raises BatchUnknown."""
        query = select(User).join(ConversionBatch, ConversionBatch.user_id == User.id)
        theirs = (ConversionBatch.id == batch_id, User.role == Role.GUEST, User.active)
        with self._db.read() as session:
            user = session.scalar(query.where(*theirs))
        if user is None:
            raise BatchUnknown
        return caller_of(user)

    def forget_old(self) -> None:
        """Drop what was ordered a week ago; its jobs stay."""
        old = ConversionBatch.created_at < utcnow() - REMEMBERED
        with self._db.begin(durable=False) as session:
            session.execute(delete(ConversionBatch).where(old))

    def _receive(self, caller: Caller, form: FormOfFiles, arrived: _Arrived) -> None:
        read: list[Form] = []

        def receive(data: BinaryIO, max_bytes: int) -> Form:
            read.append(self._conversions.received(caller, form.receive, data, max_bytes))
            return read[-1]

        while (name := form.next_file()) is not None:
            index = len(arrived.digests)
            if index >= MOST_FILES:
                raise TooManyFiles(details={"most": MOST_FILES})
            with arrived.noting(index, name):
                arrived.files[index] = self._files.take(caller, receive)
            arrived.digests.append(read.pop().sha256 if read else "")
        if not arrived.digests:
            raise FileMissing

    def _started(
        self, caller: Caller, order: ConversionOrder, arrived: _Arrived, wishes: Wishes
    ) -> Batch:
        jobs: list[str] = []
        for index in sorted(arrived.files):
            file = arrived.files.pop(index)
            with arrived.noting(index, file.name):
                own = _wishes_of(wishes, index)
                jobs.append(self._conversions.submit_with(caller, order, file, own).job.public_id)
        if not jobs:
            raise _of_first(arrived.rejected)
        return self._entered(caller, jobs, arrived.rejected, wishes)

    def _known(self, caller: Caller, wishes: Wishes) -> Batch | None:
        if wishes.idempotency_key is None:
            return None
        mine = (
            ConversionBatch.user_id == caller.id,
            ConversionBatch.idempotency_key == wishes.idempotency_key,
        )
        with self._db.read() as session:
            row = session.scalar(select(ConversionBatch).where(*mine))
        if row is None:
            return None
        wishes.check_same(row.request_digest)
        return self._of(row)

    def _entered(
        self, caller: Caller, jobs: list[str], rejected: Sequence[Rejected], wishes: Wishes
    ) -> Batch:
        row = ConversionBatch(
            id=f"batch_{secrets.token_hex(6)}",
            user_id=caller.id,
            job_ids=jobs,
            rejected=[each.as_json() for each in sorted(rejected, key=lambda one: one.index)],
            idempotency_key=wishes.idempotency_key,
            request_digest=wishes.request_digest,
            created_at=utcnow(),
        )
        # An equal call at the same moment has the same jobs, and may have been faster.
        with suppress(IntegrityError):
            with self._db.begin() as session:
                session.add(row)
            return self._of(row)
        known = self._known(caller, wishes)
        assert known is not None, "Nothing else is unique."
        return known

    def _of(self, row: ConversionBatch) -> Batch:
        query = select(Job).where(Job.public_id.in_(row.job_ids), Job.user_id == row.user_id)
        with self._db.read() as session:
            found = {job.public_id: job for job in session.scalars(query)}
        jobs = [found[each] for each in row.job_ids if each in found]
        return Batch(row.id, jobs, [Rejected.from_json(each) for each in row.rejected])


def _of_first(rejected: Sequence[Rejected]) -> PhotoaiError:
    first = min(rejected, key=lambda each: each.index)
    first.error.details = {**first.error.details, "index": first.index, "name": first.name}
    return first.error


def _wishes_of(wishes: Wishes, index: int) -> Wishes:
    """Those of one job: it has the batch's key with its place, so that an order that is sent again
    after a death finds what was begun."""
    if wishes.idempotency_key is None:
        return wishes
    return replace(wishes, idempotency_key=f"{wishes.idempotency_key}#{index}")

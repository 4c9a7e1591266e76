"""The front door of conversions: accept one, look after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import select

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    ClipWithoutVideo,
    ConversionUnknown,
    EditFileUnfit,
    FileNamedTwice,
    GuestFileTooLarge,
    GuestLimit,
    JobUnknown,
    UploadTooLarge,
)
from photoai.models import FileKind, Job, Role, User, UserFile
from photoai.services.accounts import Caller, caller_of
from photoai.services.clock import utcnow
from photoai.services.files import Files
from photoai.services.ingest import Form
from photoai.services.jobs import JobDraft, Jobs, Submitted, Wishes

from .order import ASCII, ConversionOrder
from .task import conversion_id

GIF = "image/gif"
TAKEN = (FileKind.VIDEO, GIF)
# Of callers without an account: columns times frames.
MOST_FOR_GUESTS = 300_000


@dataclass(frozen=True)
class Arrival:
    """An order as it comes in: `receive` reads its form, whose file may have so many bytes, and
    writes them to what it is given; `order` understands the form's fields."""

    receive: Callable[[BinaryIO, int], Form]
    order: Callable[[Form], ConversionOrder]


class _StartedBefore(Exception):
    """An equal call has: what came now is not needed."""

    def __init__(self, job: Job) -> None:
        self.job = job


class _FileNamed(Exception):
    """The order names a file and brings none."""

    def __init__(self, order: ConversionOrder, file_id: str, wishes: Wishes) -> None:
        self.order, self.file_id, self.wishes = order, file_id, wishes


class Conversions:
    def __init__(self, database: Database, files: Files, jobs: Jobs, config: Config) -> None:
        self._db = database
        self._files = files
        self._jobs = jobs
        self._config = config

    def start(self, caller: Caller, arrival: Arrival) -> Submitted:
        """The accepted job. A file that comes with the order is one of the caller's until the job
        has ended; of what is not accepted nothing is kept.

        Raises:
            whatever `arrival` raises, and `Files.take`
            IdempotencyKeyReused
            FileNamedTwice, FileMissing, FileUnknown
            as `submit`
        """
        read: list[tuple[Wishes, ConversionOrder]] = []

        def receive(data: BinaryIO, max_bytes: int) -> Form:
            form = self.received(caller, arrival.receive, data, max_bytes)
            read.append((form.wishes, self._read(caller, arrival, form)))
            return form

        try:
            file = self._files.take(caller, receive)
        except _StartedBefore as before:
            return Submitted(before.job, joined=True)
        except _FileNamed as named:
            file = self._files.get(caller, named.file_id)
            return self.submit(caller, named.order, file, named.wishes)
        ((wishes, order),) = read
        return self.submit_with(caller, order, file, wishes)

    def submit_with(
        self, caller: Caller, order: ConversionOrder, file: UserFile, wishes: Wishes
    ) -> Submitted:
        """As `submit`, for a file that came along: it is not kept for nothing."""
        submitted = None
        try:
            submitted = self.submit(caller, order.of(file.id, came_along=True), file, wishes)
        finally:
            if submitted is None or submitted.joined:
                self._files.withdraw(file)
        return submitted

    def submit(
        self, caller: Caller, order: ConversionOrder, file: UserFile, wishes: Wishes
    ) -> Submitted:
        """Accept the conversion of a file that is there.

        Raises:
            EditFileUnfit, ClipWithoutVideo: the file is no video and no GIF.
            GuestLimit: without an account it may not be as long, nor of as many characters.
            PlanUsedUp, TooManyGuests, QueueFull, YourQueueFull
            IdempotencyKeyReused
        """
        _check_kind(file)
        if caller.is_guest:
            self._check_small(order, file)
        named = order.of(file.id, came_along=order.came_along)
        draft = JobDraft(conversion_id(), caller.id, ASCII, utcnow(), named.as_json())
        return self._jobs.submit(wishes.upon(draft))

    def received(
        self,
        caller: Caller,
        receive: Callable[[BinaryIO, int], Form],
        data: BinaryIO,
        max_bytes: int,
    ) -> Form:
        """What `receive` makes of a file of the caller's, which may be smaller than others.

        Raises:
            whatever `receive` raises
            GuestFileTooLarge
        """
        most = self._config.anonymous_max_file_mb * 1_000_000
        if not caller.is_guest or max_bytes <= most:
            return receive(data, max_bytes)
        try:
            return receive(data, most)
        except UploadTooLarge as error:
            raise GuestFileTooLarge(details=error.details) from None

    def get(self, caller: Caller, public_id: str) -> Job:
        """The caller's own conversion. Raises ConversionUnknown."""
        try:
            job = self._jobs.get(caller, public_id)
        except JobUnknown:
            raise ConversionUnknown from None
        if job.kind != ASCII:
            raise ConversionUnknown
        return job

    def guest_of(self, public_id: str) -> Caller:
        """Whose conversion it is, of one that was ordered without an account. Raises
        ConversionUnknown."""
        query = select(User).join(Job, Job.user_id == User.id)
        query = query.where(Job.public_id == public_id, Job.kind == ASCII)
        with self._db.read() as session:
            user = session.scalar(query.where(User.role == Role.GUEST, User.active))
        if user is None:
            raise ConversionUnknown
        return caller_of(user)

    def cancel(self, caller: Caller, public_id: str) -> Job:
        """Raises ConversionUnknown, JobAlreadyEnded."""
        self.get(caller, public_id)
        return self._jobs.cancel(caller, public_id)

    def _read(self, caller: Caller, arrival: Arrival, form: Form) -> ConversionOrder:
        if known := self._jobs.known(caller.id, form.wishes):
            raise _StartedBefore(known)
        order = arrival.order(form)
        if order.file_id is None:
            return order
        if form.files:
            raise FileNamedTwice
        raise _FileNamed(order, order.file_id, form.wishes)

    def _check_small(self, order: ConversionOrder, file: UserFile) -> None:
        """A GIF does not say how long it is: there the conversion itself stops."""
        duration_sec = float((file.probe or {}).get("duration_sec") or 0.0)
        most_sec = self._config.anonymous_max_duration_sec
        if duration_sec > most_sec:
            raise GuestLimit(details={"sec": round(duration_sec, 3), "max_sec": most_sec})
        characters = round(order.look.width * order.fps * duration_sec)
        if characters > MOST_FOR_GUESTS:
            about: dict[str, Any] = {"columns_times_frames": characters, "most": MOST_FOR_GUESTS}
            raise GuestLimit(details=about)


def _check_kind(file: UserFile) -> None:
    if file.kind == FileKind.AUDIO:
        raise ClipWithoutVideo
    if file.kind != FileKind.VIDEO and file.mime != GIF:
        raise EditFileUnfit(details={"kind": file.kind, "kinds": list(TAKEN)})

"""The front door of conversions: accept one, look after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from sqlalchemy import select

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    ClipWithoutVideo,
    ConversionUnknown,
    EditFileUnfit,
    GuestFileTooLarge,
    GuestLimit,
    JobUnknown,
)
from photoai.models import FileKind, Job, Role, User, UserFile
from photoai.services.accounts import Caller, caller_of
from photoai.services.clock import utcnow
from photoai.services.files import Files
from photoai.services.ingest import Form
from photoai.services.jobs import JobDraft, Jobs, Submitted, Wishes
from photoai.services.orders import Arrival, FileOrders, Most

from .order import ASCII, ConversionOrder
from .task import MOST_FOR_GUESTS, conversion_id

GIF = "image/gif"
TAKEN = (FileKind.VIDEO, GIF)


class Conversions:
    def __init__(self, database: Database, files: Files, jobs: Jobs, config: Config) -> None:
        self._db = database
        self._jobs = jobs
        self._config = config
        self._orders = FileOrders(files, jobs, self.submit, self._limits)

    def start(self, caller: Caller, arrival: Arrival[ConversionOrder]) -> Submitted:
        """The accepted job. Raises as `FileOrders.start` and `submit`."""
        return self._orders.start(caller, arrival)

    def submit_with(
        self, caller: Caller, order: ConversionOrder, file: UserFile, wishes: Wishes
    ) -> Submitted:
        """As `submit`, for a file that came along: it is not kept for nothing."""
        return self._orders.submit_with(caller, order, file, wishes)

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
        return self._orders.received(caller, receive, data, max_bytes)

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

    def _limits(self, caller: Caller) -> list[Most]:
        most = Most(self._config.anonymous_max_file_mb * 1_000_000, GuestFileTooLarge)
        return [most] if caller.is_guest else []

    def _check_small(self, order: ConversionOrder, file: UserFile) -> None:
        """A GIF does not say how long it is: there the conversion itself stops."""
        duration_sec = file.duration_sec
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

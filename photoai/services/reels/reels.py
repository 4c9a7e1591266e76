"""The front door of analyses: accept one, look after it, hand out what is known of it."""

from __future__ import annotations

import uuid
import zipfile
from dataclasses import dataclass

from sqlalchemy import select

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    FileTypeNotTaken,
    FileUnknown,
    GuestFileTooLarge,
    GuestLimit,
    JobUnknown,
    ResultGone,
)
from photoai.errors.reels import (
    ReelFileGone,
    ReelGone,
    ReelNotReady,
    ReelTooLarge,
    ReelTooLong,
    ReelTypeNotTaken,
    ReelUnknown,
)
from photoai.models import FileKind, Job, JobState, Reel, Role, User, UserFile
from photoai.services.accounts import Caller, caller_of
from photoai.services.clock import utcnow
from photoai.services.files import Files
from photoai.services.jobs import NO_WISHES, JobDraft, Jobs, Submitted, Wishes
from photoai.services.orders import Arrival, FileOrders, Most
from photoai.services.providers import VIDEOS
from photoai.services.storage import Store

from .attempt import PROVIDER, Means
from .order import REELS, ReelOrder
from .records import Records

TAKEN = ("MP4", "MOV", "WebM")


@dataclass(frozen=True)
class Picture:
    """A JPEG; equal `tag`s mean equal bytes."""

    data: bytes
    tag: str


class Reels:
    def __init__(
        self,
        database: Database,
        store: Store,
        files: Files,
        jobs: Jobs,
        means: Means,
        config: Config,
    ) -> None:
        self._db = database
        self._store = store
        self._files = files
        self._jobs = jobs
        self._records: Records = means.records
        self.budget = means.budget
        self._providers = means.providers
        self._config = config
        self._orders = FileOrders(files, jobs, self.submit, self._limits)

    @property
    def has_key(self) -> bool:
        """Whether there is a model to ask: without one videos are measured, and no more."""
        return self._providers.configured(PROVIDER)

    def start(self, caller: Caller, arrival: Arrival[ReelOrder]) -> Submitted:
        """The accepted job.

        Raises:
            ReelTypeNotTaken, ReelTooLarge
            as `FileOrders.start` and `submit`
        """
        try:
            return self._orders.start(caller, arrival)
        except FileTypeNotTaken:
            raise ReelTypeNotTaken(details={"taken": list(TAKEN)}) from None

    def submit(self, caller: Caller, order: ReelOrder, file: UserFile, wishes: Wishes) -> Submitted:
        """Accept the analysis of a file that is there.

        Raises:
            ReelTypeNotTaken, ReelTooLarge, ReelTooLong
            GuestLimit: without an account it may not be as long.
            BudgetSpent, PlanUsedUp, TooManyGuests, QueueFull, YourQueueFull
            IdempotencyKeyReused
        """
        self._check_fit(caller, file)
        named = order.of(file.id, came_along=order.came_along)
        draft = JobDraft(str(uuid.uuid4()), caller.id, REELS, utcnow(), named.as_json())
        return self._jobs.submit(wishes.upon(draft))

    def get(self, caller: Caller, public_id: str) -> Job:
        """The caller's own analysis. Raises ReelUnknown, also for one that was deleted."""
        try:
            job = self._jobs.get(caller, public_id)
        except JobUnknown:
            raise ReelUnknown from None
        if job.kind != REELS:
            raise ReelUnknown
        kept = self._records.of(job)
        if kept is not None and kept.deleted_at is not None:
            raise ReelUnknown
        return job

    def guest_of(self, public_id: str) -> Caller:
        """Whose analysis it is, of one that was ordered without an account. Raises ReelUnknown."""
        query = select(User).join(Job, Job.user_id == User.id)
        query = query.where(Job.public_id == public_id, Job.kind == REELS)
        with self._db.read() as session:
            user = session.scalar(query.where(User.role == Role.GUEST, User.active))
        if user is None:
            raise ReelUnknown
        return caller_of(user)

    def known_of(self, job: Job) -> Reel | None:
        """What was measured and said so far; None when nothing was, or all of it is too old."""
        return self._records.of(job)

    def finished(self, caller: Caller, public_id: str) -> tuple[Job, Reel]:
        """A finished analysis with what there is of it.

        Raises:
            ReelUnknown
            ReelNotReady: it has not succeeded (yet).
            ReelGone: it is too old.
        """
        job = self.get(caller, public_id)
        if job.state != JobState.SUCCEEDED:
            raise ReelNotReady(details={"state": job.state})
        kept = self._records.of(job)
        if kept is None or kept.analysis is None or kept.facts is None:
            raise ReelGone
        return job, kept

    def picture(self, caller: Caller, public_id: str, name: str) -> Picture:
        """One of those its facts name, without its ending.

        Raises:
            ReelUnknown
            ResultGone: there is none, or not any more.
        """
        kept = self._records.of(self.get(caller, public_id))
        if kept is None or kept.pictures_key is None:
            raise ResultGone
        try:
            with self._store.open(kept.pictures_key) as file, zipfile.ZipFile(file) as pictures:
                data = pictures.read(f"{name}.jpg")
        except (FileNotFoundError, KeyError, zipfile.BadZipFile):
            raise ResultGone from None
        return Picture(data, f"{kept.pictures_key}:{name}")

    def file_of(self, job: Job) -> UserFile | None:
        """The video, as long as it is one of its owner's files."""
        order = ReelOrder.from_json(job.params)
        try:
            return self._files.many(job.user_id, [order.file_id or ""])[0]
        except FileUnknown:
            return None

    def video_of(self, job: Job) -> UserFile | None:
        """The video to be seen: one that came along is here for a day after its analysis."""
        order = ReelOrder.from_json(job.params)
        if not order.came_along:
            return self.file_of(job)
        try:
            return self._files.still_here(job.user_id, order.file_id or "")
        except FileUnknown:
            return None

    def video(self, caller: Caller, public_id: str) -> UserFile:
        """The same by the number of the analysis.

        Raises:
            ReelUnknown
            ReelFileGone: it was deleted, or is not here any more.
        """
        file = self.video_of(self.get(caller, public_id))
        if file is None:
            raise ReelFileGone
        return file

    def file_again(self, job: Job) -> UserFile:
        """The video, to be worked on: one that came along and went with its job is among its
        owner's files again.

        Raises:
            ReelFileGone: it was deleted, or is not here any more.
        """
        if (file := self.file_of(job)) is not None:
            return file
        order = ReelOrder.from_json(job.params)
        if not order.came_along:
            raise ReelFileGone
        try:
            return self._files.take_back(job.user_id, order.file_id or "")
        except FileUnknown:
            raise ReelFileGone from None

    def end(self, caller: Caller, public_id: str) -> Job | None:
        """Cancel an analysis that goes on; of one that has ended everything is deleted, and there
        is none any more.

        Raises:
            ReelUnknown
        """
        job = self.get(caller, public_id)
        if not JobState(job.state).ended:
            return self._jobs.cancel(caller, public_id)
        self._records.erase(job)
        return None

    def retry(self, caller: Caller, public_id: str, wishes: Wishes = NO_WISHES) -> Submitted:
        """Raises ReelUnknown, and what `Jobs.retry` does."""
        self.get(caller, public_id)
        return self._jobs.retry(caller, public_id, wishes)

    def _limits(self, caller: Caller) -> list[Most]:
        limits = [Most(self._config.reels_max_file_mb * 1_000_000, ReelTooLarge)]
        if caller.is_guest:
            limits.append(Most(self._config.anonymous_max_file_mb * 1_000_000, GuestFileTooLarge))
        return limits

    def _check_fit(self, caller: Caller, file: UserFile) -> None:
        if file.kind != FileKind.VIDEO or file.mime not in VIDEOS:
            raise ReelTypeNotTaken(details={"taken": list(TAKEN)})
        for most in self._limits(caller):
            if file.size_bytes > most.size_bytes:
                raise most.refusal(details={"max_bytes": most.size_bytes})
        duration_sec = file.duration_sec
        most_sec = self._config.reels_max_duration_sec
        if duration_sec > most_sec:
            raise ReelTooLong(details={"sec": round(duration_sec, 3), "max_sec": most_sec})
        most_sec = self._config.anonymous_max_duration_sec
        if caller.is_guest and duration_sec > most_sec:
            raise GuestLimit(details={"sec": round(duration_sec, 3), "max_sec": most_sec})

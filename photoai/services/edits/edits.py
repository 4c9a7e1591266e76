"""The front door of tasks: accept one, foresee one, look after it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, BinaryIO

from sqlalchemy import func, select

from photoai.config import Config
from photoai.db import Database
from photoai.errors import JobUnknown, ResultGone, TaskUnknown
from photoai.models import Job, JobState
from photoai.offload import Offload
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.files import Files
from photoai.services.jobs import JobDraft, JobPage, Jobs, Submitted, Wishes
from photoai.services.merges import estimated_sec, poster_key
from photoai.services.storage import Store
from photoai.services.video.editing import EditPlan

from .engine import planned
from .estimate import recent_facts
from .figures import TaskFigures, figures_of, theirs_of
from .fonts import OwnFonts, families
from .inputs import files_of
from .kinds import KINDS
from .logs import OperationLogs, TaskLog
from .order import EditOrder


class Edits:
    def __init__(
        self,
        database: Database,
        store: Store,
        files: Files,
        fonts: OwnFonts,
        jobs: Jobs,
        logs: OperationLogs,
        offload: Offload,
        config: Config,
    ) -> None:
        self._db = database
        self._store = store
        self._files = files
        self._fonts = fonts
        self._jobs = jobs
        self._logs = logs
        self._offload = offload
        self._config = config

    def start(self, caller: Caller, order: EditOrder, wishes: Wishes) -> Submitted:
        """The accepted job.

        Raises:
            IdempotencyKeyReused
            FileUnknown, EditFileUnfit: `details` name the input.
            PhotoaiError: it is known beforehand that it cannot be done.
            PlanUsedUp: as many tasks wait and run, or were begun today, as the plan allows.
            QueueFull, YourQueueFull
        """
        if known := self._jobs.known(caller.id, wishes):
            return Submitted(known, joined=True)
        self._planned(caller, order)
        new_id = str(uuid.uuid4())
        draft = JobDraft(new_id, caller.id, order.type, utcnow(), order.as_json())
        return self._jobs.submit(wishes.upon(draft))

    def plan(self, caller: Caller, order: EditOrder) -> dict[str, Any]:
        """What a task would do and how long it would take; nothing runs.

        Raises:
            FileUnknown, EditFileUnfit, PhotoaiError: as `start`.
        """
        plan = self._planned(caller, order)
        recent = recent_facts(self._db, order.type)
        return {**plan, "estimated_sec": estimated_sec(plan, order.quality, 0, recent)}

    def get(self, caller: Caller, public_id: str) -> Job:
        """The caller's own task. Raises TaskUnknown."""
        return _task(lambda: self._jobs.get(caller, public_id))

    def behind_link(self, public_id: str) -> Job:
        """The task a signed link was made for. Raises TaskUnknown."""
        return _task(lambda: self._jobs.behind_link(public_id))

    def page(
        self,
        caller: Caller,
        *,
        page: int = 1,
        page_size: int = 20,
        state: JobState | None = None,
        kind: str | None = None,
        oldest_first: bool = False,
    ) -> JobPage:
        """The caller's tasks, newest first unless wished otherwise."""
        mine = [*theirs_of(caller.id, [kind] if kind else KINDS)]
        mine += [Job.state == state] if state else []
        order = Job.id.asc() if oldest_first else Job.id.desc()
        query = select(Job).where(*mine).order_by(order)
        with self._db.read() as session:
            total = session.scalar(select(func.count()).select_from(Job).where(*mine)) or 0
            jobs = session.scalars(query.limit(page_size).offset((page - 1) * page_size)).all()
        return JobPage(jobs, total)

    def cancel(self, caller: Caller, public_id: str) -> Job:
        """Raises TaskUnknown, JobAlreadyEnded."""
        self.get(caller, public_id)
        return self._jobs.cancel(caller, public_id)

    def retry(self, caller: Caller, public_id: str, wishes: Wishes) -> Submitted:
        """Raises TaskUnknown, and what `Jobs.retry` does."""
        self.get(caller, public_id)
        return self._jobs.retry(caller, public_id, wishes)

    def log(self, caller: Caller, public_id: str) -> TaskLog:
        """Raises TaskUnknown."""
        return self._logs.of(self.get(caller, public_id))

    def statistics(self, caller: Caller) -> TaskFigures:
        """The last 30 days of the caller's own."""
        return figures_of(self._db, caller.id, KINDS)

    def fonts(self, caller: Caller) -> list[str]:
        """The names that the caller's texts may ask for."""
        found: list[str] = self._offload(families, self._fonts.known(caller.id))
        return found

    def poster(self, job: Job) -> BinaryIO:
        """A picture of a finished task's video, a JPEG. Raises ResultGone."""
        if job.result_key is None or not (job.result or {}).get("has_poster"):
            raise ResultGone
        try:
            return self._store.open(poster_key(job.result_key))
        except FileNotFoundError:
            raise ResultGone from None

    def _planned(self, caller: Caller, order: EditOrder) -> dict[str, Any]:
        files = files_of(self._files, caller.id, order)
        own = self._fonts.known(caller.id)
        plan: EditPlan = self._offload(planned, order, files, own, self._config)
        return plan.as_json()


def _task(find: Callable[[], Job]) -> Job:
    """The job that is found. Raises TaskUnknown when there is none, or it is something else."""
    try:
        job = find()
    except JobUnknown:
        raise TaskUnknown from None
    if job.kind not in KINDS:
        raise TaskUnknown
    return job

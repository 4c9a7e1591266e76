"""The engine by itself on any database: a kind of job whose work is a test's own function, which
leaves a result and a row of the log like a photo's."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from photoai.config import Config
from photoai.db import Database, Executor
from photoai.errors import PhotoaiError
from photoai.models import Job, JobAttempt, JobState, LogStatus, ProcessingLog, Role, Slot
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.fetch import Fetcher
from photoai.services.jobs import Done, JobDraft, Jobs, Replays, Run, Runner, Task
from photoai.services.jobs.local import LocalQueue
from photoai.services.secrets import Secrets
from photoai.services.stats import log_outcome
from photoai.services.storage import LocalStore
from photoai.services.webhooks import Webhooks

from .people import add_user

KIND, SLOT, PLACES = "work", "slot-001", 8
NOWHERE = "http://nowhere.example/"
names = itertools.count(1)


class Lock:
    """An engine lock nobody else wants."""

    def acquire(self) -> bool:
        return True

    def held(self) -> bool:
        return True

    def release(self) -> None:
        """There is nothing."""


class House:
    """Its webhooks are put but not sent: there is one for each end."""

    def __init__(
        self,
        database: Database,
        config: Config,
        work: Callable[[Run], Any] = lambda run: None,
    ) -> None:
        self.database, self.events, self._work = database, LocalEvents(), work
        self.store = LocalStore(Path(config.media_root))
        kind = Task(self._run, KIND, lambda provider: PLACES, ended=self._ended)
        fetcher = Fetcher(config.fetch_allowed_hosts)
        self.webhooks = Webhooks(database, fetcher, Secrets("a key"), config)
        self.tasks = self.webhooks.telling({KIND: kind})
        self.runner = Runner(database, self.store, self.events, self.tasks)
        self.queue = LocalQueue(database, self.runner, self.tasks, Lock())
        self.jobs = Jobs(database, self.store, self.events, self.queue, self.tasks, config)
        self.replays = Replays(self.store, self.jobs, self.tasks)
        self.owner = self.somebody()

    def somebody(self) -> Caller:
        with self.database.begin() as session:
            user = add_user(session, f"somebody-{next(names)}")
            session.add(Slot(user_id=user.id, id=SLOT, updated_at=utcnow()))
        return Caller(user.id, user.username, Role.MEMBER)

    def draft(self, **facts: Any) -> JobDraft:
        """A new job with an original of its own."""
        public_id = str(uuid.uuid4())
        key = f"originals/{public_id}"
        with self.store.write(key, durable=False) as file:
            file.write(b"the original")
        known = {"input_key": key, "slot_id": SLOT, "webhook_url": NOWHERE, **facts}
        return JobDraft(public_id, self.owner.id, KIND, utcnow(), **known)

    def job(self, public_id: str) -> Job:
        return self.jobs.behind_link(public_id)

    def attempts(self, job: Job) -> list[str | None]:
        query = select(JobAttempt.outcome).where(JobAttempt.job_id == job.id)
        with self.database.read() as session:
            return list(session.scalars(query.order_by(JobAttempt.attempt)))

    def logged(self, job: Job) -> list[tuple[str, str | None]]:
        query = select(ProcessingLog).where(ProcessingLog.job_id == job.public_id)
        with self.database.read() as session:
            return [(row.status, row.error_code) for row in session.scalars(query)]

    def ends(self, job: Job) -> int:
        """How often the job has ended."""
        return len(self.webhooks.of_job(job))

    def all_ended(self, jobs: list[Job]) -> list[Job] | None:
        """The jobs as they are now, once each has ended."""
        now = [self.job(job.public_id) for job in jobs]
        return now if all(JobState(job.state).ended for job in now) else None

    def originals(self) -> list[str]:
        return [file.key for file in self.store.stored("originals")]

    def results(self) -> set[str]:
        return {file.key for file in self.store.stored("results")}

    def beside(self) -> set[str]:
        """The results to which the files beside results belong."""
        return {f"results/{file.key.split('/')[1]}" for file in self.store.stored("beside")}

    def _run(self, run: Run) -> Done:
        facts = self._work(run) or {}
        key = f"results/{run.job.public_id}.{run.job.attempt}"
        run.check()
        beside = key.replace("results/", "beside/")
        for each in (key, beside):
            with self.store.write(each, durable=False) as file:
                file.write(b"done")
        return Done(key, {"size_bytes": 4, **facts}, beside=(beside,))

    def _ended(self, db: Executor, job: Job, error: PhotoaiError | None) -> None:
        log_outcome(
            db,
            user_id=job.user_id,
            slot_id=job.slot_id or "",
            received=job.created,
            job_id=job.public_id,
            provider_id=job.provider,
            status=LogStatus.ERROR if error else LogStatus.SUCCESS,
            error=error,
        )

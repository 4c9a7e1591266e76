"""What one process runs: its leases are kept, cancellations heard, nothing of it is forgotten."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from photoai.db import Database
from photoai.models import Job, JobState

from . import states
from .run import Runner
from .tasks import Run, Tasks

# Looked for often: by their numbers alone.
CANCELLED = select(Job.id, Job.attempt).where(
    Job.id.in_(bindparam("of_jobs", expanding=True)), Job.cancel_requested.is_(True)
)
MINE = select(Job.id, Job.public_id, Job.attempt, Job.kind, Job.cancel_requested).where(
    Job.owner == bindparam("of_owner"), Job.state == JobState.RUNNING
)
log = logging.getLogger(__name__)


class Held:
    """The runs of this process, under the name that stands as owner in their rows."""

    def __init__(self, database: Database, runner: Runner, tasks: Tasks) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._db = database
        self._runner = runner
        self._tasks = tasks
        self._runs: dict[int, Run] = {}
        self._strays_seen: set[tuple[int, int]] = set()

    def __len__(self) -> int:
        return len(self._runs)

    def open(self, job: Job) -> Run:
        """The run of a job just claimed under our name."""
        run = self._runs[job.id] = self._runner.open(job)
        return run

    def close(self, run: Run) -> None:
        # Cancelled and tried again, a job has a new run while the old one still winds up.
        if self._runs.get(run.job.id) is run:
            del self._runs[run.job.id]

    def attempts(self) -> dict[float, list[tuple[int, int]]]:
        """What runs here by the seconds of its lease: each job's id and its attempt."""
        found: dict[float, list[tuple[int, int]]] = {}
        for job in [run.job for run in list(self._runs.values())]:
            found.setdefault(self._tasks[job.kind].lease_sec, []).append((job.id, job.attempt))
        return found

    def runs(self, job: Job) -> bool:
        """Whether this very object is being run here."""
        run = self._runs.get(job.id)
        return run is not None and run.job is job

    def cancel(self, job_id: int) -> None:
        if run := self._runs.get(job_id):
            self._runner.cancel(run)

    def put_back_all(self) -> None:
        """The process is about to end: what still runs waits again, and no death is counted."""
        for run in list(self._runs.values()):
            try:
                self.put_back(run)
            except Exception:  # its lease will run out; the others are not to wait for theirs
                log.exception("job_not_put_back", extra={"fields": {"job_id": run.job.public_id}})

    def put_back(self, run: Run) -> None:
        """The row comes first: once it waits again, its child's death counts for nothing."""
        try:
            with self._db.transaction() as db:
                self._runner.put_back(db, run.job, outcome=states.SHUTDOWN)
        finally:
            if run.child:
                run.child.kill()

    def keep(self) -> None:
        """Renew what runs, hear what was cancelled by somebody who could not reach us, end what
        another process has now, and put back what nobody runs any more because its end could not
        be written."""
        runs = list(self._runs.values())
        with self._db.look() as connection:
            mine = connection.execute(MINE, {"of_owner": self.owner}).all()
        ours = {(job.id, job.attempt) for job in mine}
        self._end_all([run for run in runs if (run.job.id, run.job.attempt) not in ours])
        if not mine:
            return
        leases_sec = {job.kind: self._tasks[job.kind].lease_sec for job in mine}
        with self._db.transaction(durable=False) as db:
            states.renew(db, owner=self.owner, now=self._db.now(db), leases_sec=leases_sec)
        for job in mine:
            # Ended by somebody faster, it may run anew meanwhile: that nobody has cancelled.
            if job.cancel_requested and (run := self._run_of(job)):
                self._beside(self._runner.cancel, run)
        self._put_back_strays([job for job in mine if not self._run_of(job)])

    def hear(self) -> None:
        """End what was cancelled by somebody who could not reach us; returns without waiting for
        its children to go."""
        if not self._runs:
            return
        with self._db.look() as connection:
            asked = connection.execute(CANCELLED, {"of_jobs": list(self._runs)}).all()
        for job in asked:
            run = self._run_of(job)
            if run and not run.cancelled.is_set():
                run.cancelled.set()
                self._beside(self._runner.cancel, run)

    def _end_all(self, lost: Sequence[Run]) -> None:
        """What they make would be thrown away, and until then they have no place of their own."""
        for run in lost:
            if not run.cancelled.is_set():
                run.cancelled.set()
                self._beside(_kill, run)

    def _beside(self, end: Callable[[Run], None], run: Run) -> None:
        """In a thread of its own: a child may take its time to go, and nobody is to wait for it.
        What could not be written of its end, its own run does or the next look."""

        def work() -> None:
            try:
                end(run)
            except Exception:
                log.exception("run_not_ended", extra={"fields": {"job_id": run.job.public_id}})

        threading.Thread(target=work, name="end", daemon=True).start()

    def _run_of(self, job: Any) -> Run | None:
        run = self._runs.get(job.id)
        return run if run and run.job.attempt == job.attempt else None

    def _put_back_strays(self, strays: Sequence[Any]) -> None:
        """Only at the second sight: a job just accepted is about to be launched."""
        for stray in strays:
            if (stray.id, stray.attempt) not in self._strays_seen:
                continue
            log.warning("stray_put_back", extra={"fields": {"job_id": stray.public_id}})
            with self._db.look() as connection:
                job = states.load(connection, stray.id)
            if job and job.attempt >= job.max_attempts:
                self._runner.give_up(job)
            elif job:
                with self._db.transaction() as db:
                    self._runner.put_back(db, job, outcome="stray")
        self._strays_seen = {(job.id, job.attempt) for job in strays}


def _kill(run: Run) -> None:
    if run.child:
        run.child.kill()

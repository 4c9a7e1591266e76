"""Running one claimed job: whatever happens inside, exactly one arrow leaves `running`."""

from __future__ import annotations

import logging
import random
import time

from photoai.db import Database, Executor
from photoai.errors import (
    ChildFailed,
    DatabaseBusy,
    JobCancelled,
    JobPoison,
    PhotoaiError,
    StorageUnavailable,
)
from photoai.models import Job, JobState
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.storage import Store, discard

from . import states
from .queue import Queue
from .tasks import Done, Run, Tasks

PROGRESS_EVERY_SEC, PUBLISH_AGAIN_SEC = 0.5, 0.5
log = logging.getLogger(__name__)


class Runner:
    """Takes a claimed job through its task to its end. `queue` is one that has to be told of jobs
    that wait again; another finds them in their rows."""

    def __init__(
        self,
        database: Database,
        store: Store,
        events: LocalEvents,
        tasks: Tasks,
        queue: Queue | None = None,
    ) -> None:
        self._db = database
        self._store = store
        self._events = events
        self._tasks = tasks
        self._queue = queue
        self._reported: dict[int, tuple[str, float]] = {}  # the stage last told, and when

    def open(self, job: Job) -> Run:
        """The run of a job just claimed."""
        self._events.publish(job.id)
        return Run(job, time.monotonic() + self._tasks[job.kind].timeout_sec, self._report)

    def run(self, run: Run) -> None:
        """Run to the end and write the end down; raises nothing."""
        started = time.monotonic()
        try:
            end = self._attempt(run)
        except Exception:
            # The row stays `running`: the lease or the next start brings the job back.
            log.exception("job_end_not_written", extra={"fields": _facts(run)})
            return
        finally:
            self._reported.pop(run.job.id, None)
            self._events.publish(run.job.id)
        ms = round((time.monotonic() - started) * 1000)
        log.info("job_ended", extra={"fields": {**_facts(run), "end": end, "ms": ms}})

    def cancel(self, run: Run) -> None:
        """Stop its child, then say so: what a provider still answers is thrown away."""
        run.cancelled.set()
        if run.child:
            run.child.kill()
        with self._db.transaction() as db:
            if cancelled := states.cancel_running(db, run.job.id, run.job.attempt, utcnow()):
                self._ended(db, run.job, JobCancelled())
        if cancelled:
            _end_here(run.job, JobState.CANCELLED, JobCancelled())
        self._events.publish(run.job.id)

    def recover(self, db: Executor, job: Job, *, alone: bool) -> None:
        """Take care of what a process that is gone left `running`: it is tried again, ended when
        its owner had asked for that, given up when it brought its process down again and again."""
        if self._cancelled_as_asked(db, job):
            return
        if states.recover(db, job, utcnow(), alone=alone):
            self._enlist(db, job, 0.0)
            return
        error = JobPoison()
        if states.fail(db, job.id, job.attempt, utcnow(), error):
            self._ended(db, job, error)

    def put_back(
        self, db: Executor, job: Job, *, outcome: str, detail: str | None = None,
        wait_sec: float = 0.0,
    ) -> bool:  # fmt: skip
        """Let a running job be tried again, or end when its owner has asked for that; False when
        it is somebody else's by now."""
        now = self._db.now(db)  # the clock by which it will be found due
        moved = states.requeue(
            db, job.id, job.attempt, now, outcome=outcome, detail=detail, wait_sec=wait_sec
        )
        if moved:
            self._enlist(db, job, wait_sec)
        return moved or self._cancelled_as_asked(db, job)

    def give_up(self, job: Job) -> None:
        """End a job that went wrong as often as it may."""
        with self._db.transaction() as db:
            if states.fail(db, job.id, job.attempt, utcnow(), error := PhotoaiError()):
                self._ended(db, job, error)
        self._events.publish(job.id)

    def fail_waiting(self, db: Executor, job: Job, error: PhotoaiError) -> None:
        """Give up a job that nobody started."""
        if states.give_up_waiting(db, job.id, utcnow(), error):
            self._ended(db, job, error)

    def _attempt(self, run: Run) -> str:
        job = run.job
        try:
            return self._publish(run, self._tasks[job.kind].run(run))
        except JobCancelled:
            self.cancel(run)
            # Who lost its job to another process is stopped in the same way.
            return "cancelled" if run.job.state == JobState.CANCELLED else "fenced"
        except ChildFailed as error:
            return self._after_child_death(run, error)
        except (DatabaseBusy, StorageUnavailable) as error:  # no fault of the job's
            return self._requeue(run, outcome="error", detail=error.code)
        except PhotoaiError as error:
            return self._fail(run, error)
        except Exception as error:
            log.exception("job_attempt_broke", extra={"fields": _facts(run)})
            if job.attempt >= job.max_attempts:
                return self._fail(run, PhotoaiError())
            return self._requeue(run, outcome="error", detail=type(error).__name__)

    def _publish(self, run: Run, done: Done) -> str:
        """What is made has been paid for: while the database is away it is kept, not made anew."""
        while True:
            try:
                return self._published(run.job, done)
            except DatabaseBusy:
                if time.monotonic() + PUBLISH_AGAIN_SEC >= run.deadline:
                    raise
            time.sleep(PUBLISH_AGAIN_SEC)

    def _published(self, job: Job, done: Done) -> str:
        cancelled = False
        # A power cut right now may undo this: the job would then run again from its original.
        with self._db.transaction(durable=False) as db:
            published = states.succeed(
                db, job.id, job.attempt, utcnow(), result_key=done.key, result=done.facts
            )
            if published:
                job.result, job.result_key = dict(done.facts), done.key
                self._ended(db, job, None)
            elif not (cancelled := self._cancelled_as_asked(db, job)):
                # The commit of an earlier try may have got through, and only word of it not.
                published = states.has_succeeded(db, job.id, job.attempt)
        if published:
            _end_here(job, JobState.SUCCEEDED)
        else:
            for key in done.made:
                discard(self._store, key)
            self._tasks[job.kind].unsaid(job, done)
        if cancelled:
            _end_here(job, JobState.CANCELLED, JobCancelled())
        return "succeeded" if published else "fenced"

    def _fail(self, run: Run, error: PhotoaiError) -> str:
        job = run.job
        with self._db.transaction() as db:
            failed = states.fail(db, job.id, job.attempt, utcnow(), error)
            if failed:
                self._ended(db, job, error)
        if failed:
            _end_here(job, JobState.FAILED, error)
        else:
            self._tasks[job.kind].unsaid(job, error)
        return error.code if failed else "fenced"

    def _after_child_death(self, run: Run, error: ChildFailed) -> str:
        with self._db.read() as db:
            deaths = states.deaths_of_its_own(db, run.job) + 1
        if deaths >= states.DEATHS_ALLOWED:
            return self._fail(run, JobPoison())
        return self._requeue(run, outcome=states.CHILD_DIED, detail=error.message)

    def _requeue(self, run: Run, *, outcome: str, detail: str) -> str:
        job = run.job
        # Full jitter on a base that doubles, so that jobs that broke together do not meet again.
        wait_sec = random.uniform(0.1, min(30.0, 0.5 * 2**job.attempt))  # noqa: S311
        with self._db.transaction() as db:
            ours = self.put_back(db, job, outcome=outcome, detail=detail, wait_sec=wait_sec)
        return "requeued" if ours else "fenced"

    def _enlist(self, db: Executor, job: Job, wait_sec: float) -> None:
        if self._queue:
            self._queue.enlist(db, job, wait_sec)

    def _cancelled_as_asked(self, db: Executor, job: Job) -> bool:
        asked = states.cancel_running(db, job.id, job.attempt, utcnow(), if_asked=True)
        if asked:
            self._ended(db, job, JobCancelled())
        return asked

    def _ended(self, db: Executor, job: Job, error: PhotoaiError | None) -> None:
        self._tasks[job.kind].ended(db, job, error)

    def _report(self, run: Run, fraction: float, stage: str, eta_sec: float | None) -> None:
        told, at = self._reported.get(run.job.id, ("", 0.0))
        now = time.monotonic()
        # A new stage is told at once: another one may end before its turn has come.
        if stage == told and now - at < PROGRESS_EVERY_SEC:
            return
        self._reported[run.job.id] = stage, now
        with self._db.transaction(durable=False) as db:
            states.progressed(db, run.job.id, run.job.attempt, fraction, stage, eta_sec)
        self._events.publish(run.job.id)


def _end_here(job: Job, state: JobState, error: PhotoaiError | None = None) -> None:
    """Write a committed end into the object too: who waits with it need not read the row."""
    if error is not None:
        job.error_code, job.error_text = error.code, error.message
        job.error_details = error.details or None
    job.state = state


def _facts(run: Run) -> dict[str, object]:
    job = run.job
    return {
        "job_id": job.public_id, "kind": job.kind, "slot": job.slot_id, "attempt": job.attempt,
    }  # fmt: skip

"""A task that is counted and timed."""

from __future__ import annotations

import dataclasses
import time

from photoai.db import Executor
from photoai.errors import JobCancelled, PhotoaiError
from photoai.models import Job, JobState
from photoai.services.metrics import Metrics

from .tasks import Done, Run, Task


def observed(kind: str, task: Task, metrics: Metrics) -> Task:
    """The same task, noting down how long its jobs waited and ran and how they ended.

    An end is counted in the transaction that writes it down: should that be taken back, once too
    often.
    """
    metrics.expect_jobs(kind)

    def run(run: Run) -> Done:
        job = run.job
        if job.attempt == 1 and job.started is not None:
            metrics.job_waited(kind, (job.started - job.created).total_seconds())
        began = time.monotonic()
        try:
            return task.run(run)
        finally:
            metrics.job_ran(kind, time.monotonic() - began)

    def ended(db: Executor, job: Job, error: PhotoaiError | None) -> None:
        task.ended(db, job, error)
        state = _state_after(error)
        rung = (job.result or {}).get("rung") if error is None else None
        metrics.job_ended(kind, state, rung)
        if error is not None and state == JobState.FAILED:
            metrics.job_failed(kind, error.code)

    return dataclasses.replace(task, run=run, ended=ended)


def _state_after(error: PhotoaiError | None) -> JobState:
    if error is None:
        return JobState.SUCCEEDED
    return JobState.CANCELLED if isinstance(error, JobCancelled) else JobState.FAILED

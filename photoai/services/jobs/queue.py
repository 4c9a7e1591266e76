"""The queue port: who hands accepted jobs to runners. The job's row is the truth in every mode;
a queue only knows that there is something to look at."""

from __future__ import annotations

from typing import Protocol

from photoai.db import Executor
from photoai.models import Job

from .drafts import JobDraft


class Queue(Protocol):
    owner: str

    def start(self) -> None:
        """Begin to hand out jobs."""

    def stop(self) -> None:
        """Hand out no more, and put back what runs here."""

    def reserve(self, draft: JobDraft) -> bool:
        """Take a free place for a job that is about to be accepted, if there is one and nobody
        waits for it; the job is then claimed in the transaction that accepts it."""

    def enlist(self, db: Executor, job: Job, wait_sec: float = 0.0) -> None:
        """Inside the transaction that lets a job wait: what has to be written down so that it is
        handed out, in `wait_sec` seconds at the earliest."""

    def offer(self, job: Job, *, reserved: bool) -> None:
        """A job was accepted; `reserved` ones are already claimed and start now."""

    def give_back(self, draft: JobDraft) -> None:
        """The reserved place is not needed after all."""

    def cancel(self, job_id: int) -> None:
        """Somebody asked to cancel a running job."""

    @property
    def elected(self) -> bool:
        """Whether jobs run in this process, so that their changes are heard of here."""

    def runs(self, job: Job) -> bool:
        """Whether this very object is being run here: then its run writes its end into it."""

    def ready(self) -> bool:
        """Whether jobs are being handed out by this or another process."""

"""What a kind of job is made of."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from photoai.db import Executor
from photoai.errors import JobCancelled, PhotoaiError
from photoai.models import Job

if TYPE_CHECKING:
    from .child import Child

# A shorter wait is not worth looking for a place again.
REST_FROM_SEC = 0.5
# How often a run that moves to another provider looks for a place there.
PLACE_LOOK_SEC, SELDOM_PLACE_LOOK_SEC = 0.05, 0.25


@dataclass(frozen=True)
class Done:
    """A finished job's result: the store's key of its bytes and the facts shown with it. Bytes that
    are `shared` were there before, as another job's result. `beside` are the keys of files that
    come and go with the result."""

    key: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    shared: bool = False
    beside: tuple[str, ...] = ()

    @property
    def made(self) -> tuple[str, ...]:
        """The keys of all that was stored for this job alone."""
        return (self.key, *self.beside) if self.key and not self.shared else ()


class Run:
    """One attempt at a job, as its task sees it. `deadline` is a `time.monotonic()` value."""

    def __init__(
        self, job: Job, deadline: float, report: Callable[[Run, float, str, float | None], None]
    ) -> None:
        self.job = job
        self.deadline = deadline
        self.cancelled = threading.Event()
        self.child: Child | None = None
        self.rest: Callable[[], AbstractContextManager[None]] = nullcontext
        self.move: Callable[[str], bool] = lambda provider: True
        self.beside: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True)
        self._report = report

    def progress(self, fraction: float, stage: str, eta_sec: float | None = None) -> None:
        """Say how far it is: `fraction` from 0 to 1. Raises JobCancelled."""
        self.check()
        self._report(self, fraction, stage, eta_sec)

    def check(self) -> None:
        """Raises JobCancelled when the owner no longer wants the result."""
        if self.cancelled.is_set():
            raise JobCancelled

    def move_to(self, provider: str, until: float) -> bool:
        """Exchange its place for one at another provider, by `until` (a `time.monotonic()` value);
        False when none gets free. Afterwards its row says that it is there.

        Raises:
            JobCancelled
        """
        if self.job.provider == provider:
            return True
        pause_sec = PLACE_LOOK_SEC
        while not self.move(provider):
            self.check()
            if time.monotonic() + pause_sec >= until:
                return False
            self.cancelled.wait(pause_sec)
            pause_sec = min(SELDOM_PLACE_LOOK_SEC, 1.5 * pause_sec)
        return True

    def second_place(self) -> AbstractContextManager[bool]:
        """Whether it has a second place at its provider, inside: one that is free and nobody waits
        for. It may be left after the run has ended."""
        return self.beside()

    def pause(self, seconds: float) -> None:
        """Wait, at most until the job is cancelled; for long, others have its place meanwhile.

        Raises:
            JobCancelled
        """
        with self.rest() if seconds >= REST_FROM_SEC else nullcontext():
            self.cancelled.wait(seconds)
        self.check()


@dataclass(frozen=True)
class Task:
    """A kind of job: how it runs, which pool it waits for, what its end writes down.

    `providers` are those its jobs can be for, each with a part of the pool for itself. `ended` is
    called inside the transaction that ends the job, with its error or None; `unsaid` after a run
    whose end was not written down, because somebody was faster to end the job. What `has_original`
    works on a file that came with it, and can only be tried again while that is kept, without those
    of its params that hold for what was ordered `at_first` alone. `new_id`
    names one in the shape its clients know. `may_start` is called inside each transaction that
    accepts one, tries one again or ends one as it begins, with its account's id, and raises when
    the account may have no more; such transactions of one account come one after the other.
    `may_retry` is called inside those that try one again, and raises when that one may not be.
    """

    run: Callable[[Run], Done]
    pool: str
    parallel: Callable[[str | None], int]
    parallel_per_slot: Callable[[str | None], int | None] = lambda provider: None
    ended: Callable[[Executor, Job, PhotoaiError | None], None] = lambda db, job, error: None
    unsaid: Callable[[Job, Done | PhotoaiError], None] = lambda job, end: None
    providers: Sequence[str | None] = (None,)
    lease_sec: float = 6.0
    timeout_sec: float = 600.0
    has_original: bool = True
    at_first: Sequence[str] = ()
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    may_start: Callable[[Executor, int], None] | None = None
    may_retry: Callable[[Executor, Job], None] = lambda db, job: None


Tasks = Mapping[str, Task]


def pool_of(tasks: Tasks, kind: str, provider: str | None) -> str:
    """The name of the pool a job waits for: its task's, and its provider's part of that."""
    task = tasks.get(kind)
    name = task.pool if task else kind
    return f"{name}.{provider}" if provider else name

"""A photo on its way through its slot's ladder: each rung in its time, the next as soon as one
cannot help."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from photoai.errors import (
    DatabaseBusy,
    InputGone,
    JobCancelled,
    PhotoaiError,
    ProviderError,
    StorageUnavailable,
    error_named,
)
from photoai.models import Job
from photoai.services.clock import utcnow
from photoai.services.jobs import REPLAY, Done, Run
from photoai.services.ladder import LOCAL, Step

# Where a job's params keep its steps, and which providers it is kept from, with the codes of why.
LADDER, CLOSED = "ladder", "closed"
# What no other rung could do better.
NOT_A_RUNGS = (JobCancelled, InputGone, DatabaseBusy, StorageUnavailable)
# What a provider's error tells of it, besides its code.
TOLD = ("reason", "softened")
NOTHING: Mapping[str, Any] = {}
FULL, BROKE = "rung_full", "internal_error"
# Of the time of the last rung, for how much a place at its provider is waited for: then the guest
# comes before the limit.
WAIT_PART = 0.5
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Foothold:
    """One rung to be tried by `deadline`, planned to end by `until` (`time.monotonic()` values),
    and what the rungs before it came to: `spent` in USD, `left` for each what it was and why it was
    left."""

    number: int
    step: Step
    until: float
    deadline: float
    is_last: bool
    spent: float = 0.0
    left: tuple[dict[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """As `X-Photoai-Rung` has it."""
        return f"{self.number}:{self.step.provider}"


@dataclass
class Climb:
    """One run's climb. `finish` makes the photo on one rung or raises why it cannot; `lost` is told
    in USD what rungs have cost whose job ends, or is tried again, without telling it."""

    run: Run
    finish: Callable[[Foothold], Done]
    lost: Callable[[float], None]
    spent: float = 0.0
    left: list[dict[str, Any]] = field(default_factory=list)

    def done(self) -> Done:
        """The photo of the first rung that makes one.

        Raises:
            PhotoaiError: the last rung's, or what keeps all of them from it.
        """
        try:
            return self._climbed()
        except ProviderError:
            raise  # it tells its cost, and that of the rungs before
        except BaseException:
            if self.spent:
                self.lost(self.spent)
            raise

    def _climbed(self) -> Done:
        self._leave_closed()
        for reached in _reachable(self.run):
            began = time.monotonic()
            hold = replace(reached, spent=self.spent, left=tuple(self.left))
            try:
                if self._has_place(hold, began):
                    return self.finish(hold)
                self._leave(hold.name, FULL, began)
            except NOT_A_RUNGS:
                raise
            except ProviderError as error:
                self.spent += error.cost
                error.cost = self.spent
                if hold.is_last:
                    self._tell(error)
                    raise
                self._leave(hold.name, error.code, began, error.details)
            except PhotoaiError as error:
                if hold.is_last:
                    self._tell(error)
                    raise
                self._leave(hold.name, error.code, began)
            except Exception:
                if hold.is_last:
                    raise
                log.exception("rung_broke", extra={"fields": {"job_id": self.run.job.public_id}})
                self._leave(hold.name, BROKE, began)
        raise AssertionError("a ladder has a last rung")

    def _leave_closed(self) -> None:
        """What the photo is kept from is left before anything is tried.

        Raises:
            PhotoaiError: nothing is left to try.
        """
        job = self.run.job
        own = Step(job.provider or "", "", {}, 0.0)
        steps, closed = steps_of(job) or [own], _closed(job)
        for number, step in enumerate(steps):
            if step.provider in closed:
                code = closed[step.provider]
                self._leave(f"{number}:{step.provider}", code, time.monotonic())
        if all(step.provider in closed for step in steps):
            error = error_named(closed[steps[-1].provider])
            self.left.pop()
            self._tell(error)
            raise error

    def _tell(self, error: PhotoaiError) -> None:
        """What the rungs before the last one came to stands in its error."""
        if self.left:
            error.details |= {"left": self.left}

    def _has_place(self, hold: Foothold, began: float) -> bool:
        """The last rung is tried without one, too."""
        part = WAIT_PART if hold.is_last else 1.0
        until = began + part * (hold.until - began)
        return self.run.move_to(hold.step.provider, until) or hold.is_last

    def _leave(
        self, rung: str, code: str, began: float, details: Mapping[str, Any] = NOTHING
    ) -> None:
        facts = {"rung": rung, "error": code, "sec": round(time.monotonic() - began, 3)}
        facts |= {name: details[name] for name in TOLD if name in details}
        self.left.append(facts)
        log.warning("rung_left", extra={"fields": {"job_id": self.run.job.public_id, **facts}})


def steps_of(job: Job) -> list[Step]:
    """The steps of a photo's ladder; none when it has only its slot's own provider."""
    return [Step(**step) for step in job.params.get(LADDER, ())]


def cut_offs(job: Job) -> Iterator[tuple[float, str]]:
    """From how many seconds after its arrival on a photo that still waits for one provider waits
    for which other."""
    for (_, step), (_, following) in pairwise(_open(job)):
        if following.provider != step.provider:
            yield step.until_sec, following.provider


def _open(job: Job) -> list[tuple[int, Step]]:
    """The steps that may be tried, with their numbers; who stands before a closed one has its time
    too."""
    closed = _closed(job)
    found: list[tuple[int, Step]] = []
    for number, step in enumerate(steps_of(job)):
        if step.provider not in closed:
            found.append((number, step))
        elif found:
            before, kept = found[-1]
            found[-1] = before, replace(kept, until_sec=step.until_sec)
    return found


def _closed(job: Job) -> dict[str, str]:
    """What the photo is kept from; a replay was asked for by somebody who knows."""
    return {} if job.params.get(REPLAY) else dict(job.params.get(CLOSED, {}))


def _reachable(run: Run) -> Iterator[Foothold]:
    """The rungs that are left. A photo no booth waits for, or none any more, has all of them, as
    long as its job may last; so has the last one that is somebody else's: what comes from there too
    late for the booth is the guest's all the same."""
    job = run.job
    steps = _open(job)
    if not steps:
        params = job.params
        own = Step(job.provider or "", params["operation"], params["settings"], 0.0)
        yield Foothold(0, own, run.deadline, run.deadline, is_last=True)
        return
    arrived = time.monotonic() - (utcnow() - job.created).total_seconds()
    is_in_time = time.monotonic() < arrived + steps[-1][1].until_sec
    is_waited_for = is_in_time and not job.params.get(REPLAY)
    for number, step in steps:
        is_last = number == steps[-1][0]
        until = run.deadline
        if is_waited_for:
            until = min(until, arrived + step.until_sec)
        if is_last or time.monotonic() < until:
            deadline = run.deadline if is_last and step.provider != LOCAL else until
            yield Foothold(number, step, until, deadline, is_last)

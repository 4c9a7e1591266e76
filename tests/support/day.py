"""A day of booths: what is sent, what came back, and the one row each of it must have made."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from photoai.services.clock import utcnow
from tests.support import photos
from tests.support.booth import Booth
from tests.support.waiting import wait_until

SENDERS = 12
REPEATED_WITHIN = 60  # photos: some repeats find the first one running, some find it finished
HOUR_SEC, CALM_SEC = 3600, 3
PATIENCE_MS = 3000  # SYNC_RESPONSE_TIMEOUT_SEC=5 less the two seconds of its answer's margin
# A time-out is measured from `received`, its patience from `arrived` a moment earlier.
TIMED_OUT_FROM_MS = PATIENCE_MS - 100
PICTURES = [photos.jpeg(96, 64, seed=seed) for seed in range(8)]
CUT_SHORT = PICTURES[0][: len(PICTURES[0]) // 2]


class Kind(StrEnum):
    PHOTO = "photo"
    DAMAGED = "damaged"
    STRANGER = "stranger"  # with a wrong password
    REPEAT = "repeat"


KINDS = {Kind.PHOTO: 72, Kind.DAMAGED: 10, Kind.STRANGER: 8, Kind.REPEAT: 10}


@dataclass(frozen=True)
class Sending:
    """One upload; equal ones are repeats of each other."""

    owner: str
    slot: str
    number: int
    kind: Kind = Kind.PHOTO


@dataclass(frozen=True)
class Outcome:
    """What came back; `code` is "" for a photo, `ms` is what the booth itself measured."""

    sending: Sending
    status: int
    code: str
    job_id: str | None
    sent: datetime
    ms: float


@dataclass(frozen=True)
class Row:
    """What must have been counted. Its response time is not told to booths: it lies between the
    job's life (never less, for the row is written afterwards) and what the booth measured."""

    owner: str
    slot: str
    provider: str | None
    received: datetime
    status: int
    cost: float
    least_ms: float
    most_ms: float


def mixed(
    dice: random.Random, numbers: Iterable[int], weights: Mapping[str, int], owners: Sequence[str]
) -> list[Sending]:
    """A random mix over owners, slots by their weights, and kinds."""
    mix: list[Sending] = []
    for number in numbers:
        (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
        (slot,) = dice.choices(list(weights), list(weights.values()))
        if kind == Kind.REPEAT and mix:
            mix.append(dice.choice(mix[-REPEATED_WITHIN:]))
        else:
            kind = Kind.PHOTO if kind == Kind.REPEAT else kind
            mix.append(Sending(dice.choice(owners), slot, number, kind))
    return mix


class Crowd:
    """Booths of several operators on one server."""

    def __init__(self, booths: Mapping[str, Booth]) -> None:
        self._booths = booths

    def send(self, sending: Sending) -> Outcome:
        _let_the_hour_pass()
        sent, began = utcnow(), time.monotonic()
        answer = self._booths[sending.owner].send(
            CUT_SHORT if sending.kind == Kind.DAMAGED else PICTURES[sending.number % len(PICTURES)],
            slot=sending.slot,
            password="nobody's" if sending.kind == Kind.STRANGER else None,
            fields={"id": str(sending.number)},
            expect=False,
        )
        ms = (time.monotonic() - began) * 1000
        if answer.status == 200:
            return Outcome(sending, 200, "", answer.headers["X-Photoai-Job"], sent, ms)
        error = answer.error
        job_id = (error.get("details") or {}).get("job_id")
        return Outcome(sending, answer.status, error["code"], job_id, sent, ms)

    def send_all(
        self, mix: Sequence[Sending], at_once: Sequence[Sending], midway: Callable[[], object]
    ) -> Iterator[Outcome]:
        """Those `at_once` beside the mix, which is sent as fast as it is answered; `midway` is
        called while the mix is being sent."""
        with ThreadPoolExecutor(SENDERS) as pool, ThreadPoolExecutor(len(at_once)) as impatient:
            beside = [impatient.submit(self.send, each) for each in at_once]
            for place, outcome in enumerate(pool.map(self.send, mix)):
                if place == len(mix) // 2:
                    midway()
                yield outcome
            yield from (each.result() for each in beside)


def counted(
    outcomes: Iterable[Outcome],
    jobs: Mapping[str, Mapping[str, Any]],
    providers: Mapping[str, str],
    prices: Mapping[str, float],
) -> list[Row]:
    """The rows of what came back: one for each job, however many uploads joined it, and one for
    each photo that was not taken; none for a wrong password. `jobs` are the API's by their id."""
    answers: dict[object, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.status != 401:
            answers[outcome.job_id or object()].append(outcome)
    return [_row(of_one, jobs.get(of_one[0].job_id or ""), providers, prices)
            for of_one in answers.values()]  # fmt: skip


def _row(
    answers: Sequence[Outcome],
    job: Mapping[str, Any] | None,
    providers: Mapping[str, str],
    prices: Mapping[str, float],
) -> Row:
    one = answers[0]
    provider = providers.get(one.sending.slot)
    received, least_ms, cost = one.sent, 0.0, 0.0
    if job is not None:
        received = datetime.fromisoformat(job["created_at"])
        life = datetime.fromisoformat(job["finished_at"]) - received
        late = one.status == 504
        least_ms = TIMED_OUT_FROM_MS if late else life / timedelta(milliseconds=1)
        # An answer nobody could use has been paid for as well.
        answered = job["state"] == "succeeded" or job["error"]["code"] == "provider_bad_answer"
        cost = prices[provider or ""] if answered else 0.0
    return Row(
        owner=one.sending.owner,
        slot=one.sending.slot,
        provider=provider,
        received=received,
        status=one.status,
        cost=cost,
        least_ms=least_ms,
        most_ms=max(answer.ms for answer in answers),
    )


def _let_the_hour_pass() -> None:
    """Nothing is on its way when an hour begins, so that each photo's hour is known."""
    if time.time() % HOUR_SEC > HOUR_SEC - CALM_SEC:
        wait_until(lambda: time.time() % HOUR_SEC < HOUR_SEC / 2, CALM_SEC + 5, "the next hour")

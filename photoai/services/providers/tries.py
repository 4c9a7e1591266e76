"""The one retry loop around every call of a provider: deadline-aware, guarded by a breaker."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from photoai.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.services.metrics import Metrics

from .breaker import Breaker
from .venue import Line, NoLine

# Below this a call is not worth starting: it could not come back in time.
SHORTEST_CALL_SEC = 0.2
# After a connection that could not be made: by then one knows whether any can.
UNREACHED_WAIT_SEC = 1.0
# How a try ends that ends in no error, and one the breaker did not let through.
ANSWERED, LEFT_ALONE = "answered", "left_alone"
log = logging.getLogger(__name__)

Pause = Callable[[float], None]
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass
class Tries:
    """One call's tries: for whom, how many, how long each may take, and what those have cost that
    came to nothing (`wasted` in USD, `usage` in tokens by kind). `hurried` ones do not wait for
    quota nor for a breaker; `line` is the way to the provider. `lost` is told what was wasted where
    neither an answer nor an error tells it."""

    provider: str
    job_id: str
    deadline: float
    timeout_sec: float
    max_tries: int
    bad_answer_wait_sec: float
    breaker: Breaker
    metrics: Metrics
    pause: Pause
    hurried: bool = False
    line: Line = field(default_factory=NoLine)
    lost: Callable[[float], None] = lambda usd: None
    asked: int = 0
    left_alone: bool = False
    wasted: float = 0.0
    usage: dict[str, int] = field(default_factory=dict)

    def run(self, call: Callable[[float], Given], use: Callable[[Given], Made]) -> Made:
        """What `use` makes of what `call` gives by its deadline; both may raise.

        Raises:
            ProviderError: the last try's, when no further one fits the deadline or would help;
                its `cost` and `usage` are those of all tries.
        """
        try:
            made: Made = RETRYING(Tries._once, self, call, use)
        except ProviderError as error:
            error.cost, error.usage = self.wasted, dict(self.usage)
            raise
        except BaseException:  # nobody wants it any more
            if self.wasted:
                self.lost(self.wasted)
            raise
        return made

    def wait_sec(self, state: RetryCallState) -> float:
        error = _error(state)
        if isinstance(error, ProviderError) and error.retry_after is not None:
            return error.retry_after
        if isinstance(error, ProviderBadAnswer):
            return self.bad_answer_wait_sec
        if isinstance(error, ProviderOverloaded) and error.unreached:
            return UNREACHED_WAIT_SEC
        return BACKOFF(state)

    def no_time_for_another(self, state: RetryCallState) -> bool:
        # A breaker that is open says no without asking: that is no try.
        most = getattr(_error(state), "most_tries", None) or self.max_tries
        if self.asked >= most:
            return True
        if self.hurried and (self.left_alone or isinstance(_error(state), ProviderQuota)):
            return True
        return time.monotonic() + state.upcoming_sleep + SHORTEST_CALL_SEC > self.deadline

    def pause_before(self, state: RetryCallState) -> None:
        self.pause(state.upcoming_sleep)

    def _once(self, call: Callable[[float], Given], use: Callable[[Given], Made]) -> Made:
        began = time.monotonic()
        if self.deadline - began < SHORTEST_CALL_SEC:
            raise ProviderTimeout
        asked = self.asked
        try:
            self.line.check()
            until = min(self.deadline, began + self.timeout_sec)
            with self.breaker.call(until - began):
                self.asked += 1
                given = self._timed(call, until)
            self.line.reached()
            made = use(given)
        except ProviderError as error:
            self._tell_line(error)
            self.left_alone = self.asked == asked
            self._failed(error, began, LEFT_ALONE if self.left_alone else error.code)
            raise
        self.metrics.provider_called(self.provider, ANSWERED)
        return made

    def _timed(self, call: Callable[[float], Given], deadline: float) -> Given:
        began = time.monotonic()
        try:
            return call(deadline)
        finally:
            self.metrics.provider_took(self.provider, time.monotonic() - began)

    def _tell_line(self, error: ProviderError) -> None:
        """What an error says of the way; most say nothing."""
        if isinstance(error, ProviderOverloaded) and error.unreached:
            self.line.unreached()
        elif isinstance(error, ProviderTimeout):
            self.line.doubted()
        elif isinstance(error, ProviderRefused):
            self.line.reached()

    def _failed(self, error: ProviderError, began: float, end: str) -> None:
        self.wasted += error.cost
        for kind, tokens in error.usage.items():
            self.usage[kind] = self.usage.get(kind, 0) + tokens
        self.metrics.provider_called(self.provider, end)
        facts = {
            "job_id": self.job_id,
            "provider": self.provider,
            "code": error.code,
            "vendor": error.vendor[:500],
            "ms": round((time.monotonic() - began) * 1000),
        }
        log.warning("provider_failed", extra={"fields": facts})


def _worth_another_try(error: BaseException) -> bool:
    return isinstance(error, ProviderError) and error.retryable


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _tries(state: RetryCallState) -> Tries:
    tries: Tries = state.args[0]
    return tries


# One for all calls, because making one costs as much as a query; each call brings its own tries,
# which also sleep for it.
BACKOFF = wait_random_exponential(multiplier=0.5, max=8)
RETRYING = Retrying(
    retry=retry_if_exception(_worth_another_try),
    wait=lambda state: _tries(state).wait_sec(state),
    stop=lambda state: _tries(state).no_time_for_another(state),
    before_sleep=lambda state: _tries(state).pause_before(state),
    sleep=lambda seconds: None,
    reraise=True,
)

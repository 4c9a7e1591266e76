"""The one retry loop around every provider: deadline-aware, guarded by the breaker."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from photoai.db import Executor
from photoai.errors import (
    DeliveryMalformed,
    DeliveryUnknown,
    ProviderBadAnswer,
    ProviderError,
    ProviderNotConfigured,
    ProviderTimeout,
)
from photoai.services.catalogue import Catalogue, ProviderEntry
from photoai.services.metrics import Metrics

from .breaker import Breaker
from .port import Answer, Ask, Delivered, Pinged, Provider
from .videos import Check, VideoMind, go_on

# Below this a call is not worth starting: it could not come back in time.
SHORTEST_CALL_SEC = 0.2
# How a try ends that ends in no error, and one the breaker did not let through.
ANSWERED, LEFT_ALONE = "answered", "left_alone"
log = logging.getLogger(__name__)

Use = Callable[[Answer], bytes]
Pause = Callable[[float], None]


class Providers:
    """Calls providers by their id; knows nothing about any one of them."""

    def __init__(
        self,
        catalogue: Catalogue,
        minds: Mapping[str, Provider],
        metrics: Metrics | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._metrics = metrics or Metrics()
        self._minds = minds
        self._breakers = {provider_id: Breaker() for provider_id in catalogue.providers}

    def configured(self, provider_id: str) -> bool:
        mind = self._minds.get(provider_id)
        return mind is not None and mind.configured()

    def healthy(self, provider_id: str) -> bool:
        return self._breakers[provider_id].healthy

    def health(self) -> dict[str, bool]:
        """Every provider of the catalogue, and whether it is healthy."""
        return {provider_id: breaker.healthy for provider_id, breaker in self._breakers.items()}

    def finish(
        self, provider_id: str, ask: Ask, use: Use, pause: Pause = time.sleep
    ) -> tuple[Answer, bytes]:
        """Ask until there is an image that `use` can make the booth's photo of.

        `use` raises ProviderBadAnswer when the image is not usable; `pause` waits between tries.

        Raises:
            ProviderError: the last try's, when no further one fits the deadline or would help.
        """
        entry = self._catalogue.providers.get(provider_id)
        mind = self._minds.get(provider_id)
        if entry is None or mind is None or not mind.configured():
            raise ProviderNotConfigured
        loop = _Loop(entry, ask.deadline, pause)
        try:
            answer, image = RETRYING(self._once, loop, entry, mind, ask, use)
        except ProviderError as error:
            error.cost = loop.wasted
            raise
        if loop.wasted:
            answer = dataclasses.replace(answer, cost=(answer.cost or 0.0) + loop.wasted)
        return answer, image

    def videos(
        self, provider_id: str, job_id: str = "", check: Check = go_on, pause: Pause = time.sleep
    ) -> VideoMind:
        """The provider as a mind that watches videos: calls are tried again and go on to the next
        model as this loop does it, and `check` may end them (it raises what ends a job)."""
        raise NotImplementedError

    def ping(self, provider_id: str, seconds: float) -> None:
        """Whether a provider would take work right now; nothing is counted or paid.

        Raises:
            ProviderError: why it would not.
        """
        mind = self._minds.get(provider_id)
        if mind is None or not mind.configured():
            raise ProviderNotConfigured
        if not isinstance(mind, Pinged):
            return
        try:
            mind.ping(time.monotonic() + seconds)
        except ProviderError as error:
            facts = {"provider": provider_id, "code": error.code, "vendor": error.vendor[:500]}
            log.warning("provider_ping_failed", extra={"fields": facts})
            raise

    def delivered(self, provider_id: str, token: str, body: bytes) -> None:
        """Hand a provider what was sent to an address of its own.

        Raises:
            DeliveryUnknown, DeliveryForeign, DeliveryMalformed
        """
        mind = self._minds.get(provider_id)
        if not isinstance(mind, Delivered):
            raise DeliveryUnknown
        try:
            mind.delivered(token, body)
        except ProviderBadAnswer:
            raise DeliveryMalformed from None

    def ended(self, db: Executor, provider_id: str, job_id: str) -> None:
        """Tell a provider that answers later that a job has ended."""
        mind = self._minds.get(provider_id)
        if isinstance(mind, Delivered):
            mind.ended(db, job_id)

    def _once(
        self, loop: _Loop, entry: ProviderEntry, mind: Provider, ask: Ask, use: Use
    ) -> tuple[Answer, bytes]:
        now = time.monotonic()
        if ask.deadline - now < SHORTEST_CALL_SEC:
            raise ProviderTimeout
        bounded = dataclasses.replace(ask, deadline=min(ask.deadline, now + entry.timeout_sec))
        asked = loop.asked
        try:
            with self._breakers[entry.id].call():
                loop.asked += 1
                answer = self._asked(entry, mind, bounded)
            try:
                image = use(answer)
            except ProviderError as error:
                error.cost = answer.cost or 0.0
                raise
        except ProviderError as error:
            loop.wasted += error.cost
            self._metrics.provider_called(
                entry.id, error.code if loop.asked > asked else LEFT_ALONE
            )
            log.warning(
                "provider_failed",
                extra={
                    "fields": {
                        "job_id": ask.job_id,
                        "provider": entry.id,
                        "code": error.code,
                        "vendor": error.vendor[:500],
                        "ms": round((time.monotonic() - now) * 1000),
                    }
                },
            )
            raise
        self._metrics.provider_called(entry.id, ANSWERED)
        return answer, image

    def _asked(self, entry: ProviderEntry, mind: Provider, ask: Ask) -> Answer:
        began = time.monotonic()
        try:
            return mind.finish(ask)
        finally:
            self._metrics.provider_took(entry.id, time.monotonic() - began)


class _Loop:
    """How long to wait before the next try, and when there is no time for one."""

    def __init__(self, entry: ProviderEntry, deadline: float, pause: Pause) -> None:
        self._entry = entry
        self._deadline = deadline
        self._pause = pause
        self.asked = 0
        self.wasted = 0.0  # what answers have cost that nobody could use, in USD

    def wait_sec(self, state: RetryCallState) -> float:
        error = _error(state)
        if isinstance(error, ProviderError) and error.retry_after is not None:
            return error.retry_after
        if isinstance(error, ProviderBadAnswer):
            return self._entry.bad_answer_wait_sec
        return BACKOFF(state)

    def no_time_for_another(self, state: RetryCallState) -> bool:
        # A breaker that is open says no without asking: that is no try.
        most = getattr(_error(state), "most_tries", None) or self._entry.max_tries
        if self.asked >= most:
            return True
        return time.monotonic() + state.upcoming_sleep + SHORTEST_CALL_SEC > self._deadline

    def pause(self, state: RetryCallState) -> None:
        self._pause(state.upcoming_sleep)


def _worth_another_try(error: BaseException) -> bool:
    return isinstance(error, ProviderError) and error.retryable


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _loop(state: RetryCallState) -> _Loop:
    loop: _Loop = state.args[0]
    return loop


# One for all calls, because making one costs as much as a query; each call brings its own loop,
# which also sleeps for it.
BACKOFF = wait_random_exponential(multiplier=0.5, max=8)
RETRYING = Retrying(
    retry=retry_if_exception(_worth_another_try),
    wait=lambda state: _loop(state).wait_sec(state),
    stop=lambda state: _loop(state).no_time_for_another(state),
    before_sleep=lambda state: _loop(state).pause(state),
    sleep=lambda seconds: None,
    reraise=True,
)

"""Minds that watch videos, behind the one retry loop; what one model cannot, the next may."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from photoai.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderModelGone,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
    ProviderTimeout,
    Sentence,
)
from photoai.services.catalogue import ProviderEntry, VideoEntry
from photoai.services.metrics import Metrics

from .breaker import Breaker
from .tries import SHORTEST_CALL_SEC, Tries
from .videos import Check, Footage, Question, Sent, Told, VideoMind, go_on, wait

# A file is deleted by a call without a body: whoever does not answer by then is asked again.
REMOVING_SEC = 30.0
FILES = "files"
# Errors of photos in words that fit a video.
WORDS = {
    ProviderRefused: Sentence("The AI provider refused to work on this video."),
    ProviderBadAnswer: Sentence("The AI provider answered without a usable text."),
    ProviderTimeout: Sentence("The AI provider did not answer in time."),
}
Made = TypeVar("Made")
log = logging.getLogger(__name__)


class Watchers:
    """A provider's models, one asked after the other; a `VideoMind` itself."""

    def __init__(
        self,
        entry: ProviderEntry,
        mind: VideoMind,
        breakers: MutableMapping[str, Breaker],
        metrics: Metrics,
        job_id: str,
    ) -> None:
        self._entry = entry
        self._mind = mind
        self._breakers = breakers
        self._metrics = metrics
        self._job_id = job_id

    @property
    def _limits(self) -> VideoEntry:
        assert self._entry.video is not None
        return self._entry.video

    def configured(self) -> bool:
        """See `VideoMind.configured`."""
        return self._mind.configured()

    def video_models(self) -> Sequence[str]:
        """See `VideoMind.video_models`."""
        return self._mind.video_models()

    def send(self, footage: Footage, name: str, deadline: float, check: Check = go_on) -> Sent:
        """See `VideoMind.send`; a try may take all the time there is."""
        tries = self._tries(FILES, deadline, deadline - time.monotonic(), check)
        try:
            return tries.run(lambda until: self._mind.send(footage, name, until, check), _as_it_is)
        except ProviderError as error:
            raise _worded(error) from None

    def ask(self, question: Question, check: Check = go_on) -> Told:
        """See `VideoMind.ask`. A model that is gone, silent, overloaded beyond its tries or out of
        its day's quota is left for the next one; `cost` and `usage` are those of all of them."""
        cost, usage = 0.0, Counter[str]()
        said: ProviderError | None = None
        for model in self._models(question.model):
            tries = self._tries(model, question.deadline, self._limits.timeout_sec, check)
            asked = replace(question, model=model)
            try:
                told = tries.run(partial(self._asked, asked, check), _as_it_is)
            except ProviderError as error:
                cost += error.cost
                usage.update(error.usage)
                error.model = model
                said = error if said is None or not isinstance(error, ProviderModelGone) else said
                if not _next_may(error, question.deadline):
                    break
                log.warning("provider_model_left", extra={"fields": self._facts(model, error)})
            except BaseException:  # nobody wants to know any more
                usage.update(tries.usage)
                question.lost(cost + tries.wasted, usage, model)
                raise
            else:
                return _billed(told, cost + tries.wasted, usage + Counter(tries.usage))
        assert said is not None
        said.cost, said.usage = cost, dict(usage)
        raise _worded(said)

    def remove(self, name: str, deadline: float, check: Check = go_on) -> None:
        """See `VideoMind.remove`."""
        tries = self._tries(FILES, deadline, REMOVING_SEC, check)
        try:
            tries.run(lambda until: self._mind.remove(name, until, check), _as_it_is)
        except ProviderError as error:
            raise _worded(error) from None

    def _asked(self, question: Question, check: Check, until: float) -> Told:
        return self._mind.ask(replace(question, deadline=until), check)

    def _models(self, first: str) -> list[str]:
        """From the wished one on; one that is no candidate comes before them all."""
        models = list(self._mind.video_models())
        return (
            models[models.index(first) :] if first in models else [*filter(None, [first]), *models]
        )

    def _tries(self, what: str, deadline: float, timeout_sec: float, check: Check) -> Tries:
        entry = self._entry
        return Tries(
            entry.id, self._job_id, deadline, timeout_sec, self._limits.max_tries,
            entry.bad_answer_wait_sec, self._breakers[f"{entry.id} {what}"], self._metrics,
            lambda seconds: wait(seconds, check),
        )  # fmt: skip

    def _facts(self, model: str, error: ProviderError) -> dict[str, str]:
        return {
            "job_id": self._job_id,
            "provider": self._entry.id,
            "model": model,
            "code": error.code,
        }


class NobodyWatches:
    """A provider without models for videos."""

    def configured(self) -> bool:
        return False

    def video_models(self) -> Sequence[str]:
        return ()

    def send(self, footage: Footage, name: str, deadline: float, check: Check = go_on) -> Sent:
        raise ProviderNotConfigured

    def ask(self, question: Question, check: Check = go_on) -> Told:
        raise ProviderNotConfigured

    def remove(self, name: str, deadline: float, check: Check = go_on) -> None:
        raise ProviderNotConfigured


def _as_it_is(given: Made) -> Made:
    return given


def _next_may(error: ProviderError, deadline: float) -> bool:
    """Whether another model may answer what this one did not, and there is time to ask it."""
    of_model = isinstance(error, ProviderModelGone | ProviderOverloaded | ProviderTimeout)
    daily = isinstance(error, ProviderQuota) and error.daily
    return (of_model or daily) and deadline - time.monotonic() > SHORTEST_CALL_SEC


def _billed(told: Told, cost: float, usage: Counter[str]) -> Told:
    """The answer with what was billed before it came."""
    if not cost and not usage:
        return told
    usage.update(told.usage)
    return replace(told, cost=(told.cost or 0.0) + cost, usage=dict(usage))


def _worded(error: ProviderError) -> ProviderError:
    if error.message == type(error).explain() and type(error) in WORDS:
        error.message = WORDS[type(error)]
    return error

"""Providers by their ids, each behind the one retry loop and a breaker."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from photoai.db import Executor
from photoai.errors import (
    DeliveryMalformed,
    DeliveryUnknown,
    ProviderBadAnswer,
    ProviderError,
    ProviderNotConfigured,
)
from photoai.services.catalogue import Catalogue
from photoai.services.fetch import Fetcher
from photoai.services.metrics import Metrics

from .breaker import Breaker
from .breakers import Breakers
from .port import Answer, Ask, Choices, Delivered, NoChoices, Pinged, Provider, Remote
from .tries import Pause, Tries
from .venue import Reach, Venue
from .videos import VideoMind, Watching
from .watchers import NobodyWatches, Watchers

log = logging.getLogger(__name__)

Made = TypeVar("Made")


def _connect(url: str, deadline: float) -> None:
    """Reach a host of the catalogue, wherever the server's settings have it. Raises PhotoaiError"""
    Fetcher([urlsplit(url).hostname or ""]).reach(url, deadline=deadline)


class Providers:
    """Calls providers by their id; knows nothing about any one of them."""

    def __init__(
        self,
        catalogue: Catalogue,
        minds: Mapping[str, Provider],
        metrics: Metrics | None = None,
        reach: Reach = _connect,
        choices: Choices | None = None,
        key_of: Callable[[str], str] = lambda provider_id: "",
    ) -> None:
        self._catalogue = catalogue
        self._metrics = metrics or Metrics()
        self._minds = minds
        self._breakers = Breakers(choices or NoChoices(), key_of)
        # Apart from those of photos, and each model's apart: one that is overloaded keeps nobody
        # from the next one, and no video a guest from a photo.
        self._video_breakers: defaultdict[str, Breaker] = defaultdict(Breaker)
        addresses = {id_: mind.address for id_, mind in minds.items() if isinstance(mind, Remote)}
        self.venue = Venue(addresses, self.configured, reach)

    def configured(self, provider_id: str) -> bool:
        mind = self._minds.get(provider_id)
        return mind is not None and mind.configured()

    def healthy(self, provider_id: str) -> bool:
        return self._breakers.healthy(provider_id)

    def health(self) -> dict[str, bool]:
        """Every provider of the catalogue, and whether it is healthy."""
        return self._breakers.health(self._catalogue.providers)

    def finish(
        self,
        provider_id: str,
        ask: Ask,
        use: Callable[[Answer], Made],
        pause: Pause = time.sleep,
        *,
        hurried: bool = False,
        lost: Callable[[float], None] = lambda usd: None,
    ) -> tuple[Answer, Made]:
        """Ask until there is an image that `use` can make the booth's photo of.

        `use` raises ProviderBadAnswer when the image is not usable; `pause` waits between tries;
        `hurried`: somebody else can be asked, so that nobody waits for quota or a breaker; `lost`
        is told in USD what tries have cost when `use` or `pause` raises something of its own.

        Raises:
            ProviderError: the last try's, when no further one fits the deadline or would help.
        """
        entry = self._catalogue.providers.get(provider_id)
        mind = self._minds.get(provider_id)
        if entry is None or mind is None or not mind.configured():
            raise ProviderNotConfigured
        tries = Tries(
            entry.id, ask.job_id, ask.deadline, entry.timeout_sec, entry.max_tries,
            entry.bad_answer_wait_sec, self._breakers.of(entry, ask), self._metrics, pause,
            hurried, self.venue.line(entry.id), lost,
        )  # fmt: skip

        def used(answer: Answer) -> tuple[Answer, Made]:
            try:
                return answer, use(answer)
            except ProviderError as error:
                error.cost = answer.cost or 0.0
                raise

        answer, image = tries.run(
            lambda deadline: mind.finish(dataclasses.replace(ask, deadline=deadline)), used
        )
        if tries.wasted:
            answer = dataclasses.replace(answer, cost=(answer.cost or 0.0) + tries.wasted)
        return answer, image

    def videos(self, provider_id: str, job_id: str = "") -> VideoMind:
        """The provider as a mind that watches videos, for one job: each call is tried again and
        goes on to the next model where that helps. One that watches none is not configured."""
        entry = self._catalogue.providers.get(provider_id)
        mind = self._minds.get(provider_id)
        if entry is None or entry.video is None or not isinstance(mind, Watching):
            return NobodyWatches()
        if mind.videos is None:
            return NobodyWatches()
        return Watchers(entry, mind.videos, self._video_breakers, self._metrics, job_id)

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

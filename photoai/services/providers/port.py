"""What every provider takes and gives: one noun, one method (`Provider.finish`).

A provider's own protocol, keys and errors stay in its file; what leaves it is an `Answer` or one
of the `Provider…` errors of `photoai.errors`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from photoai.config import Config
from photoai.db import Executor
from photoai.errors import ProviderNotConfigured
from photoai.offload import Offload
from photoai.services.calls import Calls
from photoai.services.catalogue import Catalogue
from photoai.services.photos import Output, Picture


@dataclass(frozen=True)
class Ask:
    """One call to a provider.

    `images` are the slot's own pictures by their setting's name without `_media_id`
    (`reference`, `base`, `overlay`). `settings` fit the operation's schema, defaults filled.
    `deadline` is a `time.monotonic()` value: nothing may be waited for beyond it.
    """

    job_id: str
    user_id: int
    operation: str
    prompt: str
    photo: Picture
    images: Mapping[str, Picture]
    settings: Mapping[str, Any]
    output: Output
    deadline: float

    @property
    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()


@dataclass(frozen=True)
class Answer:
    """What came back: the image's bytes (not trusted yet) and what is known about the call.

    `cost` is in USD, None when the provider did not say; `usage` counts tokens by kind; `notes`
    are facts the operator may see with the job.
    """

    image: bytes
    model: str
    model_version: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    request_id: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)


class Choices(Protocol):
    """What operators chose about a provider's models, as it is set now."""

    def default_model(self, provider_id: str) -> str | None:
        """The model for slots that name none; None: the catalogue's."""

    def prices(self, provider_id: str) -> Mapping[str, Mapping[str, float]]:
        """USD for an image by model and size, where it is not the catalogue's."""


class NoChoices:
    def default_model(self, provider_id: str) -> str | None:
        return None

    def prices(self, provider_id: str) -> Mapping[str, Mapping[str, float]]:
        return {}


@dataclass(frozen=True)
class Means:
    """What providers are made of.

    `offload` runs CPU work beside the event loop, the catalogue has their models, limits and
    prices, `key_of` tells a provider's key as it is set now ("": none), `publish` makes a public
    link to a user's picture that lives for some seconds, `calls` keeps what is answered later,
    `choices` are the operators' about models.
    """

    offload: Offload
    config: Config
    catalogue: Catalogue
    key_of: Callable[[str], str]
    publish: Callable[[int, Picture, float], str]
    calls: Calls
    choices: Choices = NoChoices()


def checked_key(key: str) -> str:
    """A key that can be sent in a header.

    Raises:
        ProviderNotConfigured: there is none, or it cannot.
    """
    if not key:
        raise ProviderNotConfigured
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ProviderNotConfigured(vendor="the key holds characters that no key has")
    return key


class Provider(Protocol):
    """A mind that finishes photos."""

    def configured(self) -> bool:
        """Whether it has what it needs (a key) to be asked at all."""

    def finish(self, ask: Ask) -> Answer:
        """Block until an answer, a refusal or the deadline.

        Raises:
            ProviderError: one of its subclasses; no other exception leaves a provider on purpose.
        """


@runtime_checkable
class Remote(Protocol):
    """A provider that is reached over the internet."""

    @property
    def address(self) -> str:
        """The URL it is called at."""


@runtime_checkable
class Pinged(Protocol):
    """A provider that can say, without cost, whether it would work."""

    def ping(self, deadline: float) -> None:
        """Prove address, key and model by a cheap call; `deadline` as an ask's.

        Raises:
            ProviderError: one of its subclasses.
        """


@runtime_checkable
class Delivered(Protocol):
    """A provider that sends its answers to an address of ours."""

    def delivered(self, token: str, body: bytes) -> None:
        """Take what came to the address with this token.

        Raises:
            ProviderBadAnswer: it cannot be read.
            DeliveryUnknown, DeliveryForeign
        """

    def ended(self, db: Executor, job_id: str) -> None:
        """The job has ended: nothing that is still on its way for it is wanted. In the transaction
        that ends it."""

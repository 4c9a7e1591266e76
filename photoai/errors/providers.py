"""What the one retry loop around providers is told."""

from __future__ import annotations

from typing import Any

from .kinds import Conflict, Malformed, NotFound, NotInTime, ProviderError


class ProviderRefused(ProviderError):
    """The AI provider refused to work on this photo."""


class ProviderBadRequest(ProviderError):
    """The AI provider did not understand the request."""


class ProviderModelGone(ProviderBadRequest):
    """The AI provider no longer has this model."""


class ProviderNotConfigured(ProviderError):
    """The AI provider has no valid key."""


class ProviderQuota(ProviderError):
    """The AI provider's quota is used up."""

    retryable = True

    def __init__(self, message: str | None = None, *, daily: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.daily = daily
        self.retryable = not daily


class ProviderOverloaded(ProviderError):
    """The AI provider is overloaded or cannot be reached."""

    retryable = True

    def __init__(
        self, message: str | None = None, *, unreached: bool = False, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.unreached = unreached  # no connection could be made: it may be the network, not them


class ProviderBadAnswer(ProviderError):
    """The AI provider answered without a usable image."""

    retryable = True

    def __init__(
        self, message: str | None = None, *, most_tries: int | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.most_tries = most_tries  # None: as often as the catalogue allows


class ProviderTimeout(NotInTime, ProviderError):
    """The photo was not ready in time."""


# What a provider that answers later is told.


class DeliveryUnknown(NotFound):
    """Nothing is expected at this address."""


class DeliveryForeign(Conflict):
    """This is not the answer that is expected at this address."""


class DeliveryMalformed(Malformed):
    """The delivery could not be read."""

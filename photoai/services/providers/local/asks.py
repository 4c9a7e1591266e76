"""What an ask holds, or a clear refusal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from photoai.errors import ProviderBadRequest, ProviderTimeout
from photoai.services.photos import Picture
from photoai.services.providers.port import Ask


def check_time(ask: Ask) -> None:
    """Called between the stages of the work.

    Raises:
        ProviderTimeout: the deadline has passed.
    """
    if ask.seconds_left <= 0:
        raise ProviderTimeout()


def image_named(ask: Ask, *names: str) -> Picture:
    """The first of these images that the slot has.

    Raises:
        ProviderBadRequest: it has none of them.
    """
    for name in names:
        if name in ask.images:
            return ask.images[name]
    wanted = " or ".join(repr(name) for name in names)
    raise ProviderBadRequest(f"The image {wanted} is missing.")


def number(
    settings: Mapping[str, Any], key: str, default: float, lowest: float, highest: float
) -> float:
    """A setting as a number, held between its limits.

    Raises:
        ProviderBadRequest: it is not a number.
    """
    found = settings.get(key, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or math.isnan(found):
        raise ProviderBadRequest(f"The setting {key!r} must be a number.")
    return float(min(max(found, lowest), highest))

"""A provider's models: which one works, in which shape it draws, and what that costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from photoai.errors import ProviderBadRequest
from photoai.services.catalogue import ModelEntry, ProviderEntry

from .port import Choices


def chosen(entry: ProviderEntry, choices: Choices, wanted: object = None) -> ModelEntry:
    """The model that is wanted, else the one chosen for slots that name none, else the catalogue's.

    Raises:
        ProviderBadRequest: the catalogue has none of that name.
    """
    name = str(wanted or choices.default_model(entry.id) or "")
    if not name:
        return next(model for model in entry.models.values() if model.default)
    if name not in entry.models:
        raise ProviderBadRequest(vendor=f"the catalogue has no model {name}")
    return entry.models[name]


def cost_of_tokens(model: ModelEntry, counted: Mapping[str, int]) -> float | None:
    """In USD; None where nothing was counted or a kind of it has no price."""
    prices = model.price_per_million_tokens
    kinds = [kind for kind, tokens in counted.items() if tokens]
    if kinds and all(kind in prices for kind in kinds):
        return sum(counted[kind] * prices[kind] for kind in kinds) / 1_000_000
    return None


def nearest(shapes: Iterable[str], width: int, height: int) -> str:
    """The shape (`3:2`, `1536x1024`) that is nearest to the picture's, by the factor between
    them."""

    def factor(shape: str) -> float:
        across, down = map(int, re.split("[:x]", shape))
        return max(width * down / (height * across), height * across / (width * down))

    return min(shapes, key=factor)

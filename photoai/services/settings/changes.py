"""What an operator wants changed, and what that means for the table of settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from photoai.errors import Invalid, Sentence
from photoai.services.catalogue import Catalogue, ProviderEntry

SYNC_RESPONSE_TIMEOUT = "sync_response_timeout_sec"
ORIGINALS_KEPT = "originals_kept_min"
BUDGETS = ("per_day_usd", "per_slot_per_day_usd")
AS_IT_IS = ""  # no model is called that
Prices = Mapping[str, Mapping[str, float | None] | None]
Rows = dict[str, Any]


@dataclass(frozen=True)
class ModelChange:
    """`default` None: the environment's or the catalogue's model again. `prices` are USD for an
    image by model and size; None in place of one, of a model's or of all: the catalogue's again."""

    default: str | None = AS_IT_IS
    prices: Prices | None = field(default_factory=dict)


@dataclass(frozen=True)
class SettingsChange:
    """The parts that change. An empty key removes the provider's; a budget of None is none."""

    sync_response_timeout_sec: int | None = None
    originals_kept_min: int | None = None
    ingest_password: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, ModelChange] = field(default_factory=dict)
    budgets: Mapping[str, float | None] = field(default_factory=dict)


class Reading:
    """A change as rows by their paths, None for those that go, read against the catalogue."""

    def __init__(
        self, catalogue: Catalogue, take_keys: Collection[str], seal: Callable[[str, str], str]
    ) -> None:
        self._catalogue = catalogue
        self._take_keys = take_keys
        self._seal = seal
        self._rows: Rows = {}
        self._problems: dict[str, list[str]] = {}

    def rows(self, change: SettingsChange) -> Rows:
        """Raises Invalid: `details` names everything that cannot be, by its path."""
        if change.sync_response_timeout_sec is not None:
            self._rows[SYNC_RESPONSE_TIMEOUT] = change.sync_response_timeout_sec
        if change.originals_kept_min is not None:
            self._rows[ORIGINALS_KEPT] = change.originals_kept_min
        for provider_id, key in change.keys.items():
            self._key(provider_id, key)
        for provider_id, models in change.models.items():
            self._models(provider_id, models)
        self._rows |= {budget_path(name): value for name, value in change.budgets.items()}
        if self._problems:
            raise Invalid(details=self._problems)
        return self._rows

    def _key(self, provider_id: str, key: str) -> None:
        path = key_path(provider_id)
        if provider_id not in self._take_keys:
            self._problems[path] = [Sentence("There is no provider of that name that takes a key.")]
        else:
            self._rows[path] = self._seal(provider_id, key) if key else None

    def _models(self, provider_id: str, change: ModelChange) -> None:
        provider = self._catalogue.providers.get(provider_id)
        if provider is None or not provider.models:
            self._problems[f"models.{provider_id}"] = [
                Sentence("There is no such provider with models.")
            ]
            return
        if change.default != AS_IT_IS:
            path = default_path(provider_id)
            self._rows[path] = change.default
            if change.default is not None:
                self._check_model(provider, change.default, path)
        # Without a word about prices there are none to go through.
        prices = dict.fromkeys(provider.models) if change.prices is None else change.prices
        for model_id, of_model in prices.items():
            if self._check_model(provider, model_id, f"models.{provider_id}.prices.{model_id}"):
                self._prices(provider, model_id, of_model)

    def _prices(
        self, provider: ProviderEntry, model_id: str, prices: Mapping[str, float | None] | None
    ) -> None:
        sizes = sizes_of(provider)
        for size, price in (dict.fromkeys(sizes) if prices is None else prices).items():
            path = price_path(provider.id, model_id, size)
            if size in sizes:
                self._rows[path] = price
            else:
                self._problems[path] = [
                    Sentence("No image has that size; there are {sizes}.", sizes=", ".join(sizes))
                ]

    def _check_model(self, provider: ProviderEntry, model_id: str, path: str) -> bool:
        if model_id not in provider.models:
            self._problems[path] = [
                Sentence("{provider} has no such model in the catalogue.", provider=provider.title)
            ]
        return model_id in provider.models


def key_path(provider_id: str) -> str:
    return f"keys.{provider_id}"


def default_path(provider_id: str) -> str:
    return f"models.{provider_id}.default"


def price_path(provider_id: str, model_id: str, size: str) -> str:
    return f"models.{provider_id}.prices.{model_id}.{size}"


def budget_path(name: str) -> str:
    return f"budgets.{name}"


def sizes_of(provider: ProviderEntry) -> tuple[str, ...]:
    """Every size of image that any of the provider's models has a price for."""
    sizes = (size for model in provider.models.values() for size in model.price_per_image)
    return tuple(dict.fromkeys(sizes))

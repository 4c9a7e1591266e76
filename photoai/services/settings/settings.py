"""Settings an operator changes while the server runs. They win over the environment; only a key
from the environment wins over one that was typed in."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from photoai.config import Config
from photoai.db import Database, Executor
from photoai.services.accounts import Caller, IngestPassword, Operators
from photoai.services.catalogue import Catalogue, ModelEntry
from photoai.services.secrets import Secrets

from .changes import (
    BUDGETS,
    ORIGINALS_KEPT,
    SYNC_RESPONSE_TIMEOUT,
    Reading,
    SettingsChange,
    budget_path,
    default_path,
    key_path,
    price_path,
    sizes_of,
)
from .stored import Stored, write

KEY_PURPOSE = "provider key"
# The answer leaves this long before the booth gives up on it.
ANSWER_MARGIN_SEC = 2.0
# Heroku's router gives up when the first byte has not come within 30 s.
LONGEST_WAIT_UNDER_DYNO_SEC = 25.0
# The end of a shorter key would be too much of it.
SHORTEST_SHOWN_KEY, SHOWN = 12, 4
ENVIRONMENT, SETTINGS = "environment", "settings"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeyState:
    """What may be told of a key: its end, and where it comes from."""

    set: bool
    last4: str | None
    source: str | None


@dataclass(frozen=True)
class ModelsInUse:
    """`default` works for slots that name no model."""

    default: str
    available: Sequence[ModelEntry]


@dataclass(frozen=True)
class Overview:
    """Everything an operator sees of the settings; the ingest password is their own."""

    sync_response_timeout_sec: float
    originals_kept_min: int
    ingest_password: IngestPassword
    keys: Mapping[str, KeyState]
    models: Mapping[str, ModelsInUse]
    budgets: Mapping[str, float | None]


class Settings:
    def __init__(
        self,
        database: Database,
        config: Config,
        secrets: Secrets,
        operators: Operators,
        catalogue: Catalogue,
    ) -> None:
        self._db = database
        self._config = config
        self._secrets = secrets
        self._operators = operators
        self._catalogue = catalogue
        self._stored = Stored(database)
        self._unreadable: set[str] = set()  # keys that were complained about
        self._take_keys = tuple(
            id_ for id_ in catalogue.providers if hasattr(config, _key_setting(id_))
        )

    def sync_response_timeout_sec(self) -> float:
        """The booth's time-out, in seconds."""
        configured = self._config.sync_response_timeout_sec
        return float(self._stored.values().get(SYNC_RESPONSE_TIMEOUT, configured))

    def originals_kept(self) -> timedelta:
        """How long guests' originals stay after their jobs have ended; none: as short as ever."""
        return timedelta(minutes=self._stored.values().get(ORIGINALS_KEPT, 0))

    def patience_sec(self) -> float:
        """How long after its arrival a photo is answered at the latest."""
        patience = self.sync_response_timeout_sec() - ANSWER_MARGIN_SEC
        return min(patience, LONGEST_WAIT_UNDER_DYNO_SEC) if self._config.dyno else patience

    def key_of(self, provider_id: str) -> str:
        """The provider's key, empty when there is none."""
        return self._environments_key(provider_id) or self._stored_key(provider_id)

    def default_model(self, provider_id: str) -> str | None:
        """The model for slots that name none, None when the provider has no models."""
        provider = self._catalogue.providers.get(provider_id)
        if provider is None or not provider.models:
            return None
        return self.chosen_model(provider_id) or self.given_model(provider_id)

    def chosen_model(self, provider_id: str) -> str | None:
        """The default model an operator has chosen, None where that was left to others."""
        chosen = self._stored.values().get(default_path(provider_id))
        return chosen if chosen in self._catalogue.providers[provider_id].models else None

    def given_model(self, provider_id: str) -> str:
        """The default model while no operator chooses one: the environment's or the catalogue's."""
        models = self._catalogue.providers[provider_id].models.values()
        return str(getattr(self._config, f"{provider_id}_image_model", "")) or next(
            model.id for model in models if model.default
        )

    def prices(self, provider_id: str) -> Mapping[str, Mapping[str, float]]:
        """USD for an image by model and size, those an operator has set."""
        stored, provider = self._stored.values(), self._catalogue.providers[provider_id]
        found: dict[str, dict[str, float]] = {}
        for model_id in provider.models:
            for size in sizes_of(provider):
                price = stored.get(price_path(provider_id, model_id, size))
                if price is not None:
                    found.setdefault(model_id, {})[size] = float(price)
        return found

    def models(self, provider_id: str) -> list[ModelEntry]:
        """The provider's models with the default and the prices that count now."""
        default, prices = self.default_model(provider_id), self.prices(provider_id)
        return [
            dataclasses.replace(
                model,
                default=model.id == default,
                price_per_image={**model.price_per_image, **prices.get(model.id, {})},
            )
            for model in self._catalogue.providers[provider_id].models.values()
        ]

    def budgets(self) -> dict[str, float | None]:
        """USD a day, None where no end was set."""
        return {name: self._stored.values().get(budget_path(name)) for name in BUDGETS}

    def overview(self, caller: Caller) -> Overview:
        self._stored.forget()  # people look at what is, not at what was a second ago
        return Overview(
            sync_response_timeout_sec=self.sync_response_timeout_sec(),
            originals_kept_min=self._stored.values().get(ORIGINALS_KEPT, 0),
            ingest_password=self._operators.ingest_password(caller),
            keys={provider_id: self._key_state(provider_id) for provider_id in self._take_keys},
            models={
                provider.id: ModelsInUse(
                    self.default_model(provider.id) or "", self.models(provider.id)
                )
                for provider in self._catalogue.providers.values()
                if provider.models
            },
            budgets=self.budgets(),
        )

    def change(self, caller: Caller, change: SettingsChange) -> None:
        """Store all of it, or nothing.

        Raises:
            Invalid: `details` names what cannot be by its path.
            IngestPasswordTaken: it is another operator's.
        """
        reading = Reading(self._catalogue, self._take_keys, self._sealed)
        rows, password = reading.rows(change), change.ingest_password
        with self._db.begin() as session:
            if password is not None:
                self._operators.set_ingest_password(session, caller, password)
            write(session, rows)
        self._stored.forget()
        names = [*rows, *(["ingest_password"] if password is not None else [])]
        log.info("settings_changed", extra={"fields": {"user": caller.username, "names": names}})

    def write_default_model(self, db: Executor, provider_id: str, model_id: str) -> None:
        """Choose the model for slots that name none, in a transaction of the caller's, who calls
        `forget` when it is over."""
        write(db, {default_path(provider_id): model_id})

    def forget(self) -> None:
        """Read again before anything more is said."""
        self._stored.forget()

    def _key_state(self, provider_id: str) -> KeyState:
        key = self.key_of(provider_id)
        if not key:
            return KeyState(set=False, last4=None, source=None)
        source = ENVIRONMENT if self._environments_key(provider_id) else SETTINGS
        return KeyState(True, key[-SHOWN:] if len(key) >= SHORTEST_SHOWN_KEY else None, source)

    def _environments_key(self, provider_id: str) -> str:
        return str(getattr(self._config, _key_setting(provider_id), ""))

    def _stored_key(self, provider_id: str) -> str:
        sealed = self._stored.values().get(key_path(provider_id))
        if sealed is None or provider_id not in self._take_keys:
            return ""
        key = self._secrets.unseal(_purpose(provider_id), str(sealed))
        if key is None:
            self._complain(provider_id, sealed)
        return key or ""

    def _sealed(self, provider_id: str, key: str) -> str:
        return self._secrets.seal(_purpose(provider_id), key)

    def _complain(self, provider_id: str, sealed: Any) -> None:
        """Once for each key: it is asked for again with every photo."""
        if sealed not in self._unreadable:
            self._unreadable.add(sealed)
            log.warning("stored_key_unreadable", extra={"fields": {"provider": provider_id}})


def _key_setting(provider_id: str) -> str:
    return f"{provider_id}_api_key"


def _purpose(provider_id: str) -> str:
    """Of its own for each provider: a key moved to another row opens nothing."""
    return f"{KEY_PURPOSE} {provider_id}"

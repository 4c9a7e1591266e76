"""Whether the server could work right now: its own parts, and every provider."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import text

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    NotInTime,
    PhotoaiError,
    ProviderError,
    ProviderNotConfigured,
    PublicUrlMissing,
    QueueAsleep,
    StorageBroken,
)
from photoai.services.accounts import Caller
from photoai.services.catalogue import Catalogue
from photoai.services.providers import Providers
from photoai.services.slots import Slots, rungs_of
from photoai.services.storage import Store

PING_SEC = 10.0
# A part that has said nothing by then says no; who asks for health asks often, and soon again.
PATIENCE_SEC, HEALTH_PATIENCE_SEC, HEALTH_KEPT_SEC = 12.0, 5.0, 1.0
PUBLIC_URL, INTERNET, PROVIDER = "public_url", "internet", "provider:"
Probe = Callable[[], None]  # raises what is wrong
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """What became of looking at one part. One that is not `needed` may fail: no slot uses it."""

    id: str
    needed: bool
    error: PhotoaiError | None
    ms: int

    @property
    def ok(self) -> bool:
        return self.error is None


class Readiness:
    def __init__(
        self, parts: Mapping[str, Probe], catalogue: Catalogue, providers: Providers, slots: Slots
    ) -> None:
        self._parts = parts
        self._catalogue = catalogue
        self._providers = providers
        self._slots = slots
        self._looking = threading.Lock()
        self._health: dict[str, bool] = {}
        self._healthy_at = float("-inf")

    def health(self) -> dict[str, bool]:
        """Which of what photos need works, within 5 s; no provider is asked. Anybody may ask, so
        one look does for all who ask within a second."""
        with self._looking:
            if time.monotonic() > self._healthy_at + HEALTH_KEPT_SEC:
                self._health, self._healthy_at = self._look(), time.monotonic()
            return dict(self._health)

    def _look(self) -> dict[str, bool]:
        parts = {id_: probe for id_, probe in self._parts.items() if id_ != PUBLIC_URL}
        parts["providers"] = self._any_configured
        return {each.id: each.ok for each in side_by_side(parts, set(parts), HEALTH_PATIENCE_SEC)}

    def report(self, caller: Caller) -> list[Check]:
        """Look at everything at once, providers included; as long as the slowest, at most 12 s."""
        needed = {*self._parts, *self._used(caller)}
        if not any(self._fetches_by_link(id_) for id_ in needed):
            needed -= {PUBLIC_URL}
        venue = self._providers.venue
        if any(venue.needs_internet(id_.removeprefix(PROVIDER)) for id_ in needed):
            needed |= {INTERNET}
        return side_by_side({**self._parts, INTERNET: venue.look, **self._pings()}, needed)

    def _any_configured(self) -> None:
        if not any(map(self._providers.configured, self._catalogue.providers)):
            raise ProviderNotConfigured

    def _used(self, caller: Caller) -> set[str]:
        try:
            slots = self._slots.listed(caller)
        except PhotoaiError:  # which says the probe of the database
            return set()
        return {f"{PROVIDER}{rung.provider_id}" for slot in slots for rung in rungs_of(slot)}

    def _fetches_by_link(self, check_id: str) -> bool:
        provider = self._catalogue.providers.get(check_id.removeprefix(PROVIDER))
        return provider is not None and provider.requires_public_media

    def _pings(self) -> dict[str, Probe]:
        def ping(provider_id: str) -> Probe:
            return lambda: self._providers.ping(provider_id, PING_SEC)

        return {PROVIDER + id_: ping(id_) for id_ in self._catalogue.providers}


def own_parts(
    database: Database, store: Store, works: Callable[[], bool], config: Config
) -> dict[str, Probe]:
    """The probes of what belongs to the server itself; `works` is the queue's."""

    def answers() -> None:
        with database.read() as session:
            session.scalar(text("SELECT 1"))

    def takes_files() -> None:
        try:
            with store.write("health/probe", durable=False) as file:
                file.write(b"photoai")
        except OSError as error:
            raise StorageBroken from error

    def is_awake() -> None:
        if not works():
            raise QueueAsleep

    def has_address() -> None:
        if not config.public_base_url:
            raise PublicUrlMissing

    return {
        "database": answers,
        "storage": takes_files,
        "queue": is_awake,
        PUBLIC_URL: has_address,
    }


def side_by_side(
    probes: Mapping[str, Probe], needed: set[str], patience_sec: float = PATIENCE_SEC
) -> list[Check]:
    """Each probe in a thread of its own; one that is still busy in the end has failed."""
    found: dict[str, Check] = {}

    def look(id_: str, probe: Probe) -> None:
        began = time.monotonic()
        error = _looked_at(id_, probe)
        found[id_] = Check(id_, id_ in needed, error, _ms_since(began))

    began = time.monotonic()
    threads = [threading.Thread(target=look, args=item, daemon=True) for item in probes.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, began + patience_sec - time.monotonic()))
    too_late = _ms_since(began)
    return [
        found.get(id_) or Check(id_, id_ in needed, NotInTime(), too_late) for id_ in list(probes)
    ]


def _looked_at(id_: str, probe: Probe) -> PhotoaiError | None:
    try:
        probe()
    except PhotoaiError as error:
        return error
    except Exception:
        log.exception("check_failed", extra={"fields": {"part": id_}})
        return ProviderError() if id_.startswith(PROVIDER) else PhotoaiError()
    return None


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)

"""Everything that is looked at before an event, by the ids of the rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from photoai.config import Config
from photoai.db import Database
from photoai.errors import PhotoaiError, Sentence
from photoai.models import Slot
from photoai.services.accounts import Caller
from photoai.services.catalogue import Catalogue
from photoai.services.ladder import Ladders
from photoai.services.providers import Providers
from photoai.services.settings import Settings
from photoai.services.slots import rungs_of

from . import machine, plans
from .capacity import Event, capacity_of, serves
from .figures import Figures
from .succession import Succession
from .trials import Trials
from .verdicts import Look, Verdict, failed, green, red, yellow

DATABASE, STORAGE, QUEUE = "database", "storage", "queue"
DISK, CLOCK, PUBLIC_URL = "disk", "clock", "public_url"
PASSWORD, TIMEOUT, LADDERS, MODELS = "ingest_password", "booth_timeout", "ladders", "models"
WARM_UP = "warm_up"
PROVIDER, CAPACITY, SLOT = "provider:", "capacity:", "slot:"
PING_SEC, SLOW_MS = 10.0, 3000


@dataclass(frozen=True)
class Looks:
    """`parts` prove the server's own parts by raising what is wrong with them; `warm_up` makes
    ready what would be loaded with the first photo and returns how many things that were."""

    database: Database
    config: Config
    catalogue: Catalogue
    settings: Settings
    ladders: Ladders
    providers: Providers
    succession: Succession
    trials: Trials
    parts: Mapping[str, Callable[[], None]]
    warm_up: Callable[[], int]

    def of(
        self, caller: Caller, slots: Sequence[Slot], figures: Figures, event: Event
    ) -> dict[str, Look]:
        """All looks at these slots, which are set up, in the order in which they are shown."""
        used = [id_ for id_ in _providers_of(slots) if id_ in self.catalogue.providers]
        found: dict[str, Look] = {
            id_: self._part(self.parts[id_]) for id_ in (DATABASE, STORAGE, QUEUE)
        }
        found[CLOCK] = lambda: machine.clock(self.database, self._addresses(used))
        found[DISK] = lambda: self._disk(figures, event)
        found[PUBLIC_URL] = lambda: machine.public_address(
            self.config.public_base_url, any(map(self._fetches_by_link, used))
        )
        found[PASSWORD] = lambda: plans.ingest_password(
            self.settings.overview(caller).ingest_password.set
        )
        found[TIMEOUT] = lambda: plans.booth_timeout(
            self.settings.sync_response_timeout_sec(), self.settings.patience_sec()
        )
        found[LADDERS] = lambda: plans.ladders(
            slots,
            self.ladders,
            self.settings.patience_sec(),
            self.catalogue,
            self.providers.configured,
        )
        found[MODELS] = lambda: self.succession.verdict(slots)
        found |= {PROVIDER + id_: self._ping(id_) for id_ in used}
        found |= {CAPACITY + id_: self._capacity(id_, figures, event) for id_ in used}
        found |= {SLOT + slot.id: self._trial(caller, slot) for slot in slots}
        found[WARM_UP] = lambda: self._warm(used)
        return found

    def _part(self, probe: Callable[[], None]) -> Look:
        def look() -> Verdict:
            probe()
            return green(Sentence("It works."))

        return look

    def _disk(self, figures: Figures, event: Event) -> Verdict:
        if self.config.s3_bucket:
            return green(
                Sentence("Photos are kept in a bucket: this machine's disk is not needed.")
            )
        kept_min = self.settings.originals_kept().total_seconds() / 60
        return machine.disk(self.config.path("media_root"), figures.photo_bytes, kept_min, event)

    def _ping(self, provider_id: str) -> Look:
        def look() -> Verdict:
            if not self.providers.configured(provider_id):
                return red(Sentence("It has no key: type one on the settings page."))
            began = time.monotonic()
            self.providers.ping(provider_id, PING_SEC)
            ms = round((time.monotonic() - began) * 1000)
            if not self.providers.healthy(provider_id):
                return yellow(
                    Sentence(
                        "It answers, but photos have failed there: after a pause it is asked for "
                        "photos again by itself."
                    )
                )
            if provider_id == plans.LOCAL:
                return green(Sentence("It works on this machine, without a key and internet."))
            if ms > SLOW_MS:
                return yellow(
                    Sentence(
                        "It takes its key, but needs {ms} ms for a word: see the venue's internet.",
                        ms=ms,
                    )
                )
            return green(Sentence("It takes its key and answers in {ms} ms.", ms=ms))

        return look

    def _capacity(self, provider_id: str, figures: Figures, event: Event) -> Look:
        def look() -> Verdict:
            entry = self.catalogue.providers[provider_id]
            usual_sec = figures.usual_sec.get(provider_id, entry.rung_sec)
            tokens = figures.usual_tokens.get(provider_id)
            return serves(capacity_of(entry, usual_sec, tokens), event)

        return look

    def _trial(self, caller: Caller, slot: Slot) -> Look:
        return lambda: self.trials.of(caller, slot)

    def _warm(self, used: Sequence[str]) -> Verdict:
        ready = self.warm_up()
        cold = []
        for provider_id in used:
            try:
                self.providers.ping(provider_id, PING_SEC)
            except PhotoaiError:
                cold.append(self.catalogue.providers[provider_id].title)
        if cold:
            return yellow(
                Sentence("Not warm: {providers}; see their own rows.", providers=", ".join(cold))
            )
        return green(
            Sentence(
                "Connections are open, {parts} parts are loaded. Warm up shortly before the first "
                "guest: what nobody uses cools down in two minutes.",
                parts=ready,
            )
        )

    def _addresses(self, used: Sequence[str]) -> dict[str, str]:
        """Where the providers in use are, by their names."""
        found = {}
        for id_ in used:
            if address := str(getattr(self.config, f"{id_}_base_url", "")):
                found[self.catalogue.providers[id_].title] = address
        return found

    def _fetches_by_link(self, provider_id: str) -> bool:
        return self.catalogue.providers[provider_id].requires_public_media


def looked_at(look: Look) -> Verdict:
    """What comes of it, also where it raises what is wrong."""
    try:
        return look()
    except PhotoaiError as error:
        return failed(error)


def _providers_of(slots: Sequence[Slot]) -> list[str]:
    return sorted({rung.provider_id for slot in slots for rung in rungs_of(slot)})

"""The rehearsal before an event: everything that photos will need is looked at while there is time
to mend it.

Looks run beside each other in threads of the process that was asked; each writes its row when it
has ended, so that any process can show how far they are. Only looks at slots may cost money.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from photoai.db import Database
from photoai.errors import DatabaseBusy, Invalid, PhotoaiError, Sentence
from photoai.models import Slot
from photoai.services.accounts import Caller
from photoai.services.catalogue import Catalogue, ModelEntry
from photoai.services.settings import Settings
from photoai.services.slots import Slots

from .capacity import Event
from .figures import Figures, lately, price_of
from .looks import SLOT, WARM_UP, Looks, looked_at
from .records import Records, Row
from .succession import Retiring, Succession
from .verdicts import WORST_FIRST, Light, Look, Verdict, failed

SLOTS_AT_ONCE = 4
ALIVE_EVERY_SEC, LONGEST_SEC = 20.0, 1800.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """What is to be looked at: rows by their ids, None for all that cost nothing, and slots, each
    of which is sent a photo that may cost money."""

    parts: Sequence[str] | None = None
    slot_ids: Sequence[str] = ()
    event: Event = field(default_factory=Event)


@dataclass(frozen=True)
class Trial:
    """A slot that may be tried, and what that costs in USD; None when nobody knows."""

    slot_id: str
    name: str
    provider_id: str
    model_id: str | None
    cost_usd: float | None


@dataclass(frozen=True)
class Report:
    """`light` is the worst of those rows that have one, None when none has."""

    light: Light | None
    is_running: bool
    rows: Sequence[Row]
    trials: Sequence[Trial]
    retiring: Sequence[Retiring]


class Rehearsals:
    def __init__(
        self,
        database: Database,
        slots: Slots,
        settings: Settings,
        catalogue: Catalogue,
        looks: Looks,
        succession: Succession,
    ) -> None:
        self._db = database
        self._slots = slots
        self._settings = settings
        self._catalogue = catalogue
        self._looks = looks
        self.succession = succession
        self._records = Records(database)
        self._places = threading.BoundedSemaphore(SLOTS_AT_ONCE)

    def report(self, caller: Caller) -> Report:
        """What is known of the server and of the caller's slots, each row by its last look."""
        slots, figures = self._configured(caller), lately(self._db, caller.id)
        known = self._records.rows(caller.id)
        looks = self._looks.of(caller, slots, figures, Event())
        rows = [known.get(id_) or _unseen(id_) for id_ in looks]
        lights = {row.light for row in rows}
        return Report(
            light=next((each for each in WORST_FIRST if each in lights), None),
            is_running=any(row.is_running for row in rows),
            rows=rows,
            trials=[self._trial(each, figures) for each in slots],
            retiring=self.succession.retiring(slots),
        )

    def begin(self, caller: Caller, wish: Wish) -> list[str]:
        """Look at what is wished for, beside everything else; what is being looked at already is
        left to that look. Which rows these are.

        Raises:
            Invalid: there are no such rows.
        """
        slots, figures = self._configured(caller), lately(self._db, caller.id)
        looks = self._looks.of(caller, slots, figures, wish.event)
        wanted = _wanted(wish, looks)
        look_id = str(uuid.uuid4())
        owned = self._records.begin(caller.id, wanted, look_id)
        if owned:
            chosen = {id_: looks[id_] for id_ in owned}
            threading.Thread(
                target=self._look_at,
                args=(caller.id, look_id, chosen),
                name="rehearsal",
                daemon=True,
            ).start()
        return owned

    def _configured(self, caller: Caller) -> list[Slot]:
        return [slot for slot in self._slots.listed(caller) if slot.is_configured]

    def _trial(self, slot: Slot, figures: Figures) -> Trial:
        provider_id = slot.provider_id or ""
        model = self._model_of(slot)
        return Trial(
            slot.id,
            slot.name,
            provider_id,
            model.id if model else None,
            0.0 if provider_id == "local" else price_of(figures, slot.id, provider_id, model),
        )

    def _model_of(self, slot: Slot) -> ModelEntry | None:
        """With the prices that operators have set."""
        provider_id = slot.provider_id or ""
        if provider_id not in self._catalogue.providers:
            return None
        wanted = slot.settings_json.get("model") or self._settings.default_model(provider_id)
        models = {each.id: each for each in self._settings.models(provider_id)}
        return models.get(str(wanted))

    def _look_at(self, user_id: int, look_id: str, looks: Mapping[str, Look]) -> None:
        """Everything at once, but few slots: a provider has its limits, and other guests."""
        waiting: SimpleQueue[str] = SimpleQueue()
        threads = []

        def one(id_: str) -> None:
            began = time.monotonic()
            verdict = _verdict(id_, looks[id_])
            ms = round((time.monotonic() - began) * 1000)
            try:
                self._records.end(user_id, id_, look_id, verdict, ms)
            except Exception:  # the database is away: the row is free again after a while
                log.exception("look_not_kept", extra={"fields": {"row": id_}})

        def next_ones() -> None:
            while True:
                try:
                    id_ = waiting.get_nowait()
                except Empty:
                    return
                with self._places:  # also other rehearsals of this process have slots
                    one(id_)

        for id_ in looks:
            if id_.startswith(SLOT):
                waiting.put(id_)
            else:
                threads.append(threading.Thread(target=one, args=(id_,), daemon=True))
        threads += [threading.Thread(target=next_ones, daemon=True) for _ in range(SLOTS_AT_ONCE)]
        for thread in threads:
            thread.start()
        self._accompany(look_id, threads)

    def _accompany(self, look_id: str, threads: Collection[threading.Thread]) -> None:
        """Give signs of life until all have ended; one that hangs is given up at last."""
        until = time.monotonic() + LONGEST_SEC
        for thread in threads:
            while thread.is_alive() and time.monotonic() < until:
                thread.join(ALIVE_EVERY_SEC)
                if thread.is_alive():
                    with contextlib.suppress(DatabaseBusy):
                        self._records.alive(look_id)


def _wanted(wish: Wish, looks: Mapping[str, Look]) -> list[str]:
    free = [id_ for id_ in looks if not id_.startswith(SLOT) and id_ != WARM_UP]
    parts = free if wish.parts is None else list(wish.parts)
    slots = [SLOT + slot_id for slot_id in wish.slot_ids]
    problems = {
        name: [Sentence("There is no row {row}, or its slot is not set up.", row=wrong)]
        for name, ids in (("parts", parts), ("slots", slots))
        for wrong in ids
        if wrong not in looks
    }
    if problems:
        raise Invalid(details=problems)
    return list(dict.fromkeys([*parts, *slots]))


def _verdict(id_: str, look: Look) -> Verdict:
    try:
        return looked_at(look)
    except Exception:
        log.exception("look_failed", extra={"fields": {"row": id_}})
        return failed(PhotoaiError())


def _unseen(id_: str) -> Row:
    return Row(id_, False, None, (), None, None, None)

"""Models that are about to be retired, and putting their successors in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from photoai.db import Database
from photoai.errors import Sentence
from photoai.errors.rehearsals import NoSuccessor
from photoai.models import Slot
from photoai.services.accounts import Caller
from photoai.services.audit import Action, Actor, Deed, write
from photoai.services.catalogue import Catalogue, ModelEntry, ProviderEntry
from photoai.services.clock import utcnow
from photoai.services.settings import Settings
from photoai.services.slots import ModelSwap, Slots, rungs_of

from .verdicts import Verdict, red, worst, yellow

WARNED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Retiring:
    """A model that slots depend on and its provider takes away on `retired_on`; `is_gone`: the
    catalogue does not know it, or knows it no more. `is_default`: those of the slots that name no
    model. `successor` is None where nothing can take its place."""

    provider_id: str
    model_id: str
    title: str
    retired_on: date
    is_gone: bool
    successor: str | None
    slot_ids: Sequence[str]
    is_default: bool


def today() -> date:
    return utcnow().date()


class Succession:
    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        slots: Slots,
        settings: Settings,
        day: Callable[[], date] = today,
    ) -> None:
        self._db = database
        self._catalogue = catalogue
        self._slots = slots
        self._settings = settings
        self._day = day

    def retiring(self, slots: Sequence[Slot]) -> list[Retiring]:
        """Which models of these slots are retired already, or will be within thirty days."""
        named: dict[tuple[str, str], dict[str, bool]] = {}
        for slot in slots:
            for rung in rungs_of(slot):
                chosen = rung.settings.get("model")
                model = chosen or self._settings.default_model(rung.provider_id)
                if model:
                    of_model = named.setdefault((rung.provider_id, str(model)), {})
                    of_model[slot.id] = of_model.get(slot.id, False) or not chosen
        found = []
        for (provider_id, model_id), by_slot in sorted(named.items()):
            provider = self._catalogue.providers.get(provider_id)
            if provider is None or not provider.models:
                continue
            entry = provider.models.get(model_id) or self._gone(model_id)
            if not self._ends_soon(entry):
                continue
            found.append(
                Retiring(
                    provider_id,
                    model_id,
                    entry.title,
                    entry.retired_on or self._day(),
                    model_id not in provider.models,
                    self._successor(provider, entry),
                    sorted(by_slot),
                    any(by_slot.values()),
                )
            )
        return found

    def verdict(self, slots: Sequence[Slot]) -> Verdict:
        return worst(
            [self._said(each) for each in self.retiring(slots)],
            Sentence("No model in use is retired within {days} days.", days=WARNED_BEFORE.days),
        )

    def replace(self, caller: Caller, actor: Actor, provider_id: str, model_id: str) -> list[str]:
        """Put the successor of a model in its place in all slots of the caller, and as the default
        where that is the default: all of it, or nothing. The slots that were changed.

        Raises:
            NoSuccessor: nobody has such a model, it stays, or none can take its place.
            SuccessorIsThere: a ladder would try the same twice.
        """
        successor = self._successor_of(caller, provider_id, model_id)
        default = self._settings.default_model(provider_id)
        is_default = default == model_id
        swap = ModelSwap(
            provider_id, model_id, successor, default, successor if is_default else default
        )
        with self._db.begin() as session:
            changed = self._slots.replace_model(session, caller, swap)
            if is_default:
                self._settings.write_default_model(session, provider_id, successor)
            if changed or is_default:
                before = {"provider": provider_id, "model": model_id, "default": is_default}
                after = {"model": successor, "slots": changed}
                who = (f"user:{caller.id}", caller.username)
                write(session, actor, Deed(Action.MODEL_REPLACED, *who, before, after))
        self._settings.forget()
        self._slots.tell(caller.id, changed)
        return changed

    def _successor_of(self, caller: Caller, provider_id: str, model_id: str) -> str:
        """Raises NoSuccessor"""
        provider = self._catalogue.providers.get(provider_id)
        entry = provider.models.get(model_id) if provider else None
        if provider is not None and entry is None:
            used = self.retiring(self._slots.listed(caller))
            if (provider_id, model_id) in {(each.provider_id, each.model_id) for each in used}:
                entry = self._gone(model_id)
        if provider is None or entry is None or not self._ends_soon(entry):
            raise NoSuccessor
        if (successor := self._successor(provider, entry)) is None:
            raise NoSuccessor
        return successor

    def _gone(self, model_id: str) -> ModelEntry:
        """What the catalogue does not know, as one that is retired."""
        return ModelEntry(model_id, model_id, False, {}, {}, None, self._day())

    def _ends_soon(self, model: ModelEntry) -> bool:
        return model.is_retired(self._day() + WARNED_BEFORE)

    def _successor(self, provider: ProviderEntry, model: ModelEntry) -> str | None:
        """The one the catalogue names, else its default, as long as that stays."""
        default = next(each.id for each in provider.models.values() if each.default)
        for id_ in (model.successor, default):
            if id_ and id_ != model.id and not self._ends_soon(provider.models[id_]):
                return id_
        return None

    def _said(self, each: Retiring) -> Verdict:
        facts = {"model": each.title, "slots": len(each.slot_ids)}
        if each.is_gone:
            return red(
                Sentence(
                    "There is no model {model} any more, and {slots} slots of yours use it: change "
                    "them to its successor above.",
                    **facts,
                )
            )
        facts["day"] = each.retired_on.isoformat()
        if each.retired_on <= self._day():
            return red(
                Sentence(
                    "{model} was retired on {day}, and {slots} slots of yours use it: change them "
                    "to its successor above.",
                    **facts,
                )
            )
        return yellow(
            Sentence(
                "{model} will be retired on {day}, and {slots} slots of yours use it: change them "
                "to its successor above.",
                **facts,
            )
        )

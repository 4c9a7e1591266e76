"""What a slot was before: its versions, what each changed, and how it gets one of them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from photoai.db import Database
from photoai.errors import Sentence
from photoai.errors.history import SlotVersionUnknown
from photoai.models import Slot, SlotVersion
from photoai.services.accounts import Caller
from photoai.services.catalogue import Catalogue
from photoai.services.ladder import Rung
from photoai.services.slot_versions import Change, changes, version_of
from photoai.services.slots import Slots, SlotUpdate


@dataclass(frozen=True)
class Version:
    """One version of a slot. `changes` is what it changed of the one before it, None when that is
    not kept; `is_present` whether the slot has it now."""

    version: int
    saved_at: datetime
    saved_by: str
    restored_from: int | None
    content: Mapping[str, Any]
    changes: Sequence[Change] | None
    is_present: bool


@dataclass(frozen=True)
class Restored:
    """A slot that has an old version's content again, and what whoever wanted that should know."""

    slot: Slot
    notes: Sequence[Sentence]


class SlotHistory:
    """`is_ready(provider)` says whether that has what it needs to be asked."""

    def __init__(
        self,
        database: Database,
        slots: Slots,
        catalogue: Catalogue,
        is_ready: Callable[[str], bool],
    ) -> None:
        self._db = database
        self._slots = slots
        self._catalogue = catalogue
        self._is_ready = is_ready

    def listed(self, caller: Caller, slot_id: str) -> Sequence[Version]:
        """The versions that are kept, the newest first. Raises SlotUnknown."""
        slot = self._slots.get(caller, slot_id)
        query = (
            select(SlotVersion)
            .where(SlotVersion.user_id == caller.id, SlotVersion.slot_id == slot_id)
            .order_by(SlotVersion.version.desc())
        )
        with self._db.read() as session:
            kept = list(session.scalars(query).all())
        # One that has never been saved has not been written down yet.
        if not kept or kept[0].version < slot.version:
            kept.insert(0, version_of(slot))
        return [_shown(each, before, slot) for each, before in pairwise([*kept, None]) if each]

    def get(self, caller: Caller, slot_id: str, version: int) -> Version:
        """Raises SlotUnknown, SlotVersionUnknown."""
        found = (each for each in self.listed(caller, slot_id) if each.version == version)
        if (one := next(found, None)) is None:
            raise SlotVersionUnknown
        return one

    def restore(
        self, caller: Caller, slot_id: str, version: int, present: int | None = None
    ) -> Restored:
        """Save an old version's content as a new version.

        Raises:
            SlotUnknown, SlotVersionUnknown
            SettingsInvalid: it no longer fits: its provider, operation or image is gone.
            LadderTooLong: its ladder does not fit into the booth's time-out as it is now.
            SlotChanged: another version was saved since `present` was loaded.
        """
        content = self.get(caller, slot_id, version).content
        provider_id, operation_id = content["provider_id"], content["operation_id"]
        if not (provider_id and operation_id):
            slot = self._slots.clear(caller, slot_id, version=present, restored_from=version)
            return Restored(slot, ())
        update = SlotUpdate(
            name=content["name"],
            provider_id=provider_id,
            operation_id=operation_id,
            settings=content["settings_json"],
            client_profile=content["client_profile"],
            version=present,
            ladder=tuple(Rung.from_json(each) for each in content["ladder"] or ()),
        )
        slot = self._slots.save(caller, slot_id, update, restored_from=version)
        return Restored(slot, self._said_of(provider_id))

    def _said_of(self, provider_id: str) -> Sequence[Sentence]:
        if self._is_ready(provider_id):
            return ()
        title = self._catalogue.providers[provider_id].title
        return (Sentence("{provider} has no key yet.", provider=title),)


def _shown(kept: SlotVersion, before: SlotVersion | None, slot: Slot) -> Version:
    return Version(
        version=kept.version,
        saved_at=kept.saved_at,
        saved_by=kept.saved_by,
        restored_from=kept.restored_from,
        content=kept.content,
        changes=changes(before.content, kept.content) if before else None,
        is_present=kept.version == slot.version,
    )

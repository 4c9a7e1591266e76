"""Slots: forty static ingest links for each operator, and what each does with a photo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from photoai.db import Database, next_job_version
from photoai.errors import (
    AccountInactive,
    SettingsInvalid,
    SlotChanged,
    SlotUnknown,
    WrongIngestPassword,
)
from photoai.errors.rehearsals import SuccessorIsThere
from photoai.models import Role, Slot, User
from photoai.services.accounts import Caller, Operators
from photoai.services.catalogue import Catalogue, media_ids
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.ladder import Ladders, Rung, Step
from photoai.services.media import Media
from photoai.services.secrets import same
from photoai.services.slot_versions import keep, keep_present

SLOT_IDS = tuple(f"slot-{number:03}" for number in range(1, 41))
# How a finished photo is answered: as the body itself, or as a part beside facts in JSON.
IMAGE, MULTIPART = "image", "multipart"
CLIENT_PROFILES = (IMAGE, MULTIPART)
ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*-(\d{3})", re.ASCII)
# Columns, not objects: this is read for every photo.
OPERATORS_SLOTS = (
    select(
        User.ingest_password_digest,
        User.active,
        Slot.user_id,
        Slot.id.label("slot_id"),
        Slot.provider_id,
        Slot.operation_id,
        Slot.settings_json.label("settings"),
        Slot.version,
        Slot.ladder,
        Slot.client_profile,
    )
    .join(Slot, Slot.user_id == User.id)
    .where(User.role == Role.OPERATOR, Slot.id == bindparam("slot"))
)

# What a new installation shows: the main job works before anybody has configured anything.
FIRST_SLOT = {
    "name": "Welcome: vivid colours",
    "provider_id": "local",
    "operation_id": "change_image",
    "settings_json": {"prompt": "vivid", "output": {"format": "jpeg", "quality": 92}},
}

# And one that nobody uses.
FREE: Mapping[str, Any] = {
    "name": "", "provider_id": None, "operation_id": None, "settings_json": {}, "ladder": None,
    "client_profile": IMAGE,
}  # fmt: skip


@dataclass(frozen=True)
class ModelSwap:
    """A provider's model in place of another; the defaults are meant where no model is named."""

    provider_id: str
    old: str
    new: str
    default_before: str | None
    default_after: str | None


@dataclass(frozen=True)
class SlotUpdate:
    """What an operator saves. `version` is the one that was loaded, None to save regardless; a
    `ladder` of None stays as it is."""

    name: str
    provider_id: str
    operation_id: str
    settings: Mapping[str, Any]
    client_profile: str = IMAGE
    version: int | None = None
    ladder: Sequence[Rung] | None = None


@dataclass(frozen=True)
class UploadTarget:
    """The operator's slot an upload goes to, as it stands now, or, without a `version`, as nobody
    has saved it. `client_profile` is the shape in which its booth wants the answer."""

    user_id: int
    slot_id: str
    provider_id: str | None
    operation_id: str | None
    settings: Mapping[str, Any]
    version: int | None
    ladder: Sequence[Mapping[str, Any]] | None = None
    client_profile: str = IMAGE

    @property
    def is_configured(self) -> bool:
        return bool(self.provider_id and self.operation_id)


class Slots:
    def __init__(
        self,
        database: Database,
        operators: Operators,
        catalogue: Catalogue,
        media: Media,
        ladders: Ladders,
        events: LocalEvents,
    ) -> None:
        self._db = database
        self._operators = operators
        self._catalogue = catalogue
        self._media = media
        self._ladders = ladders
        self._events = events

    def prepare(self, operator: Caller) -> None:
        """Make the operator's forty slots where they are missing; `serg` finds one configured."""
        with self._db.begin() as session:
            there = set(session.scalars(select(Slot.id).where(Slot.user_id == operator.id)))
            for slot_id in SLOT_IDS:
                if slot_id not in there:
                    ready = operator.username == "serg" and slot_id == SLOT_IDS[0]
                    session.add(_new_slot(operator.id, slot_id, FIRST_SLOT if ready else {}))

    def listed(
        self,
        caller: Caller,
        *,
        provider_id: str | None = None,
        operation_id: str | None = None,
        search: str | None = None,
    ) -> Sequence[Slot]:
        """The caller's slots in order, those that match every filter given."""
        query = select(Slot).where(Slot.user_id == caller.id).order_by(Slot.id)
        if provider_id:
            query = query.where(Slot.provider_id == provider_id)
        if operation_id:
            query = query.where(Slot.operation_id == operation_id)
        with self._db.read() as session:
            slots = session.scalars(query).all()
        # Compared here because SQLite folds the case of Latin letters only.
        wanted = (search or "").casefold()
        return [slot for slot in slots if wanted in slot.name.casefold() or wanted in slot.id]

    def get(self, caller: Caller, slot_id: str) -> Slot:
        """Raises SlotUnknown."""
        with self._db.read() as session:
            slot = session.get(Slot, (caller.id, slot_id))
        if slot is None:
            raise SlotUnknown
        return slot

    def save(
        self,
        caller: Caller,
        slot_id: str,
        update: SlotUpdate,
        *,
        restored_from: int | None = None,
    ) -> Slot:
        """Store new settings; `restored_from` is the version they were taken from again.

        Raises:
            SlotUnknown: the caller has no such slot.
            SettingsInvalid: they do not fit the operation's schema, or name foreign media.
            LadderTooLong, RungSaysNothingNew: the same of its ladder.
            SlotChanged: another version was saved since `update.version` was loaded.
        """
        found = self.get(caller, slot_id)
        settings = self.checked(found, update)
        ladder = self._checked_ladder(found, update, settings)
        content = {
            "name": update.name,
            "provider_id": update.provider_id,
            "operation_id": update.operation_id,
            "settings_json": settings,
            "ladder": [rung.as_json() for rung in ladder] or None,
            "client_profile": update.client_profile,
        }
        return self._changed(caller, slot_id, content, update.version, restored_from)

    def checked(self, slot: Slot, update: SlotUpdate) -> dict[str, Any]:
        """The update's settings as they would be saved in the slot. Raises SettingsInvalid."""
        settings = self._catalogue.settled(update.provider_id, update.operation_id, update.settings)
        self._media.check_owned(slot.user_id, settings, kept=_named(slot))
        return settings

    def _checked_ladder(
        self, slot: Slot, update: SlotUpdate, settings: Mapping[str, Any]
    ) -> Sequence[Rung]:
        """The rungs above the slot's own as they would be saved; those it has are held to the rest
        of the update, too."""
        kept = [Rung.from_json(each) for each in slot.ladder or ()]
        own = Rung(update.provider_id, update.operation_id, settings)
        rungs = self._ladders.checked(own, kept if update.ladder is None else update.ladder)
        for at, rung in enumerate(rungs):
            try:
                self._media.check_owned(slot.user_id, rung.settings, kept=_named(slot))
            except SettingsInvalid as error:
                details = {f"ladder.{at}.{path}": said for path, said in error.details.items()}
                raise SettingsInvalid(details=details) from None
        return rungs

    def steps(self, slot: Slot) -> list[Step]:
        """The slot's ladder as a photo that came now would climb it; empty without one."""
        if not slot.ladder or not slot.is_configured:
            return []
        own = Rung(slot.provider_id or "", slot.operation_id or "", slot.settings_json)
        return self._ladders.steps(own, [Rung.from_json(each) for each in slot.ladder])

    def replace_model(
        self,
        session: Session,
        caller: Caller,
        swap: ModelSwap,
    ) -> list[str]:
        """Name the new model wherever the caller's slots and their rungs name the old one, in a
        transaction that is theirs to end; then they `tell` of them.

        Raises:
            SuccessorIsThere: a ladder would try the same twice; `details` name its slot.
        """
        query = select(Slot).where(Slot.user_id == caller.id).order_by(Slot.id).with_for_update()
        changed: list[str] = []
        for slot in session.scalars(query):
            rungs = rungs_of(slot)
            newer = [_with_model(rung, swap.provider_id, swap.old, swap.new) for rung in rungs]
            did_differ = self._differ(rungs, swap.provider_id, swap.default_before)
            if did_differ and not self._differ(newer, swap.provider_id, swap.default_after):
                raise SuccessorIsThere(details={"slot_id": slot.id})
            if newer == rungs:
                continue
            keep_present(session, slot)
            slot.settings_json = dict(newer[0].settings)
            slot.ladder = [rung.as_json() for rung in newer[1:]] or None
            _count_change(slot)
            keep(session, slot, caller.username)
            changed.append(slot.id)
        return changed

    def _differ(self, rungs: Iterable[Rung], provider_id: str, default: str | None) -> bool:
        """Whether no two ask the same, where `default` is meant by those that name no model."""
        return self._ladders.differ(
            [_with_model(each, provider_id, None, default) for each in rungs]
        )

    def tell(self, user_id: int, slot_ids: Iterable[str]) -> None:
        """Nudge those who watch these slots."""
        for slot_id in slot_ids:
            self._events.publish_slot(user_id, slot_id)

    def clear(
        self,
        caller: Caller,
        slot_id: str,
        *,
        version: int | None = None,
        restored_from: int | None = None,
    ) -> Slot:
        """Make a slot free again; its link and its statistics stay.

        Raises:
            SlotUnknown
            SlotChanged: another version was saved since `version` was loaded.
        """
        return self._changed(caller, slot_id, deepcopy(FREE), version, restored_from)

    def _changed(
        self,
        caller: Caller,
        slot_id: str,
        content: Mapping[str, Any],
        version: int | None,
        restored_from: int | None,
    ) -> Slot:
        """The slot with all of its content replaced, as a version of its own."""
        with self._db.begin() as session:
            slot = session.get(Slot, (caller.id, slot_id), with_for_update=True)
            if slot is None:
                raise SlotUnknown
            if version is not None and version != slot.version:
                raise SlotChanged(details={"version": slot.version})
            keep_present(session, slot)
            for name, each in content.items():
                setattr(slot, name, each)
            _count_change(slot)
            keep(session, slot, caller.username, restored_from)
        self._events.publish_slot(caller.id, slot_id)
        return slot

    def for_upload(self, link: str, password: str) -> UploadTarget:
        """What an upload is for: the link's slot, the password's operator.

        Raises:
            SlotUnknown: no operator has such a slot.
            WrongIngestPassword: it is nobody's password.
            AccountInactive: it is right, but its operator is switched off.
        """
        with self._db.look() as connection:
            candidates = connection.execute(OPERATORS_SLOTS, {"slot": slot_behind(link)}).all()
        if not candidates:
            raise SlotUnknown
        # Every candidate is compared, so that time does not tell whose password it nearly was.
        digest = self._operators.ingest_password_digest(password)
        owned = [target for known, *target in candidates if same(known or "", digest)]
        if not owned:
            raise WrongIngestPassword
        active, *target = owned[0]
        if not active:
            raise AccountInactive
        return UploadTarget(*target)


def slot_behind(link: str) -> str:
    """`slot-001` for itself and for any alias that ends in its number (`gemini-001`).

    Raises:
        SlotUnknown: the link has no such form.
    """
    match = ALIAS.fullmatch(link)
    slot_id = f"slot-{match[1]}" if match else ""
    if slot_id not in SLOT_IDS:
        raise SlotUnknown
    return slot_id


def rungs_of(slot: Slot) -> list[Rung]:
    """What a slot that is set up tries, its own provider first; empty for one that is not."""
    if not slot.is_configured:
        return []
    own = Rung(slot.provider_id or "", slot.operation_id or "", slot.settings_json)
    return [own, *(Rung.from_json(each) for each in slot.ladder or ())]


def _with_model(rung: Rung, provider_id: str, old: str | None, new: str | None) -> Rung:
    """With another model in place of this one; None is none that is named."""
    if rung.provider_id != provider_id or (rung.settings.get("model") or None) != old:
        return rung
    return replace(rung, settings={**rung.settings, "model": new})


def _named(slot: Slot) -> set[str]:
    """The media the slot names."""
    settings = [slot.settings_json, *(each["settings_json"] for each in slot.ladder or ())]
    return {media_id for each in settings for media_id in media_ids(each).values()}


def _count_change(slot: Slot) -> None:
    slot.version += 1
    slot.updated_at = utcnow()
    slot.event_version = next_job_version()


def _new_slot(user_id: int, slot_id: str, content: Mapping[str, Any]) -> Slot:
    return Slot(**{"user_id": user_id, "id": slot_id, "updated_at": utcnow(), **content})

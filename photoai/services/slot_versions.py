"""A slot's versions: each save keeps what was saved, and what was there before it.

The newest of them are kept, so that a photo's settings can be looked up by their version for as
long as anybody compares photos, and a slot can be put back to what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from photoai.models import Slot, SlotVersion

MOST_VERSIONS = 50
CONTENT = ("name", "provider_id", "operation_id", "settings_json", "ladder", "client_profile")
# What has no place on one of both sides.
ABSENT = None


@dataclass(frozen=True)
class Change:
    """One setting that two versions hold differently. `path` says where it stands
    (`settings_json.output.quality`, `ladder.0.provider_id`); None where there is none."""

    path: str
    before: Any
    after: Any


def content_of(slot: Slot) -> dict[str, Any]:
    """Everything an operator can set of a slot."""
    return {name: getattr(slot, name) for name in CONTENT}


def version_of(slot: Slot, saved_by: str = "", restored_from: int | None = None) -> SlotVersion:
    """The slot as it stands, as a version."""
    return SlotVersion(
        user_id=slot.user_id,
        slot_id=slot.id,
        version=slot.version,
        saved_at=slot.updated_at,
        saved_by=saved_by,
        restored_from=restored_from,
        content=content_of(slot),
    )


def keep_present(session: Session, slot: Slot) -> None:
    """Write the slot down as it is before it changes, unless whoever saved it has done so."""
    if session.get(SlotVersion, (slot.user_id, slot.id, slot.version)) is None:
        session.add(version_of(slot))


def keep(session: Session, slot: Slot, saved_by: str, restored_from: int | None = None) -> None:
    """Write a slot's new version down; the oldest one goes when there are too many."""
    session.add(version_of(slot, saved_by, restored_from))
    session.execute(
        delete(SlotVersion).where(
            SlotVersion.user_id == slot.user_id,
            SlotVersion.slot_id == slot.id,
            SlotVersion.version <= slot.version - MOST_VERSIONS,
        )
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What two contents, or two slots' settings, hold differently, in the order of the newer."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return [
        Change(path, old.get(path, ABSENT), new.get(path, ABSENT))
        for path in dict.fromkeys([*new, *old])
        if old.get(path, ABSENT) != new.get(path, ABSENT)
    ]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        inner: Any = value.items()
    elif isinstance(value, list | tuple):
        inner = enumerate(value)
    else:
        yield path, value
        return
    for name, each in inner:
        yield from _leaves(each, f"{path}.{name}" if path else str(name))

"""What a slot was before, on its page: its versions, what each changed, and one of them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from photoai.models import Slot
from photoai.services.slot_history import Version

from .. import guard
from ..context import services
from .setting_words import SaidChange, said_changes

# Of the versions that are kept, unless all are asked for.
FIRST_SHOWN = 5
ALL, RESTORED = "versions", "restored"


@dataclass(frozen=True)
class ShownVersion:
    """A version with its changes in plain words; None where they are not known."""

    version: Version
    changes: list[SaidChange] | None


def past_of(slot: Slot) -> dict[str, Any]:
    """What the page shows of a slot's history."""
    found = services().slot_history.listed(guard.caller(), slot.id)
    shown = found if ALL in request.args else found[:FIRST_SHOWN]
    restored = request.args.get(RESTORED, "")
    return {
        "versions": [_shown(each) for each in shown],
        "kept_versions": len(found),
        "restored": restored if restored.isdecimal() else "",
        "keyless": _keyless(slot),
    }


def _shown(version: Version) -> ShownVersion:
    told = version.changes
    return ShownVersion(version, None if told is None else said_changes(told, version.content))


def _keyless(slot: Slot) -> str:
    """Its provider's title, where that cannot be asked."""
    entry = services().catalogue.providers.get(slot.provider_id or "")
    return entry.title if entry and not services().providers.configured(entry.id) else ""

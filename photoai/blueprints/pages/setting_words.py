"""What a slot's settings are called, and how two versions of them differ, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

from photoai.errors import PhotoaiError
from photoai.services.catalogue import MEDIA_SUFFIX
from photoai.services.slot_versions import Change

from ..context import services
from .fields import label_of

SETTINGS, LADDER = "settings_json", "ladder"
# Of a media's id: enough to tell two of them apart.
ID_CHARS = 8
NAMES: Mapping[str, Any] = {
    "name": lazy_gettext("Name"),
    "provider_id": lazy_gettext("Provider"),
    "operation_id": lazy_gettext("Operation"),
    "client_profile": lazy_gettext("Booth program"),
    "from_sec": lazy_gettext("Takes over after, s"),
    LADDER: lazy_gettext("Ladder"),
}


@dataclass(frozen=True)
class SaidChange:
    """A change as a page shows it; "" where there is nothing."""

    label: str
    before: str
    after: str


def said_changes(changes: Iterable[Change], content: Mapping[str, Any]) -> list[SaidChange]:
    """`content` is the newer side's, whose operations know what their settings are called."""
    told = (
        SaidChange(
            _label(each.path.split("."), content),
            _value(each.path, each.before),
            _value(each.path, each.after),
        )
        for each in changes
    )
    return [each for each in told if each.before != each.after]


def _label(path: list[str], content: Mapping[str, Any]) -> str:
    first, *rest = path
    if first == LADDER and rest:
        rungs = content.get(LADDER) or ()
        place = int(rest[0])
        rung = rungs[place] if place < len(rungs) else {}
        inner = _label(rest[1:], rung) if rest[1:] else str(NAMES[LADDER])
        return f"{gettext('Rung %(number)s', number=place + 1)}: {inner}"
    if first == SETTINGS and rest:
        return _setting(rest, content)
    return str(NAMES.get(first, first))


def _setting(path: list[str], content: Mapping[str, Any]) -> str:
    rule: Mapping[str, Any] = {}
    with suppress(PhotoaiError):  # the catalogue may know it no longer
        rule = services().catalogue.schema(
            str(content.get("provider_id")), str(content.get("operation_id"))
        )
    words = []
    for name in path:
        rule = rule.get("properties", {}).get(name, {})
        words.append(gettext(label_of(name, rule)))
    return " · ".join(words)


def _value(path: str, value: Any) -> str:
    last = path.rpartition(".")[2]
    known = services().catalogue
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, float):
        return f"{value:g}"
    if last == "provider_id" and value in known.providers:
        return gettext(known.providers[value].title)
    if last == "operation_id" and value in known.operations:
        return gettext(known.operations[value].title)
    if last.endswith(MEDIA_SUFFIX):
        return str(value)[:ID_CHARS] + "…"
    return str(value)

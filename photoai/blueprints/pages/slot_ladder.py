"""The ladder on a slot's page: a row for each rung, and one more to choose the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import request
from flask_babel import gettext

from photoai.models import Slot
from photoai.services.accounts import Caller
from photoai.services.ladder import MOST_RUNGS

from ..context import services
from .fields import settings_from
from .slot_choice import FILE, MEDIA_WAITS_SEC, Choice

THERE, SETTINGS = "ladder", "settings."


@dataclass(frozen=True)
class ShownRung:
    """`what` is `provider/operation`, "" for none yet; `from_sec` as it was typed or is kept;
    `begins_sec` is when it takes over at the latest, "" when that is not known."""

    place: int
    what: str
    from_sec: str = ""
    choice: Choice | None = None
    begins_sec: str = ""

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Everything a rung can be."""
        known = services().catalogue
        return [
            (f"{provider.id}/{id_}", f"{gettext(provider.title)} · {gettext(operation.title)}")
            for provider in known.providers.values()
            for id_ in provider.operations
            if (operation := known.operations[id_])
        ]


def rungs_shown(slot: Slot, typed: Mapping[str, str] | None) -> list[ShownRung]:
    """The slot's rungs, or those typed, and an empty one where there is room."""
    if typed is not None and THERE in typed:
        rungs = [rung for _, rung in _typed(typed)]
    else:
        begins = [step.until_sec for step in services().slots.steps(slot)]
        rungs = [
            rung_shown(
                at, f"{each['provider_id']}/{each['operation_id']}", each["settings_json"],
                _short(each["from_sec"]), _short(begins[at]),
            )
            for at, each in enumerate(slot.ladder or ())
        ]  # fmt: skip
    return [*rungs, ShownRung(len(rungs), "")][:MOST_RUNGS]


def rung_shown(
    place: int,
    what: str,
    values: Mapping[str, Any],
    from_sec: str = "",
    begins_sec: str = "",
) -> ShownRung:
    """A row for what a rung shall do; an empty one when that is nothing we know."""
    choice = _choice(what, values)
    return ShownRung(place, what if choice else "", from_sec, choice, begins_sec)


def ladder_sent(caller: Caller, form: Mapping[str, str]) -> Sequence[Mapping[str, Any]] | None:
    """The rungs a form brings, images it came with registered; None when it brings no ladder.

    Raises:
        PhotoaiError: an image is none that is taken.
    """
    if THERE not in form:
        return None
    return [
        {
            "provider_id": rung.choice.provider.id,
            "operation_id": rung.choice.operation.id,
            "settings_json": {**rung.choice.values, **_media_sent(caller, at, rung.choice)},
            "from_sec": _number(rung.from_sec),
        }
        for at, rung in _typed(form)
        if rung.choice
    ]


def _typed(form: Mapping[str, str]) -> Iterator[tuple[int, ShownRung]]:
    """Those that are to do something, in their order, each with its number in the form."""
    place = 0
    for at in range(MOST_RUNGS):
        base = f"ladder.{at}."
        choice = _choice(form.get(base + "what", ""), {})
        if choice is None:
            continue
        values = settings_from(choice.schema, form, base + SETTINGS)
        from_sec = form.get(base + "from_sec", "")
        yield at, ShownRung(place, form[base + "what"], from_sec, choice.holding(values))
        place += 1


def _choice(what: str, values: Mapping[str, Any]) -> Choice | None:
    provider_id, _, operation_id = what.partition("/")
    known = services().catalogue
    provider = known.providers.get(provider_id)
    if provider is None or operation_id not in provider.operations:
        return None
    schema = known.schema(provider_id, operation_id)
    return Choice(provider, known.operations[operation_id], schema, values)


def _media_sent(caller: Caller, at: int, choice: Choice) -> dict[str, str]:
    found = {}
    for each in choice.media:
        file = request.files.get(f"ladder.{at}.{SETTINGS}{each.path}{FILE}")
        if file and file.filename:
            media = services().media.register(caller, cast(Any, file.stream), MEDIA_WAITS_SEC)
            found[each.path] = media.id
    return found


def _number(typed: str) -> float | str | None:
    """As a number; what is none stays text, for the schema to refuse."""
    try:
        return float(typed.replace(",", ".")) if typed else None
    except ValueError:
        return typed


def _short(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:g}"

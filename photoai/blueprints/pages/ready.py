"""The page of readiness: what an operator looks at before the event, and prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from flask_babel import format_timedelta, gettext, lazy_gettext
from werkzeug.datastructures import MultiDict

from photoai.errors import PhotoaiError
from photoai.schemas.rehearsals import RehearsalWishSchema
from photoai.services.catalogue import Catalogue
from photoai.services.clock import utcnow
from photoai.services.rehearsals import CAPACITY, PROVIDER, SLOT, Event, Report, Row, Wish

from .. import admin, errors, guard
from ..context import services
from .forms import read, refused
from .page import Pages, for_operators, see_other, shown

blp = Pages("ready_pages")
ROWS = {
    "database": lazy_gettext("Database"),
    "storage": lazy_gettext("Storage of files"),
    "queue": lazy_gettext("Queue"),
    "clock": lazy_gettext("Clock"),
    "disk": lazy_gettext("Disk"),
    "public_url": lazy_gettext("Public address"),
    "ingest_password": lazy_gettext("Ingest password"),
    "booth_timeout": lazy_gettext("Time-out of the booth"),
    "ladders": lazy_gettext("Ladders of the slots"),
    "models": lazy_gettext("Models"),
    "warm_up": lazy_gettext("Warm-up"),
}
SERVER = ("database", "storage", "queue", "clock", "disk", "public_url")
BOOTHS = ("ingest_password", "booth_timeout", "ladders", "models", "warm_up")
EVERYTHING = "all"


@dataclass(frozen=True)
class Line:
    """A row as it is shown: what it is called, what was said in the visitor's language, how long
    ago."""

    row: Row
    title: str
    said: Sequence[str]
    age: str


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    lines: Sequence[Line]


@blp.get("/ready")
@for_operators
def ready() -> Response:
    return _ready()


@blp.post("/ready/check")
@for_operators
def check() -> Response:
    try:
        wish = _wish(request.form)
        services().rehearsals.begin(guard.caller(), wish)
    except PhotoaiError as error:
        return refused(error, _ready(error))
    event = wish.event
    return see_other(
        url_for(".ready", guests_per_hour=event.guests_per_hour, hours=event.hours) + "#report"
    )


@blp.post("/ready/models")
@for_operators
def replace_model() -> Response:
    """One click for all slots."""
    provider_id, model = request.form.get("provider_id", ""), request.form.get("model", "")
    rehearsals = services().rehearsals
    try:
        rehearsals.succession.replace(guard.caller(), admin.actor(), provider_id, model)
        rehearsals.begin(guard.caller(), Wish(parts=("models",)))
    except PhotoaiError as error:
        return refused(error, _ready(error))
    return see_other(url_for(".ready", done="models"))


def _wish(form: MultiDict[str, str]) -> Wish:
    """One row when its own button was pressed; else all that is free, and the chosen slots."""
    numbers: Wish = read(
        RehearsalWishSchema(only=("guests_per_hour", "hours")),
        {name: form.get(name, "") for name in ("guests_per_hour", "hours")},
    )
    row = form.get("row", EVERYTHING)
    if row != EVERYTHING:
        return Wish((row,), (), numbers.event)
    return Wish(None, form.getlist("slots"), numbers.event)


def _ready(error: PhotoaiError | None = None) -> Response:
    report = services().rehearsals.report(guard.caller())
    trials = {SLOT + each.slot_id: each for each in report.trials}
    return shown(
        "ready.html", report=report, sections=_sections(report, services().catalogue),
        trials=trials, catalogue=services().catalogue, refusal=error, expected=_expected(),
        done=request.args.get("done"), looked_at=utcnow(), light_words=LIGHTS,
    )  # fmt: skip


LIGHTS = {
    "green": lazy_gettext("ready"),
    "yellow": lazy_gettext("look at it"),
    "red": lazy_gettext("mend it"),
}


def _expected() -> Event:
    """What was typed last, as long as the address says so."""
    given = {name: request.values.get(name, type=int) for name in ("guests_per_hour", "hours")}
    return Event(**{name: value for name, value in given.items() if value})


def _sections(report: Report, catalogue: Catalogue) -> list[Section]:
    lines = {row.id: _line(row, _title(row.id, report, catalogue)) for row in report.rows}
    of_providers = [id_ for id_ in lines if id_.startswith((PROVIDER, CAPACITY))]
    found = [
        Section("server", gettext("Server"), [lines[id_] for id_ in SERVER]),
        Section("booths", gettext("Booths and slots"), [lines[id_] for id_ in BOOTHS]),
        Section("providers", gettext("Providers"), [lines[id_] for id_ in of_providers]),
        Section("slots", gettext("A photo through each slot"), _of_slots(lines)),
    ]
    return [section for section in found if section.lines]


def _of_slots(lines: Mapping[str, Line]) -> list[Line]:
    return [line for id_, line in lines.items() if id_.startswith(SLOT)]


def _line(row: Row, title: str) -> Line:
    age = ""
    if row.ended_at is not None:
        age = format_timedelta(row.ended_at - utcnow(), add_direction=True)
    return Line(row, title, errors.said(row.said), age)


def _title(row_id: str, report: Report, catalogue: Catalogue) -> str:
    if row_id in ROWS:
        return str(ROWS[row_id])
    kind, _, what = row_id.partition(":")
    if kind + ":" == SLOT:
        names: dict[str, Any] = {each.slot_id: each.name for each in report.trials}
        return str(names.get(what) or what)
    provider = gettext(catalogue.providers[what].title)
    if kind + ":" == CAPACITY:
        return gettext("%(provider)s: guests an hour", provider=provider)
    return provider

"""One slot: what is done with its photos, tried on a photo before it is saved."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from photoai.errors import NotFound, PhotoaiError
from photoai.models import Job, Slot
from photoai.services.clock import utcnow
from photoai.services.ingest import SlotTest
from photoai.services.ladder import MOST_RUNGS

from .. import guard
from ..context import config, services
from ..jobs import why
from .forms import problems, refused, whole
from .page import Pages, for_operators, see_other, shown
from .slot_booth import booth_side, sample_answers
from .slot_form import KeptFile, chosen, media_sent, typed_settings, update_of
from .slot_ladder import rung_shown, rungs_shown
from .slot_past import past_of

blp = Pages("slot_page", large={"take"})
TEST_PHOTO = "test_photo"
TESTED = "test"


@blp.get("/slots/<slot_id>")
@for_operators
def slot(slot_id: str) -> Response:
    return _page(_of_caller(slot_id))


@blp.get("/slots/<slot_id>/fields")
@for_operators
def fields(slot_id: str) -> Response:
    """The fields of an operation alone, filled with what the slot holds where it fits."""
    found = _of_caller(slot_id)
    return shown("_slot_fields.html", slot=found, choice=chosen(found, request.args), problems={})


@blp.get("/slots/<slot_id>/ladder/<int:place>")
@for_operators
def rung(slot_id: str, place: int) -> Response:
    """One row of the ladder alone, with the fields of what it shall do."""
    found = _of_caller(slot_id)
    if place >= MOST_RUNGS:
        raise NotFound
    wanted = rung_shown(place, request.args.get("what", ""), found.settings_json)
    return shown("_slot_rung.html", slot=found, rung=wanted, problems={})


@blp.get("/slots/<slot_id>/results")
@for_operators
def results(slot_id: str) -> Response:
    found = _of_caller(slot_id)
    return shown("_slot_results.html", results=services().board.results(guard.caller(), found.id))


@blp.post("/slots/<slot_id>")
@for_operators
def take(slot_id: str) -> Response:
    """What the form's button asks for: to save, to try, or to make the slot free again."""
    found = _of_caller(slot_id)
    action = ACTIONS.get(request.form.get("action", ""), _look)
    try:
        return action(found)
    except PhotoaiError as error:
        return refused(error, _page(found, request.form, error))


@blp.post("/slots/<slot_id>/history/<int:version>/restore")
@for_operators
def restore(slot_id: str, version: int) -> Response:
    """An old version's settings as a new version, unless somebody saved one meanwhile."""
    found, present = _of_caller(slot_id), whole(request.form.get("version", ""))
    try:
        services().slot_history.restore(guard.caller(), slot_id, version, present)
    except PhotoaiError as error:
        return refused(error, _page(found, error=error))
    return see_other(url_for(".slot", slot_id=slot_id, restored=version))


def _look(slot: Slot) -> Response:
    """Another provider or operation was chosen: its fields, and nothing saved."""
    return _page(slot, request.form)


def _save(slot: Slot) -> Response:
    services().slots.save(
        guard.caller(), slot.id, update_of(guard.caller(), slot, request.form, _media(slot))
    )
    return see_other(url_for(".slot", slot_id=slot.id))


def _try(slot: Slot) -> Response:
    update = update_of(guard.caller(), slot, request.form, _media(slot))
    with KeptFile(request.files.get(TEST_PHOTO)) as photo:
        order = SlotTest(
            slot.id, receive=photo.give, unsaved=lambda _: update, received=utcnow(),
            answers=sample_answers(request.form),
        )  # fmt: skip
        job = services().slot_tests.start(guard.caller(), order).job
    return see_other(url_for(".slot", slot_id=slot.id, test=job.public_id))


def _clear(slot: Slot) -> Response:
    services().slots.clear(guard.caller(), slot.id)
    return see_other(url_for(".slot", slot_id=slot.id))


ACTIONS = {"save": _save, "test": _try, "clear": _clear}


def _of_caller(slot_id: str) -> Slot:
    return services().slots.get(guard.caller(), slot_id)


def _media(slot: Slot) -> dict[str, str]:
    return media_sent(guard.caller(), chosen(slot, request.form))


def _page(slot: Slot, typed: Any = None, error: PhotoaiError | None = None) -> Response:
    choice = chosen(slot, request.args if typed is None else typed)
    if typed is not None:
        choice = choice.holding(typed_settings(choice, typed))
    return shown(
        "slot.html", slot=slot, choice=choice, typed=typed, refusal=error,
        problems=problems(error), held_version=_version(slot, error),
        results=services().board.results(guard.caller(), slot.id), tested=_tested(),
        booth=booth_side(slot, choice, typed), max_mb=config().media_max_file_size_mb,
        providers=services().catalogue.providers, rungs=rungs_shown(slot, typed), why=why,
        **past_of(slot),
    )  # fmt: skip


def _version(slot: Slot, error: PhotoaiError | None) -> int:
    """Who saves after being told that somebody else did knows what is being replaced."""
    known = whole(request.form.get("version", ""))
    if known is not None and not (error and error.code == "slot_changed"):
        return known
    return slot.version


def _tested() -> Job | None:
    """The try that the page was asked to show."""
    wanted = request.args.get(TESTED)
    return services().jobs.get(guard.caller(), wanted) if wanted else None

"""The evening as it happens: what waits, runs, is done, went wrong; for any account its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Response, request, url_for
from flask_babel import lazy_gettext
from marshmallow import ValidationError

from photoai.errors import Invalid, PhotoaiError
from photoai.models import Job, JobState
from photoai.schemas.edits import TYPES
from photoai.schemas.jobs import LATE, EveningWishSchema
from photoai.services.clock import utcnow
from photoai.services.jobs import EveningGroup, EveningWish, Group, Handing, Outlook, Submitted
from photoai.services.photos import JPEG

from .. import guard
from ..alerts import alerts_of
from ..context import services
from ..jobs import why
from .forms import refused
from .money import shown_with
from .page import Pages, for_members, for_operators, see_other, shown
from .photo import compared
from .tray import RECEIPT, SHOWN, TRAY, tray_shown

blp = Pages("live_pages")
GROUPS = {
    Group.WAITING: lazy_gettext("Waiting"),
    Group.RUNNING: lazy_gettext("Running"),
    Group.DONE: lazy_gettext("Done"),
    Group.FAILED: lazy_gettext("Failed and late"),
}
KINDS = {
    "photo": lazy_gettext("Photo"),
    "merge": lazy_gettext("Merged video"),
    "ascii": lazy_gettext("ASCII video"),
    "reels": lazy_gettext("Analysed video"),
    **{kind: lazy_gettext(each.title) for kind, each in TYPES.items()},
}
STAGES = {
    "started": lazy_gettext("in work"),
    "downloading": lazy_gettext("clips are fetched"),
    "preparing": lazy_gettext("the material is prepared"),
    "merging": lazy_gettext("the video is put together"),
    "measuring": lazy_gettext("picture and sound are measured"),
    "sending": lazy_gettext("the video goes to the model"),
    "watching": lazy_gettext("the model watches the video"),
    "rendering": lazy_gettext("the video is rendered"),
    "checking": lazy_gettext("the result is checked"),
}
FILTERS = ("slot_id", "type", "state", SHOWN)
PREVIEW_KEPT = "private, max-age=86400"
Deed = TypeVar("Deed")


@dataclass(frozen=True)
class Row:
    """A job as the page shows it; without one, what a module makes new rows of."""

    job: Job | None = None
    outlook: Outlook = Outlook()
    is_late: bool = False

    @property
    def ends_at(self) -> datetime | None:
        """When it should have ended, as far as anybody knows."""
        return _in_sec(self.outlook.eta_sec)

    @property
    def late_at(self) -> datetime | None:
        """From when on it takes longer than usual."""
        return _in_sec(self.outlook.overdue_in_sec)

    @property
    def has_ended(self) -> bool:
        return self.job is not None and JobState(self.job.state).ended

    @property
    def spent_sec(self) -> float | None:
        """How long it ran, or runs by now."""
        if self.job is None or self.job.started is None:
            return None
        return ((self.job.finished or utcnow()) - self.job.started).total_seconds()

    @property
    def problem(self) -> str:
        """Why it has not succeeded, in the visitor's words."""
        failed = self.job is not None and self.job.state == JobState.FAILED
        return why(self.job) if failed and self.job else ""


def _in_sec(seconds: float | None) -> datetime | None:
    return None if seconds is None else utcnow() + timedelta(seconds=seconds)


@blp.get("/live")
@for_members
def live() -> Response:
    return _evening()


@blp.post("/live/<job_id>/cancel")
@for_members
def cancel(job_id: str) -> Response:
    return _acted(lambda: services().jobs.cancel(guard.caller(), job_id))


@blp.post("/live/<job_id>/retry")
@for_members
def retry(job_id: str) -> Response:
    return _acted(lambda: services().jobs.retry(guard.caller(), job_id))


@blp.post("/live/<job_id>/replay")
@for_members
def replay(job_id: str) -> Response:
    """It leads to where both photos will stand beside each other."""
    return _acted(lambda: services().replays.start(guard.caller(), job_id), _compared)


@blp.get("/live/<job_id>/preview")
@for_members
def preview(job_id: str) -> Response:
    job = services().jobs.get(guard.caller(), job_id)
    response = Response(mimetype=JPEG)
    response.set_etag(job.result_key or "")
    response.headers["Cache-Control"] = PREVIEW_KEPT
    if request.if_none_match.contains_weak(job.result_key or ""):
        response.status_code = 304
        return response
    response.set_data(services().previews.of(job))
    return response


@blp.get("/live/late")
@for_operators
def late() -> Response:
    return shown("_late_tray.html", address=_address, **tray_shown(guard.caller()))


@blp.post("/live/late/done")
@for_operators
def hand_over_all() -> Response:
    ids = request.form.getlist("id")
    return _acted(lambda: services().jobs.late.hand_over_all(guard.caller(), ids), _handed_over)


@blp.post("/live/late/undo")
@for_operators
def put_back() -> Response:
    receipt = request.form.get(RECEIPT, "")
    return _acted(
        lambda: services().jobs.late.put_back(guard.caller(), receipt),
        lambda _: _address("live", _anchor=TRAY),
    )


@blp.post("/live/late/<job_id>/done")
@for_operators
def hand_over(job_id: str) -> Response:
    return _acted(lambda: services().jobs.late.hand_over(guard.caller(), job_id), _handed_over)


@blp.post("/live/late/<job_id>/again")
@for_operators
def once_more(job_id: str) -> Response:
    return _acted(lambda: services().replays.start(guard.caller(), job_id, counted=True))


def _acted(
    act: Callable[[], Deed], leads_to: Callable[[Deed], str] = lambda _: _address("live")
) -> Response:
    try:
        deed = act()
    except PhotoaiError as error:
        return refused(error, _evening(error))
    return see_other(leads_to(deed))


def _handed_over(handing: Handing) -> str:
    return _address("live", receipt=handing.receipt if handing.count else None, _anchor=TRAY)


def _compared(submitted: Submitted) -> str:
    is_comparable = submitted.job.is_photo and submitted.job.slot_id and guard.caller().is_operator
    return compared(submitted.job) if is_comparable else _address("live")


def _address(view: str, job_id: str | None = None, **changes: str | None) -> str:
    """Where a view of the page is, under its filters, some of them changed."""
    values: dict[str, Any] = {**_query(**changes), **({"job_id": job_id} if job_id else {})}
    return url_for(f".{view}", **values)


def _query(**changes: str | None) -> dict[str, str]:
    """The page's filters as its address holds them, some of them changed."""
    given = {name: request.args.get(name) for name in FILTERS} | changes
    return {name: value for name, value in given.items() if value}


def _wish() -> EveningWish:
    try:
        wish: EveningWish = EveningWishSchema().load(_query())
    except ValidationError as error:
        raise Invalid(details=error.normalized_messages()) from None
    return wish


def _evening(error: PhotoaiError | None = None) -> Response:
    caller, wish = guard.caller(), _wish()
    groups = services().evening.groups(caller, wish)
    tray = tray_shown(caller) if caller.is_operator else {"names": {}}
    alerts = alerts_of(caller) if caller.is_operator else []
    money = shown_with(caller) if caller.is_operator else {}
    busy = {*services().evening.slots(caller), *filter(None, [wish.slot_id])}
    return shown(
        "live.html", groups=[(each, _rows(each)) for each in groups], titles=GROUPS, kinds=KINDS,
        stages=STAGES, late=LATE, slots=sorted(busy), wish=wish, refusal=error,
        query=_query(), address=_address, compared=compared, blank=Row(), now=utcnow(),
        patience=services().ingest.patience_sec(),
        counts={each.group: each.total for each in groups},
        kinds_said=_said(KINDS), stages_said=_said(STAGES), alerts=alerts, **{**money, **tray},
    )  # fmt: skip


def _said(words: Mapping[str, Any]) -> dict[str, str]:
    """In the visitor's language, for the page's module."""
    return {name: str(word) for name, word in words.items()}


def _rows(found: EveningGroup) -> list[Row]:
    outlooks: list[Any] = services().outlooks.of_all(found.jobs)
    return [
        Row(job, outlook, job.public_id in found.late)
        for job, outlook in zip(found.jobs, outlooks, strict=True)
    ]

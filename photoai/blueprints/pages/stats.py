"""The page of statistics: each slot's figures, the last days, and how long booths wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, request, url_for

from photoai.errors import PhotoaiError
from photoai.services.catalogue import media_ids
from photoai.services.clock import utcnow
from photoai.services.statistics import Bucket, Grouping, SlotTotals, Span, Tally

from .. import guard
from ..context import services
from .chart import chart_of
from .forms import problems, refused
from .page import Pages, for_operators, see_other, shown
from .settings import change_in

blp = Pages("stats_pages")
DAYS = (7, 14, 30, 90)
DAYS_UNASKED = 14


@blp.get("/stats")
@for_operators
def stats() -> Response:
    return _stats()


@blp.get("/stats/figures")
@for_operators
def figures() -> Response:
    """What changes with every photo, for a page that is open."""
    return shown("_stats_figures.html", **_figures())


@blp.post("/stats/<slot_id>/reset")
@for_operators
def reset(slot_id: str) -> Response:
    try:
        services().statistics.reset(guard.caller(), slot_id)
    except PhotoaiError as error:
        return refused(error, _stats(error))
    return see_other(url_for(".stats", days=_days(), done="reset"))


@blp.post("/stats/timeout")
@for_operators
def save_timeout() -> Response:
    try:
        change = change_in(request.form, services().catalogue)
        services().settings.change(guard.caller(), change)
    except PhotoaiError as error:
        return refused(error, _stats(error))
    return see_other(url_for(".stats", days=_days(), done="saved"))


def _stats(error: PhotoaiError | None = None) -> Response:
    return shown(
        "stats.html", refusal=error, problems=problems(error), typed=request.form if error else {},
        timeout_sec=services().settings.sync_response_timeout_sec(),
        done=request.args.get("done"), **_figures(),
    )  # fmt: skip


def _figures() -> dict[str, Any]:
    lines, days = services().statistics.by_slot(guard.caller()), _last_days(_days())
    groups: dict[str, list[SlotTotals]] = {"used": [], "rest": []}
    for line in lines:
        is_used = line.slot.is_configured or line.ever.requests
        groups["used" if is_used else "rest"].append(line)
    return {
        "groups": groups,
        "since_reset": _sum([line.since_reset for line in lines]),
        "ever": _sum([line.ever for line in lines]),
        "templates": {line.slot.id: _template_image(line) for line in lines},
        "chart": chart_of(days), "in_days": _sum([day.tally for day in days]),
        "days": _days(), "choices": DAYS, "slots_path": request.script_root + "/slots/",
        "stats_path": url_for(".stats"), "providers": services().catalogue.providers,
        "failures": services().failures.lately(guard.caller()).failures,
    }  # fmt: skip


def _days() -> int:
    """How many days the chart shows; an address that was put together wrongly shows the usual."""
    asked = request.args.get("days", type=int)
    return asked if asked in DAYS else DAYS_UNASKED


def _last_days(count: int) -> list[Bucket]:
    """The days until today, in UTC: whole ones, which nobody has to add up."""
    today = utcnow().date()
    first = today - timedelta(days=count - 1)
    span = Span.between(first, today, Grouping.DAY, timedelta(days=max(DAYS)))
    return services().statistics.of_all(guard.caller(), span)


def _template_image(line: SlotTotals) -> str | None:
    return next(iter(media_ids(line.slot.settings_json or {}).values()), None)


def _sum(tallies: Sequence[Tally]) -> Tally:
    return sum(tallies, Tally())

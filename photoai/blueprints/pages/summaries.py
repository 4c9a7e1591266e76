"""The part of the settings page about the daily summary."""

from __future__ import annotations

from flask import Response, request, url_for
from marshmallow import ValidationError

from photoai.errors import Invalid, PhotoaiError
from photoai.schemas.summaries import SummaryPlanSchema
from photoai.services.summaries import Plan

from .. import errors, guard
from ..context import services
from .forms import refused, whole_or_text
from .page import Pages, for_operators, see_other
from .settings import settings_page

blp = Pages("summary_pages")


@blp.post("/settings/summary")
@for_operators
def save() -> Response:
    try:
        services().summaries.change(guard.caller(), _plan())
    except PhotoaiError as error:
        return refused(error, settings_page(summary_refusal=error))
    return see_other(url_for("settings_pages.settings", done="saved"))


@blp.post("/settings/summary/test")
@for_operators
def send_test() -> Response:
    try:
        services().summaries.send_test(guard.caller())
    except PhotoaiError as error:
        return refused(error, settings_page(summary_refusal=error))
    return see_other(url_for("settings_pages.settings", done="summary_sent", _anchor="summary"))


def _plan() -> Plan:
    """Raises Invalid"""
    url, said = request.form.get("webhook_url", "").strip(), request.form.get("hour", "")
    typed = {"webhook_url": url or None, "hour": whole_or_text(said)}
    try:
        plan: Plan = SummaryPlanSchema().load(typed)
    except ValidationError as error:
        raise Invalid(details=errors.by_path(error.normalized_messages())) from None
    return plan

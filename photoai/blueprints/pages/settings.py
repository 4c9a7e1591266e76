"""The page of settings: one form for what is kept, and buttons that do one thing each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext, lazy_gettext
from marshmallow import ValidationError

from photoai.errors import Invalid, PhotoaiError
from photoai.schemas.settings import SettingsChangeSchema
from photoai.services.catalogue import Catalogue, ProviderEntry
from photoai.services.readiness import PROVIDER
from photoai.services.settings import BUDGETS, SettingsChange, sizes_of

from .. import errors, guard
from ..context import services
from .forms import problems, refused, whole_or_text
from .page import Pages, for_operators, see_other, shown

blp = Pages("settings_pages")
TIMEOUT, KEPT, PASSWORD = "sync_response_timeout_sec", "originals_kept_min", "ingest_password"
SUMMARIES = 5  # of those that were sent, how many are shown
# What the report's parts are called; providers have names of their own.
PARTS = {
    "database": lazy_gettext("Database"),
    "storage": lazy_gettext("Storage of files"),
    "queue": lazy_gettext("Queue"),
    "public_url": lazy_gettext("Public address"),
    "internet": lazy_gettext("Internet"),
}
QUOTAS = {
    "requests_per_minute": lazy_gettext("Requests a minute"),
    "images_per_minute": lazy_gettext("Images a minute"),
    "requests_per_day": lazy_gettext("Requests a day"),
    "tokens_per_minute": lazy_gettext("Tokens a minute"),
}


@blp.get("/settings")
@for_operators
def settings() -> Response:
    return settings_page()


@blp.post("/settings")
@for_operators
def save() -> Response:
    try:
        change = change_in(request.form, services().catalogue)
        services().settings.change(guard.caller(), change)
    except PhotoaiError as error:
        return refused(error, settings_page(error))
    return see_other(url_for(".settings", done="saved"))


@blp.post("/settings/keys/<provider_id>/remove")
@for_operators
def remove_key(provider_id: str) -> Response:
    services().settings.change(guard.caller(), SettingsChange(keys={provider_id: ""}))
    return see_other(url_for(".settings", done="removed"))


@blp.post("/settings/check")
@for_operators
def check() -> Response:
    """A report is of its moment: it is shown once, and nothing of it is kept."""
    return settings_page(report=services().readiness.report(guard.caller()))


@blp.post("/settings/clear_media_cache")
@for_operators
def clear_media_cache() -> Response:
    deleted = services().upkeep.clear_results(guard.caller())
    return see_other(url_for(".settings", done="cleared", deleted=deleted))


def change_in(form: Mapping[str, str], catalogue: Catalogue) -> SettingsChange:
    """What the form wants changed, read by the schema that reads the API's JSON. A secret left
    empty stays as it is; a price, a budget or a model left empty is the catalogue's, or none.

    Raises:
        Invalid: `details` name what cannot be by its path in the API.
    """
    try:
        change: SettingsChange = SettingsChangeSchema().load(_as_json(form, catalogue))
    except ValidationError as error:
        raise Invalid(details=errors.by_path(error.normalized_messages())) from None
    return change


def key_field(provider_id: str) -> str:
    """What the input of a provider's key is called, for password managers too."""
    return f"{provider_id}_api_key"


def _as_json(form: Mapping[str, str], catalogue: Catalogue) -> dict[str, Any]:
    typed_keys = {id_: form.get(key_field(id_), "") for id_ in catalogue.providers}
    budgets = {name: f"budgets.{name}" for name in BUDGETS}
    wanted: dict[str, Any] = {
        "keys": {id_: key for id_, key in typed_keys.items() if key.strip()},
        "models": {
            id_: models
            for id_, each in catalogue.providers.items()
            if (models := _models(form, each))
        },
        "budgets": {name: _usd(form[path]) for name, path in budgets.items() if path in form},
    }
    if form.get(PASSWORD):
        wanted[PASSWORD] = form[PASSWORD]
    wanted |= {name: whole_or_text(form[name]) for name in (TIMEOUT, KEPT) if name in form}
    return wanted


def _models(form: Mapping[str, str], provider: ProviderEntry) -> dict[str, Any]:
    found: dict[str, Any] = {}
    path = f"models.{provider.id}"
    if f"{path}.default" in form:
        found["default"] = form[f"{path}.default"] or None
    for model_id in provider.models:
        for size in sizes_of(provider):
            price = form.get(f"{path}.prices.{model_id}.{size}")
            if price is not None:
                found.setdefault("prices", {}).setdefault(model_id, {})[size] = _usd(price)
    return found


def _usd(text: str) -> float | str | None:
    """A number as people write it; what is none stays text, for the schema to refuse."""
    try:
        return float(text.strip().replace(",", ".")) if text.strip() else None
    except ValueError:
        return text


def settings_page(error: PhotoaiError | None = None, **facts: Any) -> Response:
    known, catalogue = services().settings, services().catalogue
    with_models = [each.id for each in catalogue.providers.values() if each.models]
    return shown(
        "settings.html", overview=known.overview(guard.caller()), catalogue=catalogue,
        providers=services().providers, sizes_of=sizes_of, key_field=key_field, quotas=QUOTAS,
        own_prices={id_: known.prices(id_) for id_ in with_models},
        chosen={id_: known.chosen_model(id_) for id_ in with_models},
        given={id_: known.given_model(id_) for id_ in with_models},
        refusal=error, problems=problems(error), typed=request.form if error else {},
        titles=_titles(catalogue), done=request.args.get("done"),
        summary=services().summaries.plan(guard.caller()),
        summaries=services().summaries.deliveries(guard.caller())[:SUMMARIES],
        deleted=request.args.get("deleted", 0, int), **({"report": None} | facts),
    )  # fmt: skip


def _titles(catalogue: Catalogue) -> dict[str, str]:
    """What each part of the report is called, by its id."""
    own = {id_: str(title) for id_, title in PARTS.items()}
    return own | {PROVIDER + each.id: gettext(each.title) for each in catalogue.providers.values()}

"""The site map: every family of addresses, and what all of them share."""

from __future__ import annotations

from babel import negotiate_locale
from flask import Flask, request
from flask_babel import Babel
from flask_cors import CORS

from photoai.config import Config
from photoai.services import Services

from . import (
    admin,
    alerts,
    ascii,
    ascii_live,
    auth,
    bodies,
    budgets,
    deliveries,
    errors,
    events,
    file_uploads,
    gallery,
    guard,
    health,
    ingest,
    late,
    limits,
    media,
    merge,
    merge_auth,
    metrics,
    openapi,
    pages,
    providers,
    readiness,
    reels,
    settings,
    slot_history,
    slots,
    stats,
    summaries,
    tasks,
    user_files,
    v1_auth,
    v1_tasks,
    webhooks,
    wire,
)
from .context import CONFIG, EXTENSION

FAMILIES = (
    health, metrics, auth, providers, slots, slot_history, stats, settings, media, ingest, late,
    tasks, events,
    deliveries, webhooks, merge, merge_auth, v1_auth, user_files,
    v1_tasks,
    ascii,
    file_uploads,
    ascii_live,
    reels,
    gallery,
    readiness,
    budgets,
    admin,
    alerts,
    summaries,
)  # fmt: skip
LANGUAGES = ("ru", "en")


def register(app: Flask, config: Config, services: Services) -> None:
    """Give the application its addresses and hand it the services."""
    app.extensions[EXTENSION], app.extensions[CONFIG] = services, config
    app.config.update(openapi.SETTINGS)
    wire.init_app(app, services.metrics)
    bodies.init_app(app)
    guard.init_app(app, config, services.secrets)
    limits.init_app(app, config)
    Babel(app, default_locale="ru", locale_selector=_language)
    if config.cors_allowed_origins:
        # Without credentials: a foreign page may bring a token, never a visitor's cookie.
        CORS(app, origins=list(config.cors_allowed_origins), supports_credentials=False)
    api = openapi.Described(app)
    for family in FAMILIES:
        api.register_blueprint(family.blp)
    errors.init_app(app)
    pages.init_app(app)


def _language() -> str:
    """The visitor's choice; until there is one, Russian for pages and what programs ask for."""
    if request.cookies.get(pages.LANGUAGE) or pages.asked_for():
        return pages.language()
    wanted = list(request.accept_languages.values())
    return negotiate_locale(wanted, LANGUAGES, sep="-") or LANGUAGES[0]

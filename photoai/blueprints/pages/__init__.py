"""The pages: what people see of the house in a browser."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from photoai.errors import NotFound as NothingHere

from .. import errors
from . import (
    alerts,
    ascii,
    assets,
    docs,
    entrance,
    gallery,
    keys,
    live,
    merge,
    money,
    page,
    photo,
    pickup,
    public_gallery,
    ready,
    reels,
    settings,
    slot,
    slots,
    stats,
    studio,
    studio_files,
    summaries,
)
from .page import LANGUAGE, language

__all__ = ["LANGUAGE", "asked_for", "home", "init_app", "language", "wants_home"]
ROOT = "health.welcome"  # which programs share with browsers
FAMILIES = (
    assets, entrance, slots, slot, stats, settings, summaries, ready, live, alerts, money, gallery,
    photo, public_gallery, merge, studio, ascii, reels, studio_files, keys, docs, pickup,
)  # fmt: skip


def init_app(app: Flask) -> None:
    app.context_processor(page.context)
    for family in FAMILIES:
        app.register_blueprint(family.blp)
    app.register_error_handler(404, _nothing_here)


def wants_home() -> bool:
    """Whether the root is asked for by anybody but a program that wants JSON."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "text/html"


def asked_for() -> bool:
    """Whether the request is for a page."""
    if request.url_rule is None:
        return _names_html()
    if request.endpoint == ROOT:
        return wants_home()
    return request.blueprint in {family.blp.name for family in FAMILIES}


def home() -> Response:
    return page.dressed(entrance.home())


def _nothing_here(error: NotFound) -> Response:
    """An address that leads nowhere: browsers name HTML, programs take anything."""
    if request.url_rule is None and _names_html():
        return page.dressed(page.answer(NothingHere()))
    return errors.answer_http(error)  # type: ignore[return-value]


def _names_html() -> bool:
    return "text/html" in request.headers.get("Accept", "")

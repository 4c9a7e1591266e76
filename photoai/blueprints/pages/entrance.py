"""The way in and out: home, registering, signing in, signing out, the language."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request, url_for
from flask_babel import gettext

from photoai.errors import Malformed, PhotoaiError
from photoai.schemas.accounts import RegistrationSchema
from photoai.schemas.auth import LoginSchema
from photoai.services.accounts import PLAN_NAMES, caller_of

from .. import guard
from ..context import config, services
from ..signing_in import register, sign_in
from .forms import problems, read_form, refused
from .page import (
    LANGUAGES,
    Pages,
    for_anybody,
    for_members,
    keep_language,
    local_path,
    see_other,
    shown,
    start_page,
    visitor,
)

blp = Pages("entrance")


@for_anybody
def home() -> Response:
    """What this is; who is signed in goes on to work."""
    here = visitor()
    if here is not None:
        return see_other(start_page(here))
    return shown("home.html", open=config().registration_enabled)


@blp.get("/login")
@for_anybody
def login() -> Response:
    here, wanted = visitor(), local_path(request.args.get("next"))
    if here is not None:
        return see_other(wanted or start_page(here))
    return shown("login.html", wanted=wanted, typed={}, problems={}, refusal=None)


@blp.post("/login")
def take_login() -> Response:
    wanted = local_path(request.form.get("next"))
    try:
        account = sign_in(read_form(LoginSchema()))
    except PhotoaiError as error:
        return _again("login.html", error, wanted=wanted)
    response = see_other(wanted or start_page(account))
    guard.open_session(response, guard.issue_token(account))
    return response


@blp.get("/register")
@for_anybody
def registration() -> Response:
    here = visitor()
    if here is not None:
        return see_other(start_page(here))
    return shown("register.html", plans=PLAN_NAMES, typed={}, problems={}, refusal=None)


@blp.post("/register")
def take_registration() -> Response:
    try:
        made = register(read_form(RegistrationSchema()))
    except PhotoaiError as error:
        return _again("register.html", error, plans=PLAN_NAMES)
    g.visitor = caller_of(made.user)
    response = shown("registered.html", 201, made=made, onward=start_page(g.visitor))
    guard.open_session(response, guard.issue_token(g.visitor))
    return response


@blp.post("/logout")
@for_members
def logout() -> Response:
    response = see_other(url_for("health.welcome"))
    if request.form.get("everywhere"):
        services().sessions.end_all(guard.caller())
    guard.close_session(response)
    return response


@blp.post("/language")
def choose_language() -> Response:
    chosen = request.form.get("lang", "")
    if chosen not in LANGUAGES:
        raise Malformed
    response = see_other(local_path(request.form.get("next")) or url_for("health.welcome"))
    keep_language(response, chosen)
    return response


def _again(template: str, error: PhotoaiError, **facts: Any) -> Response:
    """The form as it was typed, with what was wrong; never with the password."""
    typed = {name: value for name, value in request.form.items() if name != "password"}
    again = shown(
        template, typed=typed, problems=problems(error), refusal=gettext(error.message), **facts
    )
    return refused(error, again)

"""Accounts as seed 002 has them: a short token with one that renews it."""

from __future__ import annotations

from typing import Any

from flask import Response

from photoai.schemas.accounts import ProfileSchema, RegisteredAccountSchema, RegistrationSchema
from photoai.schemas.auth import Login, NameOrEmailLoginSchema, RefreshSchema, TokenPairSchema
from photoai.services.accounts import NewAccount, Profile, Registered

from .bodies import Blueprint
from .context import services
from .guard import caller, close_session, signed_in
from .signing_in import NO_STORE, open_pair, register, renewed_pair, sign_in

blp = Blueprint(
    "v1_auth", __name__, url_prefix="/api/v1/auth", description="Accounts of the /api/v1 family."
)
Answer = tuple[Any, dict[str, str]]


@blp.post("/register")
@blp.arguments(RegistrationSchema)
@blp.response(201, RegisteredAccountSchema)
def open_account(asked: NewAccount) -> tuple[Registered, dict[str, str]]:
    """Open an account; its first API key is shown here and never again."""
    return register(asked), NO_STORE


@blp.post("/login")
@blp.arguments(NameOrEmailLoginSchema)
@blp.response(200, TokenPairSchema)
def login(given: Login) -> Answer:
    """Sign in by user name or email."""
    return open_pair(sign_in(given)), NO_STORE


@blp.post("/refresh")
@blp.arguments(RefreshSchema)
@blp.response(200, TokenPairSchema)
def refresh(given: dict[str, str]) -> Answer:
    """The next two tokens; a refresh token that was used before ends its session."""
    return renewed_pair(given["refresh_token"]), NO_STORE


@blp.get("/me")
@signed_in
@blp.response(200, ProfileSchema)
def me() -> Profile:
    """The caller's account: its plan, what it allows and what is used."""
    return services().accounts.profile(caller())


@blp.post("/logout")
@signed_in
@blp.response(204)
def logout() -> Response:
    """End the session: its tokens of both kinds stop working at once."""
    response = Response(status=204)
    close_session(response)
    return response

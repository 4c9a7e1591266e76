"""Signing in and out."""

from __future__ import annotations

from flask import Response, jsonify

from photoai.schemas.auth import Login, LoginSchema, TokenSchema

from .bodies import Blueprint
from .context import services
from .guard import TOKEN_LIVES, close_session, issue_token, open_session, signed_in
from .limits import caller_address, throttles

blp = Blueprint("auth", __name__, url_prefix="/api", description="Signing in and out.")


@blp.post("/login")
@blp.arguments(LoginSchema, error_status_code=400)
@blp.response(200, TokenSchema)
def login(given: Login) -> Response:
    """Sign in; the token also comes as a session cookie."""
    address = caller_address()
    throttles().logins_from_address.count(address)
    attempts, key = throttles().logins_of_account, (address, given.username.casefold())
    attempts.count(*key)
    account = services().accounts.authenticate(given.username, given.password)
    attempts.forget(*key)
    throttles().logins_from_address.take_back(address)
    token = issue_token(account)
    response: Response = jsonify(
        access_token=token,
        token_type="bearer",  # noqa: S106
        expires_in_sec=int(TOKEN_LIVES.total_seconds()),
    )
    response.headers["Cache-Control"] = "no-store"
    open_session(response, token)
    return response


@blp.post("/logout")
@signed_in
@blp.response(204)
def logout() -> Response:
    """End the session: its token stops working at once."""
    response = Response(status=204)
    close_session(response)
    return response

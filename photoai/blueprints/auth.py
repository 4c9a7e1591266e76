"""Signing in and out."""

from __future__ import annotations

from flask import Response, jsonify

from photoai.schemas.auth import Login, LoginSchema, TokenSchema

from .bodies import Blueprint
from .guard import TOKEN_LIVES, close_session, issue_token, open_session, signed_in
from .signing_in import NO_STORE, TOKEN_TYPE, sign_in

blp = Blueprint("auth", __name__, url_prefix="/api", description="Signing in and out.")


@blp.post("/login")
@blp.arguments(LoginSchema, error_status_code=400)
@blp.response(200, TokenSchema)
def login(given: Login) -> Response:
    """Sign in; the token also comes as a session cookie."""
    token = issue_token(sign_in(given))
    response: Response = jsonify(
        access_token=token,
        token_type=TOKEN_TYPE,
        expires_in_sec=int(TOKEN_LIVES.total_seconds()),
    )
    response.headers.update(NO_STORE)
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

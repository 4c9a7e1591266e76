"""Who is calling: a JWT in the Authorization header or in the session cookie (with CSRF token)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, g
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    get_jwt,
    get_jwt_identity,
    set_access_cookies,
    unset_jwt_cookies,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from jwt.exceptions import ExpiredSignatureError, InvalidTokenError

from photoai.config import Config
from photoai.errors import CsrfFailed, OperatorsOnly, TokenExpired, Unauthorized
from photoai.services.accounts import Bearer, Caller
from photoai.services.secrets import Secrets

from .context import services

TOKEN_LIVES = timedelta(minutes=60)
RENEWED_AFTER = timedelta(minutes=30)
SESSION_LIVES = timedelta(hours=12)
SIGNED_IN_AT, SESSION = "signed_in_at", "sid"
View = TypeVar("View", bound=Callable[..., Any])
jwt = JWTManager()


def init_app(app: Flask, config: Config, secrets: Secrets) -> None:
    app.config.update(
        JWT_SECRET_KEY=secrets.key_for("jwt"),
        JWT_ACCESS_TOKEN_EXPIRES=TOKEN_LIVES,
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_COOKIE_SAMESITE="Lax",
        JWT_COOKIE_SECURE=config.public_base_url.startswith("https://"),
        JWT_ACCESS_CSRF_HEADER_NAME="X-CSRF-TOKEN",
    )
    jwt.init_app(app)
    app.after_request(_renew_cookie)


def signed_in(view: View) -> View:
    """The view needs an account; `caller()` is it."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.caller = _identify()
        return view(*args, **kwargs)

    return cast(View, guarded)


def operator_only(view: View) -> View:
    """The view needs an operator."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.caller = _identify()
        if not g.caller.is_operator:
            raise OperatorsOnly
        return view(*args, **kwargs)

    return cast(View, guarded)


def caller() -> Caller:
    return cast(Caller, g.caller)


def bearer() -> Bearer:
    """The token behind the request, for what goes on after it."""
    return cast(Bearer, g.bearer)


def issue_token(account: Caller) -> str:
    """A token of a new session."""
    now = datetime.now(UTC).timestamp()
    return _token(account, {SESSION: uuid.uuid4().hex, SIGNED_IN_AT: now})


def _token(account: Caller, session: dict[str, Any]) -> str:
    return create_access_token(str(account.id), additional_claims=session)


def open_session(response: Response, token: str) -> None:
    """The same token as a cookie that scripts cannot read, beside its CSRF token that they can."""
    set_access_cookies(response, token)


def close_session(response: Response) -> None:
    """End the session of the token the request came with: it and every renewal of it."""
    services().accounts.revoke(caller(), _session(get_jwt()), datetime.now(UTC) + TOKEN_LIVES)
    unset_jwt_cookies(response)
    g.session_closed = True


def _identify() -> Caller:
    try:
        _, claims = verify_jwt_in_request() or (None, {})
    except ExpiredSignatureError:
        raise TokenExpired from None
    except CSRFError:
        raise CsrfFailed from None
    except (JWTExtendedException, InvalidTokenError):
        raise Unauthorized from None
    identity = get_jwt_identity()
    if not str(identity).isdigit():
        raise Unauthorized
    signed_in_at = _moment(claims.get(SIGNED_IN_AT, claims["iat"]))
    found = services().accounts.bearer(int(identity), _session(claims), signed_in_at)
    g.bearer = Bearer(found.id, _session(claims), signed_in_at, _moment(claims["exp"]))
    return found


def _renew_cookie(response: Response) -> Response:
    """A session that is used goes on, up to twelve hours after the sign-in."""
    if (
        "caller" not in g
        or "session_closed" in g
        or g.get("_jwt_extended_jwt_location") != "cookies"
    ):
        return response
    claims, now = get_jwt(), datetime.now(UTC)
    signed_in_at = claims.get(SIGNED_IN_AT, claims["iat"])
    if now - _moment(claims["iat"]) < RENEWED_AFTER or now - _moment(signed_in_at) > SESSION_LIVES:
        return response
    open_session(
        response, _token(caller(), {SESSION: _session(claims), SIGNED_IN_AT: signed_in_at})
    )
    return response


def _session(claims: dict[str, Any]) -> str:
    return str(claims.get(SESSION, claims["jti"]))


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)

"""Who is calling: a JWT or an API key in the Authorization header, a key in X-API-Key, or a JWT in
the session cookie (with CSRF token)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    decode_token,
    get_jwt,
    set_access_cookies,
    unset_jwt_cookies,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from jwt.exceptions import ExpiredSignatureError, InvalidTokenError

from photoai.config import Config
from photoai.errors import (
    AdministratorsOnly,
    CsrfFailed,
    Forbidden,
    KeyHasNoSession,
    OperatorsOnly,
    PhotoaiError,
    TokenExpired,
    Unauthorized,
    WrongApiKey,
)
from photoai.services.accounts import FOREVER, Bearer, Caller
from photoai.services.secrets import Secrets

from .context import services
from .limits import caller_address, throttles

TOKEN_LIVES = timedelta(minutes=60)
RENEWED_AFTER = timedelta(minutes=30)
SESSION_LIVES = timedelta(hours=12)
SIGNED_IN_AT, SESSION, CSRF = "signed_in_at", "sid", "csrf"
GUEST = "guest"  # in place of a token
KEY_HEADER, CSRF_HEADER = "X-API-Key", "X-CSRF-TOKEN"
# Any one of these, as the API's description names them.
CREDENTIALS: list[dict[str, list[str]]] = [{"bearer": []}, {"key": []}, {"session": []}]
OR_NONE = [*CREDENTIALS, {}]  # where a link may be permission enough
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
        JWT_ACCESS_CSRF_HEADER_NAME=CSRF_HEADER,
    )
    jwt.init_app(app)
    app.after_request(_renew_cookie)


def signed_in(view: View) -> View:
    """The view needs an account; `caller()` is it."""

    @_described
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.caller = _identify()
        return view(*args, **kwargs)

    return cast(View, guarded)


def open_to_guests(facade: str) -> Callable[[View], View]:
    """The view needs an account, or none where ALLOW_ANONYMOUS names the façade; `caller()` is
    the account, or the guest from the request's address."""

    def guarding(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            caller_or_anonymous(facade)
            return view(*args, **kwargs)

        return cast(View, _described(guarded, OR_NONE))

    return guarding


def caller_or_anonymous(facade: str) -> Caller:
    """The account behind the request, or the guest from its address; credentials that are no good
    are refused, not passed over.

    Raises:
        Unauthorized: the request brings no credentials, and the façade is for accounts only.
        whatever is wrong with those it brings
    """
    if brings_credentials():
        g.caller = _identify()
    else:
        act_for_guest(services().guests.from_address(facade, caller_address()))
    return caller()


def act_for_guest(guest: Caller) -> None:
    """`caller()` is this guest from now on."""
    g.caller, g.bearer = guest, _bearer_of_guest(guest)


def identified() -> Caller:
    """The account behind the request, which is `caller()` from now on. Raises as `signed_in`."""
    g.caller = _identify()
    return caller()


def _bearer_of_guest(guest: Caller) -> Bearer:
    return Bearer(guest.id, GUEST, datetime.now(UTC), FOREVER)


def operator_only(view: View) -> View:
    """The view needs an operator."""
    return _for(view, lambda account: account.is_operator, OperatorsOnly)


def administrators_only(view: View) -> View:
    """The view needs an administrator, by token or by key."""
    return _for(view, lambda account: account.is_administrator, AdministratorsOnly)


def _for(view: View, may: Callable[[Caller], bool], refusal: type[Forbidden]) -> View:
    @_described
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.caller = _identify()
        if not may(g.caller):
            raise refusal
        return view(*args, **kwargs)

    return cast(View, guarded)


def _described(
    view: Callable[..., Any], needs: list[dict[str, list[str]]] = CREDENTIALS
) -> Callable[..., Any]:
    """Say in the API's description what the view needs."""
    facts = getattr(view, "_apidoc", {})
    manual = {**facts.get("manual_doc", {}), "security": needs}
    view._apidoc = {**facts, "manual_doc": manual}  # type: ignore[attr-defined]
    return view


def caller() -> Caller:
    return cast(Caller, g.caller)


def who_is_here() -> Caller | None:
    """The account behind a request that needs none; credentials that are no good count as none."""
    try:
        return _identify()
    except PhotoaiError:
        return None


def is_signed_in_unread() -> bool:
    """Whether the request is somebody's whose form, with the token against forgery, has still to
    be read."""
    cookie = request.cookies.get(current_app.config["JWT_ACCESS_COOKIE_NAME"], "")
    try:
        decode_token(cookie)
    except (JWTExtendedException, InvalidTokenError):
        return who_is_here() is not None
    return True


def bearer() -> Bearer:
    """The token or key behind the request, for what goes on after it."""
    return cast(Bearer, g.bearer)


def known_by(credential: str | None, facade: str, address: str) -> tuple[Caller, Bearer]:
    """Whose a key or a token is that comes by another way than a request's headers; with none, the
    guest from that address.

    Raises:
        Unauthorized, TooManyWrongKeys
    """
    if credential is None:
        guest = services().guests.from_address(facade, address)
        return guest, _bearer_of_guest(guest)
    if credential.count(".") != 2:
        return _by_key(credential, address)
    try:
        held = bearer_in(decode_token(credential))
    except ExpiredSignatureError:
        raise TokenExpired from None
    except (JWTExtendedException, InvalidTokenError):
        raise Unauthorized from None
    return services().accounts.bearer(held.user_id, held.token_id, held.signed_in_at), held


def is_known_by_cookie() -> bool:
    """Whether the browser said who it is from, and not whoever made the request."""
    return request.authorization is None and KEY_HEADER not in request.headers


def brings_credentials() -> bool:
    """Whether the request says who it is from, rightly or not."""
    cookie = current_app.config["JWT_ACCESS_COOKIE_NAME"]
    return (
        request.authorization is not None
        or KEY_HEADER in request.headers
        or cookie in request.cookies
    )


def issue_token(account: Caller) -> str:
    """A token of a new session."""
    return access_token(account, new_session())


def new_session() -> dict[str, Any]:
    """What all tokens of one sign-in say."""
    return {SESSION: uuid.uuid4().hex, SIGNED_IN_AT: datetime.now(UTC).timestamp()}


def access_token(account: Caller, session: dict[str, Any], lives: timedelta = TOKEN_LIVES) -> str:
    return create_access_token(str(account.id), expires_delta=lives, additional_claims=session)


def open_session(response: Response, token: str) -> None:
    """The same token as a cookie that scripts cannot read, beside its CSRF token that they can."""
    set_access_cookies(response, token)


def close_session(response: Response) -> None:
    """End the session of the token the request came with: all its tokens and every renewal.

    Raises:
        KeyHasNoSession: the request came with a key.
    """
    if bearer().is_key:
        raise KeyHasNoSession
    services().sessions.end(caller(), bearer().token_id)
    unset_jwt_cookies(response)
    g.session_closed = True


def _identify() -> Caller:
    key = _given_key()
    found, g.bearer = _by_token() if key is None else _by_key(key, caller_address())
    return found


def _given_key() -> str | None:
    """The key the request brings. A token with two dots is a JWT and no key is, so that a JWT that
    is not valid is never looked up."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return request.headers.get(KEY_HEADER) or None
    return None if given.token.count(".") == 2 else given.token


def _by_key(key: str, address: str) -> tuple[Caller, Bearer]:
    """Right keys are never counted and never held up: who guesses cannot shut out who knows."""
    try:
        return services().keys.bearer(key)
    except WrongApiKey:
        throttles().wrong_keys.count(address)
        raise


def _by_token() -> tuple[Caller, Bearer]:
    try:
        _, claims = verify_jwt_in_request() or (None, {})
    except ExpiredSignatureError:
        raise TokenExpired from None
    except CSRFError:
        raise CsrfFailed from None
    except (JWTExtendedException, InvalidTokenError):
        raise Unauthorized from None
    held = bearer_in(claims)
    return services().accounts.bearer(held.user_id, held.token_id, held.signed_in_at), held


def bearer_in(claims: dict[str, Any]) -> Bearer:
    """What a token says of who holds it; its `token_id` is the session's.

    Raises:
        Unauthorized: it is not one of ours.
    """
    identity = str(claims["sub"])
    if not (identity.isascii() and identity.isdigit()):
        raise Unauthorized
    signed_in_at = _moment(claims.get(SIGNED_IN_AT, claims["iat"]))
    return Bearer(int(identity), _session(claims), signed_in_at, _moment(claims["exp"]))


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
    # The same CSRF token: forms of pages that are open, this one among them, hold it already.
    session = {SESSION: _session(claims), SIGNED_IN_AT: signed_in_at, CSRF: claims[CSRF]}
    open_session(response, access_token(caller(), session))
    return response


def _session(claims: dict[str, Any]) -> str:
    return str(claims.get(SESSION, claims["jti"]))


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)

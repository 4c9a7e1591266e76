"""What every façade does when somebody registers, signs in or renews a session: one throttle, one
service, and no cache that keeps a secret."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_jwt_extended import create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import ExpiredSignatureError, InvalidTokenError

from photoai.errors import TokenExpired, Unauthorized
from photoai.schemas.auth import Login
from photoai.services.accounts import REFRESH_LIVES, Caller, NewAccount, Refresh, Registered

from .context import services
from .guard import SESSION, SIGNED_IN_AT, access_token, bearer_in, new_session
from .limits import caller_address, throttles

PAIRED_ACCESS_LIVES = timedelta(minutes=30)
NO_STORE = {"Cache-Control": "no-store"}
TOKEN_TYPE = "bearer"  # noqa: S105


def sign_in(given: Login) -> Caller:
    """The account that signs in.

    Raises:
        TooManyLogins: for this name or from this address; the right password waits too.
        BadCredentials: the name or the password is wrong.
        AccountInactive: the account is switched off.
    """
    address = caller_address()
    throttles().logins_from_address.count(address)
    attempts, key = throttles().logins_of_account, (address, given.username.casefold())
    attempts.count(*key)
    account = services().accounts.authenticate(given.username, given.password)
    attempts.forget(*key)
    throttles().logins_from_address.take_back(address)
    return account


def register(asked: NewAccount) -> Registered:
    """Open an account; refused attempts count too, for they tell which names are taken.

    Raises:
        TooManyRegistrations: from this address.
        RegistrationClosed, UsernameTaken, EmailTaken
    """
    throttles().registrations.count(caller_address())
    return services().registrations.register(asked)


def open_pair(account: Caller) -> dict[str, Any]:
    """A token of a new session, and the one that renews it."""
    session, token_id = new_session(), uuid.uuid4().hex
    since = datetime.fromtimestamp(session[SIGNED_IN_AT], UTC)
    services().sessions.begin(Refresh(account.id, token_id, session[SESSION], since))
    return _pair(account, session, token_id)


def renewed_pair(refresh_token: str) -> dict[str, Any]:
    """The next pair in place of the one this token came with.

    Raises:
        Unauthorized: it is no refresh token of ours, or its session was ended.
        TokenExpired: its seven days are over.
        RefreshTokenUsed: it was used before; its session is ended.
    """
    try:
        claims = decode_token(refresh_token)
    except ExpiredSignatureError:
        raise TokenExpired from None
    except (JWTExtendedException, InvalidTokenError):
        raise Unauthorized from None
    if claims["type"] != "refresh":
        raise Unauthorized
    held, next_id = bearer_in(claims), uuid.uuid4().hex
    used = Refresh(held.user_id, claims["jti"], held.token_id, held.signed_in_at)
    account = services().sessions.renew(used, next_id)
    return _pair(account, {name: claims[name] for name in (SESSION, SIGNED_IN_AT)}, next_id)


def _pair(account: Caller, session: dict[str, Any], refresh_id: str) -> dict[str, Any]:
    refresh_token = create_refresh_token(
        str(account.id),
        expires_delta=REFRESH_LIVES,
        additional_claims={**session, "jti": refresh_id},
    )
    return {
        "access_token": access_token(account, session, PAIRED_ACCESS_LIVES),
        "refresh_token": refresh_token,
        "token_type": TOKEN_TYPE,
        "expires_in": int(PAIRED_ACCESS_LIVES.total_seconds()),
    }

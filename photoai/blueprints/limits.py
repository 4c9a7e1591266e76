"""Limits by rate. Only failures count; while a limit lasts the right password waits too."""

from __future__ import annotations

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from photoai.errors import TooManyLogins, TooManyWrongPasswords

limiter = Limiter(key_func=get_remote_address, storage_uri="memory://", headers_enabled=False)


def _account_and_address() -> str:
    body = request.get_json(silent=True)
    name = body.get("username") if isinstance(body, dict) else ""
    return f"{get_remote_address()} {str(name)[:200].casefold()}"


def _slot_and_address() -> str:
    return f"{get_remote_address()} {(request.view_args or {}).get('link', '')[-3:]}"


def _wrong_password(response: Response) -> bool:
    return response.status_code == 401


logins_by_account = limiter.shared_limit(
    "5 per minute",
    scope="login account",
    key_func=_account_and_address,
    deduct_when=_wrong_password,
    error_message=TooManyLogins.code,
)
logins_by_address = limiter.shared_limit(
    "30 per minute",
    scope="login address",
    deduct_when=_wrong_password,
    error_message=TooManyLogins.code,
)
wrong_ingest_passwords = limiter.shared_limit(
    "20 per minute",
    scope="ingest",
    key_func=_slot_and_address,
    deduct_when=_wrong_password,
    error_message=TooManyWrongPasswords.code,
)

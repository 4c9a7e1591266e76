"""Sessions that are renewed by refresh tokens, each of which is good for one renewal.

A used one that comes again was copied by somebody, and nobody can tell by whom: the whole session
ends (RFC 9700, 4.14.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, update

from photoai.db import Database, Executor
from photoai.errors import RefreshTokenUsed
from photoai.models import RefreshToken
from photoai.services.clock import utcnow

from .accounts import Accounts
from .callers import Caller

REFRESH_LIVES = timedelta(days=7)


@dataclass(frozen=True)
class Refresh:
    """What a refresh token says: whose it is, which one, and of which session."""

    user_id: int
    token_id: str
    session_id: str
    signed_in_at: datetime


class Sessions:
    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._db = database
        self._accounts = accounts

    def begin(self, first: Refresh) -> None:
        """Let a session be renewed by its first refresh token."""
        with self._db.transaction() as db:
            _keep(db, first)

    def renew(self, used: Refresh, next_id: str) -> Caller:
        """Put the next refresh token in the place of one, and say whose session it is.

        Raises:
            RefreshTokenUsed: it was used before; its session is ended.
            Unauthorized: the account is gone, or the session was ended.
            AccountInactive: the account is switched off.
        """
        caller = self._accounts.bearer(used.user_id, used.session_id, used.signed_in_at)
        unused = update(RefreshToken).where(
            RefreshToken.jti == used.token_id, RefreshToken.used_at.is_(None)
        )
        with self._db.transaction() as db:
            was_unused = db.execute(unused.values(used_at=utcnow())).rowcount == 1
            if was_unused:
                _keep(db, Refresh(used.user_id, next_id, used.session_id, used.signed_in_at))
        if not was_unused:
            self.end(caller, used.session_id)
            raise RefreshTokenUsed
        return caller

    def end(self, caller: Caller, session_id: str) -> None:
        """No token of the session counts any more, neither of access nor of refreshing."""
        self._accounts.revoke(caller, session_id, utcnow() + REFRESH_LIVES)

    def end_all(self, caller: Caller) -> None:
        """No token that was ever issued to the account counts any more; keys go on."""
        self._accounts.end_tokens(caller)


def _keep(db: Executor, token: Refresh) -> None:
    db.execute(
        insert(RefreshToken).values(
            jti=token.token_id,
            user_id=token.user_id,
            session_id=token.session_id,
            expires_at=utcnow() + REFRESH_LIVES,
        )
    )

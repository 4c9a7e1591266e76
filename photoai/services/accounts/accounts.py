"""Accounts: who signs in, and how long a token counts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from photoai.db import Database
from photoai.errors import (
    BadCredentials,
    ConfigError,
    IngestPasswordTaken,
    TokenRevoked,
    Unauthorized,
)
from photoai.models import RevokedToken, Role, User
from photoai.services.clock import utcnow
from photoai.services.secrets import Secrets, same

from .credentials import Credentials, OperatorCredentials

Offload = Callable[..., Any]
INGEST_PURPOSE = "ingest password"


@dataclass(frozen=True)
class Caller:
    """The account behind a request."""

    id: int
    username: str
    role: Role

    @property
    def is_operator(self) -> bool:
        return self.role is Role.OPERATOR


@dataclass(frozen=True)
class Bearer:
    """Who holds which token of which sign-in, and until when."""

    user_id: int
    token_id: str
    signed_in_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class IngestPassword:
    """What may be told of an operator's ingest password."""

    set: bool
    last_changed: datetime | None


class Accounts:
    def __init__(self, database: Database, secrets: Secrets, offload: Offload) -> None:
        self._db = database
        self._secrets = secrets
        self._offload = offload
        # Checked when the name is unknown, so that an unknown name takes as long as a known one.
        self._nobodys_hash: str | None = None

    def sync_operators(self, credentials: Credentials) -> list[Caller]:
        """Make the operators what the credentials say; a changed password ends old sessions."""
        return [self._sync(operator) for operator in credentials.operators]

    def authenticate(self, username: str, password: str) -> Caller:
        """The account with this name and password.

        Raises:
            BadCredentials: there is none; which of the two was wrong is not said.
        """
        with self._db.read() as session:
            user = session.scalar(select(User).where(User.username == username))
        stored = user.password_hash if user else self._hash_of_nobody()
        right = self._offload(check_password_hash, stored, password)
        if user is None or not right:
            raise BadCredentials
        return _caller(user)

    def bearer(self, user_id: int, token_id: str, signed_in_at: datetime) -> Caller:
        """The account a valid token stands for.

        Raises:
            Unauthorized: the account is gone, or the token was revoked or goes back to a sign-in
                with an earlier password.
        """
        with self._db.read() as session:
            user = session.get(User, user_id)
            revoked = session.get(RevokedToken, token_id)
        if user is None:
            raise Unauthorized
        if revoked or signed_in_at < user.tokens_valid_from:
            raise TokenRevoked
        return _caller(user)

    def still_valid(self, bearers: Collection[Bearer]) -> set[Bearer]:
        """Those whose account is there and whose token was not revoked; their time is not asked."""
        users = select(User.id, User.tokens_valid_from).where(
            User.id.in_({bearer.user_id for bearer in bearers})
        )
        tokens = select(RevokedToken.jti).where(
            RevokedToken.jti.in_({bearer.token_id for bearer in bearers})
        )
        with self._db.read() as session:
            valid_from = {user.id: user.tokens_valid_from for user in session.execute(users)}
            revoked = set(session.scalars(tokens))
        return {
            bearer
            for bearer in bearers
            if bearer.token_id not in revoked
            and bearer.user_id in valid_from
            and bearer.signed_in_at >= valid_from[bearer.user_id]
        }

    def revoke(self, caller: Caller, token_id: str, expires_at: datetime) -> None:
        """End one token before its time; ending it twice is fine."""
        try:
            with self._db.begin() as session:
                session.add(RevokedToken(jti=token_id, user_id=caller.id, expires_at=expires_at))
        except IntegrityError:
            return

    def forget_expired_tokens(self) -> None:
        """Drop revocations of tokens that would have expired by now anyway."""
        with self._db.begin() as session:
            session.execute(delete(RevokedToken).where(RevokedToken.expires_at < utcnow()))

    def ingest_password_digest(self, password: str) -> str:
        """What `User.ingest_password_digest` is compared with, in constant time."""
        return self._secrets.digest(INGEST_PURPOSE, password)

    def ingest_password(self, caller: Caller) -> IngestPassword:
        with self._db.read() as session:
            user = session.get_one(User, caller.id)
        return IngestPassword(bool(user.ingest_password_digest), user.ingest_password_changed_at)

    def set_ingest_password(self, session: Session, caller: Caller, password: str) -> None:
        """Let the operator's booths use another password from now on.

        Raises:
            IngestPasswordTaken: another operator's booths use it; uploads could not be told apart.
        """
        digest = self.ingest_password_digest(password)
        # Locked all together: two operators may choose the same one at the same moment.
        operators = session.scalars(
            select(User).where(User.role == Role.OPERATOR).order_by(User.id).with_for_update()
        ).all()
        others = [user.ingest_password_digest or "" for user in operators if user.id != caller.id]
        if any(same(theirs, digest) for theirs in others):
            raise IngestPasswordTaken(details={"ingest_password": [IngestPasswordTaken.explain()]})
        for user in operators:
            if user.id == caller.id:
                user.ingest_password_digest = digest
                user.ingest_password_changed_at = utcnow()

    def _sync(self, operator: OperatorCredentials) -> Caller:
        with self._db.read() as session:
            user = session.scalar(select(User).where(User.username == operator.username))
        if user is not None and user.role != Role.OPERATOR:
            raise ConfigError(f"The name {operator.username} already belongs to another account.")
        known = user is not None and check_password_hash(user.password_hash, operator.password)
        new_hash = None if known else generate_password_hash(operator.password)
        with self._db.begin() as session:
            user = session.scalar(
                select(User).where(User.username == operator.username).with_for_update()
            )
            if user is None:
                user = _new_operator(operator.username)
                session.add(user)
            if new_hash:
                user.password_hash = new_hash
                user.tokens_valid_from = utcnow()
            self._seed_ingest_password(user, operator.ingest_password)
            session.flush()
            return _caller(user)

    def _seed_ingest_password(self, user: User, password: str) -> None:
        """The file's value counts when it changed; else the one set in the application holds."""
        seed = self.ingest_password_digest(password)
        if user.ingest_password_seed != seed:
            user.ingest_password_seed = user.ingest_password_digest = seed
            user.ingest_password_changed_at = utcnow()

    def _hash_of_nobody(self) -> str:
        if self._nobodys_hash is None:
            self._nobodys_hash = self._offload(generate_password_hash, "nobody")
        return self._nobodys_hash


def _new_operator(username: str) -> User:
    long_ago = utcnow() - timedelta(seconds=1)
    return User(
        username=username,
        role=Role.OPERATOR,
        password_hash="",
        tokens_valid_from=long_ago,
        created_at=utcnow(),
    )


def _caller(user: User) -> Caller:
    return Caller(user.id, user.username, Role(user.role))

"""API keys: made, shown once, listed, revoked, and what they open."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import (
    AccountInactive,
    ApiKeyUnknown,
    DatabaseBusy,
    KeyExpired,
    KeyRevoked,
    TooManyKeys,
    WrongApiKey,
)
from photoai.models import ApiKey, User
from photoai.services.clock import utcnow

from .callers import FOREVER, Bearer, Caller, caller_of

KEY_BYTES, PREFIX_CHARS = 32, 8
LIVES_DAYS = 365
MOST_LIVING = 50
# How exactly a key's last use is known; each note of it is a write.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class NewKey:
    """A key with its secret, which nobody can show again."""

    row: ApiKey
    secret: str


@dataclass(frozen=True)
class KeyPage:
    keys: Sequence[ApiKey]
    total: int


class Keys:
    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, caller: Caller, name: str, expires_days: int = LIVES_DAYS) -> NewKey:
        """Another key of the caller's.

        Raises:
            TooManyKeys: so many are neither revoked nor expired.
        """
        with self._db.begin() as session:
            # Locked: two at once could both be the last one that is allowed.
            session.execute(select(User.id).where(User.id == caller.id).with_for_update())
            living = select(func.count()).where(
                ApiKey.user_id == caller.id,
                ApiKey.revoked_at.is_(None),
                or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > utcnow()),
            )
            if (session.scalar(living) or 0) >= MOST_LIVING:
                raise TooManyKeys(details={"most": MOST_LIVING})
            return add_key(session, caller.id, name, expires_days)

    def page(self, caller: Caller, *, page: int, page_size: int) -> KeyPage:
        """The caller's keys, the newest first, dead ones too."""
        theirs = ApiKey.user_id == caller.id
        newest = select(ApiKey).where(theirs).order_by(ApiKey.created_at.desc(), ApiKey.id)
        with self._db.read() as session:
            total = session.scalar(select(func.count()).where(theirs)) or 0
            found = session.scalars(newest.offset((page - 1) * page_size).limit(page_size))
            return KeyPage(found.all(), total)

    def get(self, caller: Caller, key_id: str) -> ApiKey:
        """Raises ApiKeyUnknown: the caller has no such key."""
        with self._db.read() as session:
            key = session.get(ApiKey, key_id)
        if key is None or key.user_id != caller.id:
            raise ApiKeyUnknown
        return key

    def revoke(self, caller: Caller, key_id: str) -> None:
        """End one key at once; ending it twice is fine.

        Raises:
            ApiKeyUnknown: the caller has no such key.
        """
        self.get(caller, key_id)
        self._revoke(ApiKey.id == key_id)

    def revoke_all(self, caller: Caller) -> int:
        """End every key of the caller's; how many were not revoked before."""
        return self._revoke(ApiKey.user_id == caller.id)

    def bearer(self, secret: str) -> tuple[Caller, Bearer]:
        """Whose key it is.

        Raises:
            WrongApiKey: it is nobody's.
            KeyRevoked: it was ended.
            KeyExpired: its time is over.
            AccountInactive: its account is switched off.
        """
        query = select(ApiKey, User).join(User, User.id == ApiKey.user_id)
        with self._db.read() as session:
            found = session.execute(query.where(ApiKey.digest == digest_of(secret))).one_or_none()
        if found is None:
            raise WrongApiKey
        key, user = found
        expires_at = key.expires_at or FOREVER
        if key.revoked_at:
            raise KeyRevoked
        if expires_at <= utcnow():
            raise KeyExpired
        if not user.active:
            raise AccountInactive
        self._note_use(key)
        return caller_of(user), Bearer(user.id, key.id, key.created_at, expires_at, is_key=True)

    def _revoke(self, which: object) -> int:
        living = update(ApiKey).where(which, ApiKey.revoked_at.is_(None))  # type: ignore[arg-type]
        with self._db.transaction() as db:
            return int(db.execute(living.values(revoked_at=utcnow())).rowcount)

    def _note_use(self, key: ApiKey) -> None:
        now = utcnow()
        if key.last_used_at and key.last_used_at > now - NOTED_EVERY:
            return
        # A note is not worth refusing a request that only reads.
        with suppress(DatabaseBusy), self._db.transaction(durable=False) as db:
            db.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))


def add_key(session: Session, user_id: int, name: str, expires_days: int = LIVES_DAYS) -> NewKey:
    """A new key, made in the caller's transaction."""
    now, secret = utcnow(), secrets.token_urlsafe(KEY_BYTES)
    row = ApiKey(
        id=str(uuid.uuid4()),
        user_id=user_id,
        name=name,
        prefix=secret[:PREFIX_CHARS],
        digest=digest_of(secret),
        created_at=now,
        expires_at=now + timedelta(days=expires_days),
    )
    session.add(row)
    return NewKey(row, secret)


def digest_of(secret: str) -> str:
    """What is kept of a key. It is random through and through, so no salt and no slow hash is
    needed to keep it from being guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

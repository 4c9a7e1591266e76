"""Operators: accounts that follow the credentials file, and their booths' passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from photoai.db import Database
from photoai.errors import ConfigError, IngestPasswordTaken
from photoai.models import Role, User
from photoai.services.clock import utcnow
from photoai.services.secrets import Secrets, same

from .callers import Caller, caller_of
from .credentials import Credentials, OperatorCredentials
from .directory import new_user

INGEST_PURPOSE = "ingest password"


@dataclass(frozen=True)
class IngestPassword:
    """What may be told of an operator's ingest password."""

    set: bool
    last_changed: datetime | None


class Operators:
    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._db = database
        self._secrets = secrets

    def sync(self, credentials: Credentials) -> list[Caller]:
        """Make the operators what the credentials say; a changed password ends old sessions.

        Raises:
            ConfigError: somebody else has an operator's name.
        """
        return [self._sync(operator) for operator in credentials.operators]

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
                user = new_user(operator.username, Role.OPERATOR, password_hash="")
                session.add(user)
            if new_hash:
                user.password_hash = new_hash
                user.tokens_valid_from = utcnow()
            self._seed_ingest_password(user, operator.ingest_password)
            session.flush()
            return caller_of(user)

    def _seed_ingest_password(self, user: User, password: str) -> None:
        """The file's value counts when it changed; else the one set in the application holds."""
        seed = self.ingest_password_digest(password)
        if user.ingest_password_seed != seed:
            user.ingest_password_seed = user.ingest_password_digest = seed
            user.ingest_password_changed_at = utcnow()

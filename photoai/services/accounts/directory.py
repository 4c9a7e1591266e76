"""Accounts by their names: found in any case, and each name entered once."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from photoai.db import dialect_of
from photoai.errors import EmailTaken, UsernameTaken
from photoai.models import Role, User
from photoai.services.clock import utcnow

from .credentials import OPERATORS
from .plans import FREE


def new_user(
    username: str, role: Role, password_hash: str, email: str | None = None, plan: str = FREE
) -> User:
    now = utcnow()
    return User(
        username=username,
        email=email,
        role=role,
        password_hash=password_hash,
        plan=plan,
        active=True,
        tokens_valid_from=now,
        created_at=now,
    )


def by_name(session: Session, name: str) -> User | None:
    """The account with this user name, or with this email: no user name holds an @."""
    if "@" in name:
        return session.scalar(select(User).where(User.email == name.lower()))
    return session.scalar(select(User).where(func.lower(User.username) == name.lower()))


def enter(session: Session, user: User) -> None:
    """Add an account under a name that is nobody's yet.

    Raises:
        UsernameTaken, EmailTaken: as `check_free` has it.
    """
    take_turns(session)
    check_free(session, user.username, user.email)
    session.add(user)
    session.flush()


def check_free(session: Session, username: str, email: str | None) -> None:
    """Whether an account may be opened under them.

    Raises:
        UsernameTaken: in any case of its letters it is somebody's, or kept for an operator.
        EmailTaken: the email is another account's.
    """
    if username.lower() in OPERATORS or by_name(session, username):
        raise UsernameTaken(details={"username": [UsernameTaken.explain()]})
    if email and by_name(session, email):
        raise EmailTaken(details={"email": [EmailTaken.explain()]})


def take_turns(session: Session) -> None:
    """Let nobody else enter a name until this transaction ends: the table alone would take names
    that differ in case. SQLite has one writer anyway."""
    if dialect_of(session) == "postgresql":
        key = func.hashtextextended("photoai names", 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))

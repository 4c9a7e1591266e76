"""People of whom the database alone knows: no credentials file names them, nobody can sign in."""

from __future__ import annotations

from sqlalchemy.orm import Session

from photoai.models import Role, User
from photoai.services.clock import utcnow


def add_user(session: Session, username: str, role: Role = Role.MEMBER) -> User:
    """Somebody new, with an id already."""
    now = utcnow()
    user = User(
        username=username, role=role, password_hash="", tokens_valid_from=now, created_at=now
    )
    session.add(user)
    session.flush()
    return user

"""Who is behind a request, and what a token or a key tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from photoai.models import Role, User

# What has no end of its own.
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Caller:
    """The account behind a request. `plan` is the one it has as a member, `quotas` are its own
    limits by their names."""

    id: int
    username: str
    role: Role
    plan: str = "free"
    quotas: tuple[tuple[str, int], ...] = ()

    @property
    def is_operator(self) -> bool:
        return self.role is Role.OPERATOR

    @property
    def is_guest(self) -> bool:
        """Whether there is no account behind it that anybody could sign in to."""
        return self.role is Role.GUEST

    @property
    def is_administrator(self) -> bool:
        return self.role is Role.ADMIN


@dataclass(frozen=True)
class Bearer:
    """Who holds which token of which sign-in, or which API key, and until when."""

    user_id: int
    token_id: str
    signed_in_at: datetime
    expires_at: datetime
    is_key: bool = False


def caller_of(user: User | Row[Any]) -> Caller:
    quotas = tuple(sorted(user.quotas.items()))
    return Caller(user.id, user.username, Role(user.role), user.plan, quotas)

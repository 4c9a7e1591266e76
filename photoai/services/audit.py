"""What administrators did: written in the transaction that does it, and read by them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select

from photoai.db import Database, Executor
from photoai.models import AuditEntry, Job, Role, User
from photoai.services.clock import utcnow

LIVES = timedelta(days=365)
Facts = Mapping[str, Any]
NOTHING: Facts = {}


class Action(StrEnum):
    USER_CHANGED = "user.changed"
    USER_SIGNED_OUT = "user.signed_out"
    TASK_CANCELLED = "task.cancelled"
    ADMINISTRATOR_MADE = "administrator.made"
    MODEL_REPLACED = "slots.model_replaced"
    PASSWORD_RENEWED = "administrator.password_renewed"  # noqa: S105


@dataclass(frozen=True)
class Actor:
    """Who does something, from which address and with which request."""

    name: str
    id: int | None = None
    role: Role | None = None
    address: str | None = None
    request_id: str | None = None


COMMAND_LINE = Actor("command line")  # a name that nobody can have


@dataclass(frozen=True)
class Deed:
    """`target` is `user:ID` or `task:ID`, `target_name` the account that is meant or whose it is;
    `before` and `after` hold what changed and nothing else."""

    action: Action
    target: str
    target_name: str
    before: Facts
    after: Facts


@dataclass(frozen=True)
class AuditWish:
    """Which entries: `target` is one, or an account's name; from `since` until before `until`."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1
    page_size: int = 20


@dataclass(frozen=True)
class AuditPage:
    entries: Sequence[AuditEntry]
    total: int


class Audit:
    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, wish: AuditWish) -> AuditPage:
        """The entries that are wished for, the newest first."""
        wanted = _conditions(wish)
        newest = select(AuditEntry).where(*wanted).order_by(AuditEntry.id.desc())
        some = newest.limit(wish.page_size).offset((wish.page - 1) * wish.page_size)
        with self._db.read() as session:
            total = session.scalar(select(func.count()).select_from(AuditEntry).where(*wanted)) or 0
            return AuditPage(session.scalars(some).all(), total)

    def forget_old(self) -> None:
        """Drop what is older than a year."""
        with self._db.transaction(durable=False) as db:
            db.execute(delete(AuditEntry).where(AuditEntry.at < utcnow() - LIVES))


def write(db: Executor, actor: Actor, deed: Deed) -> None:
    """Write a deed down in the very transaction that does it."""
    row = {
        "at": utcnow(),
        "actor_id": actor.id,
        "actor": actor.name,
        "actor_role": actor.role,
        "action": deed.action,
        "target": deed.target,
        "target_name": deed.target_name,
        "before": dict(deed.before),
        "after": dict(deed.after),
        "address": actor.address,
        "request_id": actor.request_id,
    }
    db.execute(insert(AuditEntry).values(**row))


def target_of(user: User) -> tuple[str, str]:
    """How entries name an account."""
    return f"user:{user.id}", user.username


def target_of_task(job: Job, owner: str) -> tuple[str, str]:
    return f"task:{job.public_id}", owner


def sessions_of(user: User) -> Facts:
    """Since when an account's sessions count."""
    return {"sessions_since": user.tokens_valid_from.isoformat().replace("+00:00", "Z")}


def _conditions(wish: AuditWish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.actor:
        found.append(AuditEntry.actor == wish.actor)
    if wish.action:
        found.append(AuditEntry.action == wish.action)
    if wish.target:
        found.append(or_(AuditEntry.target == wish.target, AuditEntry.target_name == wish.target))
    if wish.since:
        found.append(AuditEntry.at >= wish.since)
    if wish.until:
        found.append(AuditEntry.at < wish.until)
    return found

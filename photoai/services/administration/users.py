"""Accounts as administrators see and change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import (
    AccountChanged,
    AccountInactive,
    LastAdministrator,
    OwnAccount,
    PlanFixed,
    UserUnknown,
)
from photoai.models import ApiKey, Role, User
from photoai.services.accounts import Accounts, Plan, Usage, caller_of
from photoai.services.audit import Action, Actor, Deed, Facts, sessions_of, target_of, write
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents

from .counting import Held, Work, held_by, work_of

SORTED_BY: Mapping[str, ColumnElement[Any]] = {
    "username": func.lower(User.username),
    "created_at": User.created_at.expression,
    "last_sign_in_at": User.signed_in_at.expression,
}
HIGHEST_FIRST = "-"


@dataclass(frozen=True)
class UserWish:
    """Which accounts: `search` stands in the name or the email, `sort` is one of SORTED_BY, from
    the highest on behind a minus."""

    search: str | None = None
    role: str | None = None
    active: bool | None = None
    plan: str | None = None
    sort: str = "username"
    page: int = 1
    page_size: int = 20


@dataclass(frozen=True)
class UserView:
    """An account, what it may do, and what it does."""

    user: User
    plan: Plan
    usage: Usage
    held: Held
    work: Work


@dataclass(frozen=True)
class UserPage:
    users: Sequence[UserView]
    total: int


@dataclass(frozen=True)
class UserChange:
    """The parts that change. A quota of None is the plan's again; `version` is the one that was
    looked at, None to change whatever there is now."""

    active: bool | None = None
    plan: str | None = None
    quotas: Mapping[str, int | None] = field(default_factory=dict)
    version: int | None = None


class Users:
    def __init__(self, database: Database, accounts: Accounts, events: LocalEvents) -> None:
        self._db = database
        self._accounts = accounts
        self._events = events

    def page(self, wish: UserWish) -> UserPage:
        """The accounts that are wished for, in order."""
        wanted = self._conditions(wish)
        column = SORTED_BY[wish.sort.removeprefix(HIGHEST_FIRST)]
        order = column.desc() if wish.sort.startswith(HIGHEST_FIRST) else column.asc()
        query = select(User).where(*wanted).order_by(order.nulls_last(), User.id)
        some = query.limit(wish.page_size).offset((wish.page - 1) * wish.page_size)
        with self._db.read() as session:
            total = session.scalar(select(func.count()).select_from(User).where(*wanted)) or 0
            return UserPage(self._views(session, session.scalars(some).all()), total)

    def get(self, user_id: int) -> UserView:
        """Raises UserUnknown."""
        with self._db.read() as session:
            user = session.get(User, user_id)
            if user is None:
                raise UserUnknown
            return self._views(session, [user])[0]

    def change(self, actor: Actor, user_id: int, change: UserChange) -> UserView:
        """Change what the account may do. Switched off, it has no sessions any more; its keys and
        links open nothing until it is switched on again.

        Raises:
            UserUnknown
            AccountChanged: another version was made since `change.version` was looked at.
            PlanFixed: only members have a plan of their own.
            OwnAccount, LastAdministrator: somebody must be left who can switch accounts on.
            AccountInactive: the actor has been switched off in this moment.
        """
        with self._db.begin() as session:
            user = _locked(session, actor, user_id)
            if change.version is not None and change.version != user.version:
                raise AccountChanged(details={"version": user.version})
            new = self._new(user, change)
            if new.get("active") is False:
                _check_may_go(session, actor, user)
            if new:
                _change(session, actor, user, new)
        if new:
            self._events.publish_account(user_id)
        return self.get(user_id)

    def sign_out(self, actor: Actor, user_id: int, *, keys: bool = False) -> int:
        """End all sessions of the account, and with `keys` all its keys; how many keys.

        Raises:
            UserUnknown
            AccountInactive: the actor has been switched off in this moment.
        """
        with self._db.begin() as session:
            user = _locked(session, actor, user_id)
            before, user.tokens_valid_from = sessions_of(user), utcnow()
            living = update(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
            ended: Any = session.execute(living.values(revoked_at=utcnow())) if keys else None
            revoked: int = 0 if ended is None else ended.rowcount
            after = {**sessions_of(user), **({"keys_revoked": revoked} if keys else {})}
            write(session, actor, Deed(Action.USER_SIGNED_OUT, *target_of(user), before, after))
        self._events.publish_account(user_id)
        return revoked

    def _views(self, session: Session, users: Sequence[User]) -> list[UserView]:
        ids = [user.id for user in users]
        held, work = held_by(session, ids), work_of(session, ids)
        return [
            UserView(user, *self._accounts.allowed_and_used(session, user.id), held[user.id],
                     work[user.id])
            for user in users
        ]  # fmt: skip

    def _conditions(self, wish: UserWish) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if wish.search:
            # Names and emails have Latin letters only, which every database folds alike.
            text = wish.search.lower()
            found.append(
                or_(
                    func.lower(User.username).contains(text, autoescape=True),
                    func.lower(User.email).contains(text, autoescape=True),
                )
            )
        found += [User.role == wish.role] if wish.role else []
        found += [User.active == wish.active] if wish.active is not None else []
        found += [self._has_plan(wish.plan)] if wish.plan else []
        return found

    def _has_plan(self, name: str) -> ColumnElement[bool]:
        """As it is shown: of who runs the house it is the largest, whatever the row says."""
        members = and_(User.role == Role.MEMBER, User.plan == name)
        staff = User.role.in_((Role.OPERATOR, Role.ADMIN))
        return or_(members, staff) if self._is_largest(name) else members

    def _is_largest(self, name: str) -> bool:
        return self._accounts.plan_of_staff.name == name

    def _new(self, user: User, change: UserChange) -> dict[str, Any]:
        """The columns that will be different."""
        new: dict[str, Any] = {}
        if change.active is not None and change.active != user.active:
            new["active"] = change.active
        if change.plan is not None and change.plan != self._accounts.plan_of(caller_of(user)).name:
            if user.role != Role.MEMBER:
                raise PlanFixed
            new["plan"] = change.plan
        quotas = {**user.quotas, **change.quotas}
        kept = {name: limit for name, limit in quotas.items() if limit is not None}
        return new | ({"quotas": kept} if kept != user.quotas else {})


def _locked(session: Session, actor: Actor, user_id: int) -> User:
    """The account, until this transaction ends, together with all administrators', always in one
    order: two of them who switch off each other take turns, and the second is one no more."""
    who = or_(User.id == user_id, User.role == Role.ADMIN)
    query = select(User).where(who).order_by(User.id).with_for_update()
    found = {user.id: user for user in session.scalars(query)}
    if actor.id is not None and not (actor.id in found and found[actor.id].active):
        raise AccountInactive
    if user_id not in found:
        raise UserUnknown
    return found[user_id]


def _check_may_go(session: Session, actor: Actor, user: User) -> None:
    """Raises LastAdministrator, OwnAccount."""
    others = (User.role == Role.ADMIN, User.active, User.id != user.id)
    if user.role == Role.ADMIN and not session.scalar(select(func.count()).where(*others)):
        raise LastAdministrator
    if user.id == actor.id:
        raise OwnAccount


def _change(session: Session, actor: Actor, user: User, new: Facts) -> None:
    before = {name: getattr(user, name) for name in new}
    for name, value in new.items():
        setattr(user, name, value)
    if new.get("active") is False:
        user.tokens_valid_from = utcnow()
    user.version += 1
    write(session, actor, Deed(Action.USER_CHANGED, *target_of(user), before, new))

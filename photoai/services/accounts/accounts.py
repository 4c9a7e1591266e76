"""Accounts: who signs in, how long a token counts, and what the account allows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from photoai.db import Database, Executor
from photoai.errors import (
    AccountInactive,
    BadCredentials,
    DatabaseBusy,
    TokenRevoked,
    Unauthorized,
)
from photoai.models import ApiKey, RefreshToken, RevokedToken, Role, User
from photoai.services.clock import utcnow

from .callers import Bearer, Caller, caller_of
from .directory import by_name
from .passwords import Passwords, is_outdated
from .plans import Plan, Plans
from .usage import NOTHING, Counted, Usage, seconds_to_a_place, usage_of


@dataclass(frozen=True)
class Profile:
    """What an account may know of itself."""

    user: User
    plan: Plan
    usage: Usage

    @property
    def settings(self) -> Mapping[str, str]:
        """What the account has chosen for itself."""
        return {"plan": self.plan.name}


class Accounts:
    """`counted` are the kinds of job behind what plans count."""

    def __init__(
        self, database: Database, passwords: Passwords, plans: Plans, counted: Counted = NOTHING
    ) -> None:
        self._db = database
        self._passwords = passwords
        self._plans = plans
        self._counted = counted

    def authenticate(self, name: str, password: str) -> Caller:
        """The account with this user name or email, and this password.

        Raises:
            BadCredentials: there is none; which of the two was wrong is not said.
            AccountInactive: the password is right, but the account is switched off.
        """
        with self._db.read() as session:
            user = by_name(session, name)
        if not self._passwords.are_right(user, password) or user is None:
            raise BadCredentials
        if not user.active:
            raise AccountInactive
        if is_outdated(user.password_hash):
            self._renew_hash(user, password)
        self._note_sign_in(user)
        return caller_of(user)

    def bearer(self, user_id: int, token_id: str, signed_in_at: datetime) -> Caller:
        """The account a valid token stands for.

        Raises:
            Unauthorized: the account is gone, or the token was revoked or goes back to a sign-in
                with an earlier password.
            AccountInactive: the account is switched off.
        """
        with self._db.read() as session:
            user = session.get(User, user_id)
            revoked = session.get(RevokedToken, token_id)
        if user is None:
            raise Unauthorized
        if revoked or signed_in_at < user.tokens_valid_from:
            raise TokenRevoked
        if not user.active:
            raise AccountInactive
        return caller_of(user)

    def still_valid(self, bearers: Collection[Bearer]) -> set[Bearer]:
        """Those whose account is there and active and whose token or key was not revoked; their
        time is not asked."""
        users = select(User.id, User.tokens_valid_from).where(
            User.id.in_({bearer.user_id for bearer in bearers}), User.active
        )
        ids = {bearer.token_id for bearer in bearers}
        tokens = select(RevokedToken.jti).where(RevokedToken.jti.in_(ids))
        keys = select(ApiKey.id).where(ApiKey.id.in_(ids), ApiKey.revoked_at.is_(None))
        with self._db.read() as session:
            valid_from = {user.id: user.tokens_valid_from for user in session.execute(users)}
            revoked, living = set(session.scalars(tokens)), set(session.scalars(keys))

        def is_valid(bearer: Bearer) -> bool:
            if bearer.is_key:
                return bearer.token_id in living
            since = valid_from[bearer.user_id]
            return bearer.token_id not in revoked and bearer.signed_in_at >= since

        return {each for each in bearers if each.user_id in valid_from and is_valid(each)}

    def revoke(self, caller: Caller, token_id: str, expires_at: datetime) -> None:
        """End a session's tokens before their time; ending them twice is fine.

        `expires_at` is when the last of them would have expired anyway.
        """
        try:
            with self._db.begin() as session:
                session.add(RevokedToken(jti=token_id, user_id=caller.id, expires_at=expires_at))
        except IntegrityError:
            return

    def end_tokens(self, caller: Caller) -> None:
        """End every session of the account that has begun until now."""
        with self._db.transaction() as db:
            theirs = update(User).where(User.id == caller.id)
            db.execute(theirs.values(tokens_valid_from=utcnow()))

    def forget_expired_tokens(self) -> None:
        """Drop refresh tokens that have expired, and revocations of tokens that would have."""
        now = utcnow()
        with self._db.begin() as session:
            session.execute(delete(RevokedToken).where(RevokedToken.expires_at < now))
            session.execute(delete(RefreshToken).where(RefreshToken.expires_at < now))

    @property
    def plan_of_staff(self) -> Plan:
        """What who runs the house may do."""
        return self._plans.largest

    def plan_of(self, caller: Caller) -> Plan:
        """What the caller may do; those who run the house are not counted by the day, unless an
        administrator has said so."""
        runs_the_house = caller.role in {Role.OPERATOR, Role.ADMIN}
        plan = self.plan_of_staff if runs_the_house else self._plans.named(caller.plan)
        return self._plans.with_quotas(plan, dict(caller.quotas))

    def profile(self, caller: Caller) -> Profile:
        with self._db.read() as session:
            user = session.get_one(User, caller.id)
            usage = usage_of(session, caller.id, self._counted)
        return Profile(user, self.plan_of(caller), usage)

    def allowed_and_used(self, db: Executor, user_id: int) -> tuple[Plan, Usage]:
        """What an account may do and has done, as a transaction sees it. Raises Unauthorized."""
        columns: list[Any] = [User.id, User.username, User.role, User.plan, User.quotas]
        user = db.execute(select(*columns).where(User.id == user_id)).one_or_none()
        if user is None:
            raise Unauthorized
        return self.plan_of(caller_of(user)), usage_of(db, user_id, self._counted)

    def seconds_to_a_place(self, db: Executor, user_id: int, sort: str, over: int) -> int:
        """In how many one more of this sort may be begun, where today's are `over` too many."""
        return seconds_to_a_place(db, user_id, self._counted[sort], over)

    def _note_sign_in(self, user: User) -> None:
        # A note is not worth refusing anybody.
        with suppress(DatabaseBusy), self._db.transaction(durable=False) as db:
            db.execute(update(User).where(User.id == user.id).values(signed_in_at=utcnow()))

    def _renew_hash(self, user: User, password: str) -> None:
        modern = self._passwords.hashed(password)
        mine = (User.id == user.id, User.password_hash == user.password_hash)
        with self._db.begin() as session:
            session.execute(update(User).where(*mine).values(password_hash=modern))

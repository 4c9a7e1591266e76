"""Callers without an account, where ALLOW_ANONYMOUS lets them in.

Whoever comes from one address is one guest: an account nobody can sign in to, so that everything
that is counted for accounts counts for them too, and an administrator can switch one off. What it
is called tells nothing of the address.
"""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from photoai.config import Config
from photoai.db import Database, Executor
from photoai.errors import AccountInactive, TooManyGuests, Unauthorized
from photoai.models import Job, JobState, Role, User, UserFile
from photoai.services.clock import utcnow
from photoai.services.secrets import Secrets

from .callers import Caller, caller_of
from .directory import new_user
from .plans import ANONYMOUS

PURPOSE, NAME, NAME_CHARS = "guest", "guest:", 24
# One household or one machine has so much of the newer addresses for itself (RFC 6177).
OF_ONE_SITE = 64
REMEMBERED = timedelta(days=7)
RETRY_SEC, AT_ONCE = 30, 500


class Guests:
    def __init__(self, database: Database, secrets: Secrets, config: Config) -> None:
        self._db = database
        self._secrets = secrets
        self._config = config

    def may_use(self, facade: str) -> bool:
        """Whether callers without an account may, by ALLOW_ANONYMOUS."""
        return facade in self._config.allow_anonymous

    def from_address(self, facade: str, address: str) -> Caller:
        """The guest who comes from there.

        Raises:
            Unauthorized: this is for accounts only.
            AccountInactive: the guest is switched off.
        """
        if not self.may_use(facade):
            raise Unauthorized
        name = NAME + self._secrets.digest(PURPOSE, _site_of(address))[:NAME_CHARS]
        user = self._named(name) or self._entered(name)
        if not user.active:
            raise AccountInactive
        return caller_of(user)

    def check_room(self, db: Executor, user_id: int) -> None:
        """In the transaction that starts one more job of the account: nothing for one that is no
        guest. Raises TooManyGuests when all of them together have as many as they may."""
        if db.scalar(select(User.role).where(User.id == user_id)) != Role.GUEST:
            return
        open_jobs = (
            select(func.count())
            .select_from(Job)
            .join(User, User.id == Job.user_id)
            .where(Job.state.in_((JobState.QUEUED, JobState.RUNNING)), User.role == Role.GUEST)
        )
        if (db.scalar(open_jobs) or 0) >= self._config.anonymous_jobs_max:
            raise TooManyGuests(retry_after=RETRY_SEC)

    def forget_old(self) -> None:
        """Drop those of whom nothing is here any more, a week later, with their jobs."""
        since = utcnow() - REMEMBERED
        recent = select(Job.id).where(Job.user_id == User.id, Job.created >= since).exists()
        kept = select(UserFile.id).where(UserFile.user_id == User.id, UserFile.key.is_not(None))
        old = (
            select(User.id)
            .where(User.role == Role.GUEST, User.created_at < since, User.active)
            .where(~recent, ~kept.exists())
        )
        with self._db.begin(durable=False) as session:
            ids = session.scalars(old.limit(AT_ONCE)).all()
            session.execute(delete(User).where(User.id.in_(ids)))

    def _named(self, name: str) -> User | None:
        with self._db.read() as session:
            return session.scalar(select(User).where(User.username == name))

    def _entered(self, name: str) -> User:
        # Two requests from one address may come at the same moment.
        with suppress(IntegrityError), self._db.begin() as session:
            session.add(new_user(name, Role.GUEST, password_hash="", plan=ANONYMOUS))
        found = self._named(name)
        if found is None:
            raise Unauthorized
        return found


def _site_of(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(found), OF_ONE_SITE), strict=False))

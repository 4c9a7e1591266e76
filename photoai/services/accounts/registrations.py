"""New accounts: those people open, and administrators."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from photoai.config import Config
from photoai.db import Database
from photoai.errors import ConfigError, RegistrationClosed, UsernameTaken
from photoai.models import Role, User
from photoai.services.audit import (
    COMMAND_LINE,
    NOTHING,
    Action,
    Deed,
    Facts,
    sessions_of,
    target_of,
    write,
)
from photoai.services.clock import utcnow

from .directory import by_name, check_free, enter, new_user, take_turns
from .keys import NewKey, add_key
from .passwords import Passwords, random_password
from .plans import FREE
from .rules import EMAIL, USERNAME, fits

FIRST_KEY = "First key"


@dataclass(frozen=True)
class NewAccount:
    """What somebody who registers asks for; its fields follow `rules.py`."""

    username: str
    email: str
    password: str
    plan: str = FREE


@dataclass(frozen=True)
class Registered:
    user: User
    key: NewKey


class Registrations:
    def __init__(self, database: Database, passwords: Passwords, config: Config) -> None:
        self._db = database
        self._passwords = passwords
        self._open = config.registration_enabled

    def register(self, asked: NewAccount) -> Registered:
        """A member with a first key.

        Raises:
            RegistrationClosed: REGISTRATION_ENABLED says so.
            UsernameTaken, EmailTaken: another account has it.
        """
        if not self._open:
            raise RegistrationClosed
        with self._db.read() as session:  # before the hashing, which costs more
            check_free(session, asked.username, asked.email)
        user = new_user(
            asked.username,
            Role.MEMBER,
            password_hash=self._passwords.hashed(asked.password),
            email=asked.email.lower(),
            plan=asked.plan,
        )
        with self._db.begin() as session:
            enter(session, user)
            return Registered(user, add_key(session, user.id, FIRST_KEY))

    def appoint_administrator(self, name: str, email: str | None = None) -> str:
        """Make an administrator, or give one a new password, which ends their sessions.

        Returns the password, which nobody can show again.

        Raises:
            UsernameTaken: an operator or a member has the name.
            EmailTaken: another account has the email.
            ConfigError: the name or the email is none.
        """
        if not fits(USERNAME, name):
            raise ConfigError("A user name is 3 to 64 letters A to Z, digits, dots, - and _.")
        if email is not None and not fits(EMAIL, email):
            raise ConfigError(f"{email} is no email.")
        password = random_password()
        hashed = self._passwords.hashed(password)
        with self._db.begin() as session:
            take_turns(session)
            user = by_name(session, name)
            if user is None:
                user = new_user(name, Role.ADMIN, hashed, email and email.lower())
                enter(session, user)
                _note(session, Action.ADMINISTRATOR_MADE, user, after={"role": Role.ADMIN})
            elif user.role != Role.ADMIN:
                raise UsernameTaken
            else:
                before = sessions_of(user)
                user.password_hash, user.tokens_valid_from = hashed, utcnow()
                _note(session, Action.PASSWORD_RENEWED, user, before, sessions_of(user))
        return password


def _note(
    session: Session, action: Action, user: User, before: Facts = NOTHING, after: Facts = NOTHING
) -> None:
    write(session, COMMAND_LINE, Deed(action, *target_of(user), before, after))

"""Accounts, keys and refresh tokens on each database: who is first of many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    EmailTaken,
    PhotoaiError,
    RefreshTokenUsed,
    TokenRevoked,
    TooManyKeys,
    UsernameTaken,
)
from photoai.models import ApiKey, RefreshToken, Role, User
from photoai.offload import run_here
from photoai.services.accounts import (
    Accounts,
    Caller,
    Keys,
    NewAccount,
    Passwords,
    Plans,
    Refresh,
    Registrations,
    Sessions,
)
from photoai.services.accounts.keys import MOST_LIVING, add_key
from photoai.services.clock import utcnow

AT_ONCE = 6
PASSWORD = "Correct-1"


def all_at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each came to: its result, or how it was refused."""
    start = threading.Barrier(len(calls), timeout=10)

    def call(each: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return each()
        except PhotoaiError as error:
            return type(error)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


@pytest.fixture
def registrations(database: Database, config: Config) -> Registrations:
    return Registrations(database, Passwords(run_here), config)


@pytest.fixture
def accounts(database: Database, config: Config) -> Accounts:
    return Accounts(database, Passwords(run_here), Plans.load(config))


@pytest.fixture
def sessions(database: Database, accounts: Accounts) -> Sessions:
    return Sessions(database, accounts)


@pytest.fixture
def anna(registrations: Registrations) -> Caller:
    user = registrations.register(NewAccount("Anna", "anna@example.com", PASSWORD)).user
    return Caller(user.id, user.username, Role.MEMBER)


def test_of_many_who_register_one_name_at_once_one_gets_it(
    database: Database, registrations: Registrations
) -> None:
    names = ["Anna", "anna", "ANNA", "aNna", "anNa", "annA"]
    asked = [NewAccount(name, f"{number}@b.ru", PASSWORD) for number, name in enumerate(names)]
    answers = all_at_once([lambda each=each: registrations.register(each) for each in asked])
    assert answers.count(UsernameTaken) == AT_ONCE - 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1
        assert session.scalar(select(func.count()).select_from(ApiKey)) == 1


def test_of_many_who_register_one_email_at_once_one_gets_it(registrations: Registrations) -> None:
    asked = [NewAccount(f"anna{number}", "Anna@b.ru", PASSWORD) for number in range(AT_ONCE)]
    answers = all_at_once([lambda each=each: registrations.register(each) for each in asked])
    assert answers.count(EmailTaken) == AT_ONCE - 1


def test_of_many_refreshes_with_one_token_one_wins_and_the_session_ends(
    database: Database, sessions: Sessions, accounts: Accounts, anna: Caller
) -> None:
    first = Refresh(anna.id, "first", "session", utcnow())
    sessions.begin(first)
    answers = all_at_once(
        [lambda number=number: sessions.renew(first, f"next-{number}") for number in range(AT_ONCE)]
    )
    assert answers.count(anna) == 1
    # Whoever came after the first of them was refused finds the session ended.
    assert set(answers) - {anna} <= {RefreshTokenUsed, TokenRevoked}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(RefreshToken)) == 2
        following = session.scalars(
            select(RefreshToken.jti).where(RefreshToken.used_at.is_(None))
        ).one()
    with pytest.raises(TokenRevoked):
        sessions.renew(Refresh(anna.id, following, "session", first.signed_in_at), "last")
    with pytest.raises(TokenRevoked):
        accounts.bearer(anna.id, "session", first.signed_in_at)


def test_the_last_key_that_is_allowed_is_given_once(database: Database, anna: Caller) -> None:
    keys = Keys(database)
    with database.begin() as session:
        for _ in range(MOST_LIVING - 2):  # the first came with the account
            add_key(session, anna.id, "key")
    answers = all_at_once([lambda: keys.create(anna, "one more")] * AT_ONCE)
    assert answers.count(TooManyKeys) == AT_ONCE - 1


def test_dead_keys_make_room(database: Database, anna: Caller) -> None:
    keys = Keys(database)
    with database.begin() as session:
        rows = [add_key(session, anna.id, "key").row for _ in range(MOST_LIVING)]
        rows[0].revoked_at = rows[1].expires_at = utcnow() - timedelta(seconds=1)
    keys.revoke_all(anna)
    keys.create(anna, "again")
    assert keys.page(anna, page=1, page_size=1).total == MOST_LIVING + 2


def test_names_are_found_in_any_case_and_by_email(accounts: Accounts, anna: Caller) -> None:
    for name in ("anna", "ANNA", "Anna@Example.com"):
        assert accounts.authenticate(name, PASSWORD) == anna


def test_what_a_streams_bearer_must_keep_is_told_for_tokens_and_keys(
    database: Database, accounts: Accounts, registrations: Registrations
) -> None:
    keys = Keys(database)
    made = [
        registrations.register(NewAccount(f"member{n}", f"{n}@b.ru", PASSWORD)).key
        for n in range(4)
    ]
    bearers = [keys.bearer(each.secret)[1] for each in made]
    callers = [keys.bearer(each.secret)[0] for each in made]
    assert accounts.still_valid(bearers) == set(bearers)
    keys.revoke(callers[1], made[1].row.id)
    with database.begin() as session:
        session.get_one(User, callers[2].id).active = False
        session.delete(session.get_one(User, callers[3].id))
    assert accounts.still_valid(bearers) == {bearers[0]}

"""Administrators, as the command makes them."""

from __future__ import annotations

import pytest

from photoai.errors import BadCredentials, ConfigError, EmailTaken, UsernameTaken
from photoai.models import Role
from photoai.services import Services
from photoai.services.accounts import NewAccount


def test_a_new_password_takes_the_place_of_the_last(services: Services) -> None:
    first = services.registrations.appoint_administrator("root", "Root@example.com")
    second = services.registrations.appoint_administrator("ROOT")
    for name in ("root", "root@example.com"):
        assert services.accounts.authenticate(name, second).role is Role.ADMIN
    with pytest.raises(BadCredentials):
        services.accounts.authenticate("root", first)


@pytest.mark.parametrize("name", ["serg", "IGOR", "anna", "Anna"])
def test_another_accounts_name_is_refused(services: Services, name: str) -> None:
    services.registrations.register(NewAccount("Anna", "anna@example.com", "Correct-1"))
    with pytest.raises(UsernameTaken):
        services.registrations.appoint_administrator(name)
    with pytest.raises(EmailTaken):
        services.registrations.appoint_administrator("root", "ANNA@example.com")


@pytest.mark.parametrize(("name", "email"), [("a b", None), ("ab", None), ("root", "nowhere")])
def test_what_is_no_name_or_email_is_refused(
    services: Services, name: str, email: str | None
) -> None:
    with pytest.raises(ConfigError):
        services.registrations.appoint_administrator(name, email)

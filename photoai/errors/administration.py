"""What administrators are refused, and what others are because of them."""

from __future__ import annotations

from .kinds import Conflict, Forbidden, NotFound


class AdministratorsOnly(Forbidden):
    """Only an administrator may do this."""


class UserUnknown(NotFound):
    """There is no such account."""


class AccountChanged(Conflict):
    """Somebody else changed this account first: load it again."""


class OwnAccount(Conflict):
    """Administrators cannot switch off themselves."""


class LastAdministrator(Conflict):
    """This is the last administrator whose account is on."""


class PlanFixed(Conflict):
    """Operators and administrators have the largest plan and no other."""

"""Passwords: how they are kept, compared and made up."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from werkzeug.security import check_password_hash, generate_password_hash

from photoai.models import User

from .rules import is_strong

Offload = Callable[..., Any]
MODERN = "scrypt:"  # what `generate_password_hash` makes, with a salt of its own


class Passwords:
    """Hashing takes 70 ms of computing, so it is done off the event loop."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        # Checked when the name is unknown, so that an unknown name takes as long as a known one.
        self._nobodys_hash: str | None = None

    def hashed(self, password: str) -> str:
        return str(self._offload(generate_password_hash, password))

    def are_right(self, user: User | None, password: str) -> bool:
        """Whether it is this account's password; nobody's takes as long to be found wrong."""
        stored = user.password_hash if user else self._hash_of_nobody()
        return bool(self._offload(check_password_hash, stored, password)) and user is not None

    def _hash_of_nobody(self) -> str:
        if self._nobodys_hash is None:
            self._nobodys_hash = self.hashed("nobody")
        return self._nobodys_hash


def is_outdated(password_hash: str) -> bool:
    """Whether it should be replaced as soon as the password is known."""
    return not password_hash.startswith(MODERN)


def random_password() -> str:
    """A random password that also meets the rules for passwords people choose."""
    while not is_strong(password := secrets.token_urlsafe(15)):
        pass
    return password

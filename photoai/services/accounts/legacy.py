"""Accounts and keys of the old merge service: its `users.json` and `api_keys.json`.

Its passwords were hashed with PBKDF2-HMAC-SHA256, 100,000 rounds and one salt for all, in hex; its
keys with SHA-256, in hex. Both files are an object by name or by hash, or a list of entries that
hold theirs.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import ConfigError, EmailTaken, UsernameTaken
from photoai.models import ApiKey, Role, User
from photoai.services.clock import utcnow

from .directory import by_name, enter, new_user
from .keys import LIVES_DAYS
from .plans import FREE, PLAN_NAMES
from .rules import EMAIL, USERNAME, fits

OLD_HASH = "pbkdf2:sha256:100000$scotch_salt_2024$"  # as werkzeug keeps one
SHA256_HEX = re.compile(r"[0-9a-fA-F]{64}")
KEY_NAME_CHARS = 100
Entry = Mapping[str, Any]


@dataclass
class Report:
    """How many were taken over, and why each of the others was not."""

    taken: Counter[str] = field(default_factory=Counter)
    skipped: list[tuple[str, str]] = field(default_factory=list)


class Skipped(Exception):
    """An entry cannot be taken over; the argument says why."""


class LegacyImport:
    """What is there already stays as it is, so that it may be run again."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def run(self, users: Path, keys: Path | None = None) -> Report:
        """Take over the users, and the keys of those that came from the same file.

        Raises:
            ConfigError: a file cannot be read, is not JSON or holds neither form.
        """
        report, owners = Report(), dict[str, int]()
        user_entries = list(_entries(users, "username"))
        key_entries = list(_entries(keys, "key_hash", "hash", "hashed_key")) if keys else []
        for name, entry in user_entries:
            with _told(report, "users", f"user {name}"), self._db.begin() as session:
                self._take_user(session, name, entry, owners)
        for digest, entry in key_entries:
            # Of a hash only its beginning: it opens nothing, but it is nobody's business.
            with _told(report, "keys", f"key {digest[:8]}…"), self._db.begin() as session:
                _take_key(session, digest.lower(), entry, owners)
        return report

    def _take_user(self, session: Session, name: str, entry: Entry, owners: dict[str, int]) -> None:
        user = _user(name, entry)
        known = by_name(session, name) if "@" not in name else None
        if known is not None and _is_same(known, user):
            owners[name.lower()] = known.id
            raise Skipped("is here already")
        try:
            enter(session, user)
        except UsernameTaken:
            raise Skipped("the name belongs to another account") from None
        except EmailTaken:
            raise Skipped("the email belongs to another account") from None
        owners[name.lower()] = user.id


@contextmanager
def _told(report: Report, kind: str, what: str) -> Iterator[None]:
    try:
        yield
    except Skipped as reason:
        report.skipped.append((what, str(reason)))
    else:
        report.taken[kind] += 1


def _user(name: str, entry: Entry) -> User:
    if not fits(USERNAME, name):
        raise Skipped("is no name that is taken here (3 to 64 of A-Z, a-z, 0-9, . _ -)")
    known = ("password_hash", "hashed_password", "password")
    hashed = next((entry[each] for each in known if each in entry), None)
    if not (isinstance(hashed, str) and SHA256_HEX.fullmatch(hashed)):
        raise Skipped("has no password hash of the old service's form")
    email = entry.get("email") or None
    if email is not None and not (isinstance(email, str) and fits(EMAIL, email)):
        raise Skipped("has an email that is none")
    plan = entry.get("plan")
    user = new_user(
        name,
        Role.MEMBER,
        password_hash=OLD_HASH + hashed.lower(),
        email=email and email.lower(),
        plan=plan if plan in PLAN_NAMES else FREE,
    )
    user.created_at = _moment(entry, "created_at") or user.created_at
    user.active = entry.get("is_active", True) is not False
    return user


def _is_same(known: User, imported: User) -> bool:
    """Whether an account came from this entry at an earlier run: its hash may have been renewed
    since. Another's must not be opened by the old one's keys."""
    return known.role == Role.MEMBER and (
        known.password_hash == imported.password_hash
        or (known.email is not None and known.email == imported.email)
    )


def _take_key(session: Session, digest: str, entry: Entry, owners: Mapping[str, int]) -> None:
    if not SHA256_HEX.fullmatch(digest):
        raise Skipped("is no SHA-256 in hex")
    if session.scalar(select(ApiKey.id).where(ApiKey.digest == digest)):
        raise Skipped("is here already")
    owner = next((entry[each] for each in ("username", "user", "user_id") if each in entry), None)
    if str(owner).lower() not in owners:
        raise Skipped("belongs to no account of the users' file")
    now = utcnow()
    is_revoked = entry.get("is_active", True) is False or bool(entry.get("revoked"))
    session.add(
        ApiKey(
            id=str(uuid.uuid4()),
            user_id=owners[str(owner).lower()],
            name=_printable(entry.get("name")) or "Imported key",
            prefix="",  # the old service kept none
            digest=digest,
            created_at=_moment(entry, "created_at") or now,
            expires_at=_moment(entry, "expires_at") or now + timedelta(days=LIVES_DAYS),
            revoked_at=now if is_revoked else None,
        )
    )


def _entries(path: Path, *names: str) -> Iterator[tuple[str, Entry]]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}") from None
    if not isinstance(found, dict | list):
        raise ConfigError(f"{path.name} must hold a JSON object or a list.")
    for key, value in found.items() if isinstance(found, dict) else (("", each) for each in found):
        entry = value if isinstance(value, dict) else {}
        yield str(next((entry[each] for each in names if each in entry), key)), entry


def _moment(entry: Entry, name: str) -> datetime | None:
    """ISO 8601, in UTC where it names no zone, or seconds since 1970."""
    value = entry.get(name)
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(value) if value else None
    except (TypeError, ValueError, OverflowError, OSError):
        raise Skipped(f"has in {name} what is no time") from None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _printable(text: object) -> str:
    return "".join(filter(str.isprintable, str(text or "")))[:KEY_NAME_CHARS]

"""The operators' passwords and the secret key: a file made at the first start.

`{"serg": {"password", "ingest_password"}, "igor": {…}, "secret_key": "…"}`; RUNTIME_CREDENTIALS
holds the same JSON on hosts without a disk. Replacing it and restarting rotates the passwords.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photoai.config import Config
from photoai.errors import ConfigError

from .passwords import random_password

OPERATORS = ("serg", "igor")
SHORTEST_PASSWORD, SHORTEST_KEY = 8, 16
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OperatorCredentials:
    username: str
    password: str
    ingest_password: str


@dataclass(frozen=True)
class Credentials:
    operators: tuple[OperatorCredentials, ...]
    secret_key: str


def load_credentials(config: Config) -> Credentials:
    """Read the credentials; make the file first where there is none.

    Raises:
        ConfigError: they are incomplete, not JSON, or two operators share an ingest password.
    """
    if config.runtime_credentials:
        found = _parsed(config.runtime_credentials, "RUNTIME_CREDENTIALS")
    else:
        found = _from_file(config.path("credentials_file"))
    return _checked(found, config.secret_key)


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        _publish(path, _generated())
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        path.chmod(0o600)
        log.warning("credentials_file_was_readable", extra={"fields": {"mode_now": "0600"}})
    found = _parsed(path.read_text(), path.name)
    if "secret_key" not in found:  # somebody wrote the file anew with passwords only
        found["secret_key"] = secrets.token_urlsafe(48)
        path.unlink()
        _publish(path, found)
    return found


def _generated() -> dict[str, Any]:
    operators = {
        name: {"password": random_password(), "ingest_password": secrets.token_urlsafe(12)}
        for name in OPERATORS
    }
    return {**operators, "secret_key": secrets.token_urlsafe(48)}


def _publish(path: Path, content: Mapping[str, Any]) -> None:
    """Write the file whole and private; when two processes start at once, the first one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise ConfigError(f"{source} is not valid JSON.") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{source} must hold a JSON object.")
    return found


def _checked(found: Mapping[str, Any], secret_key: str) -> Credentials:
    operators = tuple(_operator(name, found.get(name)) for name in OPERATORS)
    if len({each.ingest_password for each in operators}) < len(operators):
        raise ConfigError("Two operators have the same ingest password in the credentials.")
    key = secret_key or found.get("secret_key")
    if not isinstance(key, str) or len(key) < SHORTEST_KEY:
        raise ConfigError(f"The secret key must have at least {SHORTEST_KEY} characters.")
    return Credentials(operators, key)


def _operator(name: str, entry: Any) -> OperatorCredentials:
    fields = entry if isinstance(entry, Mapping) else {}
    password, ingest_password = fields.get("password"), fields.get("ingest_password")
    if not isinstance(password, str) or not isinstance(ingest_password, str):
        raise ConfigError(f"The credentials need a password and an ingest_password for {name}.")
    if min(len(password), len(ingest_password)) < SHORTEST_PASSWORD:
        raise ConfigError(f"The passwords of {name} must have at least 8 characters.")
    return OperatorCredentials(name, password, ingest_password)

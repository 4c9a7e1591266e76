"""Why a copy of the database is not made, or not put in its place."""

from __future__ import annotations

from .kinds import Conflict, Invalid, PhotoaiError


class BackupFailed(PhotoaiError):
    """The copy of the database could not be made; the database is as it was."""


class DatabaseDamaged(Invalid):
    """The file is damaged or is no SQLite database."""


class BackupForeign(Invalid):
    """The file is not a database of this program."""


class BackupTooNew(Invalid):
    """The file was made by a newer version of this program: update it first."""


class DatabaseInUse(Conflict):
    """The server, or another program, is using the database: stop it first."""


class NotEmbedded(Invalid):
    """Only the embedded database (SQLite) is copied here: use pg_dump and pg_restore."""

"""What a booth sends, as ingest sees it once the form has been read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from photoai.errors import FileEmpty, FileMissing, TooManyFiles
from photoai.services.jobs import NO_WISHES, Wishes


@dataclass(frozen=True)
class Form:
    """A form with its text fields; the bytes of its one file were written aside."""

    fields: Mapping[str, str]
    files: int
    size_bytes: int
    sha256: str
    wishes: Wishes = NO_WISHES
    file_name: str = ""  # as the client sent it

    @property
    def password(self) -> str:
        return self.fields.get("password", "")

    def check_file(self) -> None:
        """Raises FileMissing, TooManyFiles, FileEmpty."""
        if self.files == 0:
            raise FileMissing
        if self.files > 1:
            raise TooManyFiles(details={"files": self.files})
        if self.size_bytes == 0:
            raise FileEmpty


class Guesses(Protocol):
    """How often this client may still be wrong about a password."""

    def check(self) -> None:
        """Raises TooMany when it was wrong too often."""

    def count(self) -> None:
        """It was wrong once more."""


@dataclass(frozen=True)
class Upload:
    """One ingest request: `link` is the last part of its path, `receive` reads its form and
    writes the file's bytes to what it is given, `links` are those of a job by what they are called
    in an error's details.

    `arrived` is a `time.monotonic()` value, `received` the same moment by the clock.
    """

    link: str
    receive: Callable[[BinaryIO], Form]
    guesses: Guesses
    links: Callable[[str], Mapping[str, str]]
    received: datetime
    arrived: float

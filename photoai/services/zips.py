"""ZIP archives that are written while they are sent (APPNOTE.TXT): of what is in them only a piece
is in memory at a time, and nothing on the disk."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from photoai.offload import look_around

PIECE_BYTES = 256 * 1024
FILE_MODE = 0o644 << 16  # where archives keep what stat(2) calls st_mode


@dataclass(frozen=True)
class Member:
    """A file of an archive; `open` may raise what the archive's caller lets it leave out."""

    name: str
    modified: datetime
    open: Callable[[], BinaryIO]


def zipped(members: Iterable[Member], left_out: type[Exception]) -> Iterator[bytes]:
    """The archive in pieces, its files as they are: photos are packed already. A file that cannot
    be opened for the reason `left_out` is not in it."""
    sent = _Sent()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for member in members:
            try:
                file = member.open()
            except left_out:
                continue
            with file, archive.open(_entry(member), "w") as into:
                while piece := file.read(PIECE_BYTES):
                    into.write(piece)
                    yield sent.taken()
                    look_around()
            yield sent.taken()
    yield sent.taken()


def _entry(member: Member) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(member.name, member.modified.astimezone(UTC).timetuple()[:6])
    entry.external_attr = FILE_MODE
    return entry


class _Sent:
    """Where the archive is written to: no place to come back to."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        """What has been written since."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken

"""How a file becomes one of an account's: written, looked into, entered; all of it or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import BinaryIO

from sqlalchemy.orm import Session

from photoai.models import UserFile
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.ingest import Form
from photoai.services.storage import Store, discard

from .looks import Looks
from .names import shown_name
from .room import Room

# Writes a file's bytes to what it is given, and says what they are.
Fill = Callable[[BinaryIO], Form]
# What else is written when the file is entered, in the same transaction.
Along = Callable[[Session, UserFile], None]


class Shelf:
    def __init__(self, store: Store, looks: Looks, room: Room) -> None:
        self._store = store
        self._looks = looks
        self._room = room

    def put(self, caller: Caller, fill: Fill, along: Along | None = None) -> UserFile:
        """Keep what `fill` writes.

        Raises:
            whatever `fill` and `along` raise
            FileMissing, TooManyFiles, FileEmpty
            FileTypeNotTaken, and every error of a file that is damaged or over a limit
            StorageQuotaUsedUp, StorageFull, StorageUnavailable
        """
        file_id = str(uuid.uuid4())
        key = f"files/{file_id}"
        with self._store.write(key) as data:
            form = fill(data)
            form.check_file()
            sort, facts = self._looks.into(data, form.size_bytes)
        file = UserFile(
            id=file_id,
            user_id=caller.id,
            name=shown_name(form.file_name),
            kind=sort.kind,
            mime=sort.mime,
            size_bytes=form.size_bytes,
            sha256=form.sha256,
            key=key,
            probe=facts,
            created_at=utcnow(),
        )
        try:
            self._room.enter(caller, file, along)
        except BaseException:
            discard(self._store, key)
            raise
        return file

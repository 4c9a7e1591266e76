"""Files that an account keeps already, as if they had been sent and looked into."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from photoai.models import FileKind, UserFile
from photoai.services import Services
from photoai.services.clock import utcnow

MIMES = {
    FileKind.VIDEO: "video/mp4",
    FileKind.AUDIO: "audio/wav",
    FileKind.IMAGE: "image/png",
    FileKind.SUBTITLES: "application/x-subrip",
}


def keep(
    services: Services, user_id: int, kind: FileKind, facts: Mapping[str, Any], data: bytes = b"x"
) -> str:
    """The id of a new one, in which `facts` were found."""
    file_id = str(uuid.uuid4())
    key = f"files/{file_id}"
    with services.store.write(key) as file:
        file.write(data)
    row = UserFile(
        id=file_id, user_id=user_id, name=f"my {kind}", kind=kind, mime=MIMES[kind],
        size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), key=key, probe=dict(facts),
        created_at=utcnow(),
    )  # fmt: skip
    with services.database.begin() as session:
        session.add(row)
    return file_id

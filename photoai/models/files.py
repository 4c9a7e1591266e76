"""Files people keep here: clips, sounds, pictures, subtitles and fonts their jobs work with."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class FileKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    SUBTITLES = "subtitles"
    FONT = "font"


def folded(name: str) -> str:
    """A name as it is searched and sorted by: without the difference of upper and lower case,
    which not every database knows outside of ASCII."""
    return unicodedata.normalize("NFKC", name).casefold()


def _folded_name(context: Any) -> str:
    return folded(context.get_current_parameters()["name"])


class UserFile(Model):
    """One stored file of an account's. `key` is the store's, None once its bytes are gone; `probe`
    is what was found inside."""

    __tablename__ = "user_file"
    __table_args__ = (Index(None, "user_id", "created_at"), Index(None, "deleted_at"))

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    folded_name: Mapped[str] = mapped_column(Text, default=_folded_name, server_default="")
    kind: Mapped[str] = mapped_column(Text)
    mime: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)
    key: Mapped[str | None] = mapped_column(Text)
    probe: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def duration_sec(self) -> float:
        """Of a video or a sound; 0 where nobody has looked."""
        return float((self.probe or {}).get("duration_sec") or 0.0)

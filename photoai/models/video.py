"""What is remembered of clips and merges, so that nothing is made twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class KnownClip(Model):
    """What an address held when it was last fetched: its validators, the SHA-256 of the bytes, and
    what was found inside. The address itself, which may hold a secret, is kept as its SHA-256."""

    __tablename__ = "known_clip"
    __table_args__ = (Index(None, "seen_at"),)

    url_digest: Mapped[str] = mapped_column(Text, primary_key=True)
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)
    probe: Mapped[dict[str, Any]] = mapped_column(json_type())
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MergeResult(Model):
    """A finished merge by what it is made of: the SHA-256 of its clips' in their order and of its
    settings. Its file is nobody's own: it goes when no job has asked for it for long enough."""

    __tablename__ = "merge_result"
    __table_args__ = (Index(None, "used_at"),)

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    result_key: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(json_type())
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)

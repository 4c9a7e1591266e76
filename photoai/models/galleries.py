"""Galleries that are open to whoever has their link, for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class GalleryLink(Model):
    """Which of an operator's photos a public gallery shows, and until when. `slot_ids` is None for
    all slots; what was finished before `since` is not shown. The link's token stands here only as a
    digest; `closed_at`, when somebody closed it by hand."""

    __tablename__ = "gallery_link"
    __table_args__ = (Index(None, "user_id", "closes_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    token_digest: Mapped[str] = mapped_column(Text, unique=True)
    slot_ids: Mapped[list[str] | None] = mapped_column(json_type())
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

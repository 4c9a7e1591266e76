"""Conversions that were ordered together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class ConversionBatch(Model):
    """Files that came in one form. `job_ids` are those of its conversions, in the order of the
    files; `rejected` are the files there is none of: `{index, name, code, message, details}`.
    """

    __tablename__ = "conversion_batch"
    __table_args__ = (UniqueConstraint("user_id", "idempotency_key"), Index(None, "created_at"))

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    job_ids: Mapped[list[str]] = mapped_column(json_type())
    rejected: Mapped[list[dict[str, Any]]] = mapped_column(json_type())
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    request_digest: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

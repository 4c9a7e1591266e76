"""Calls of providers that answer later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class ProviderCall(Model):
    """A call on its way: what the provider calls it, once that is known, and what it delivered to
    the address whose token has this digest (SHA-256)."""

    __tablename__ = "provider_call"
    __table_args__ = (Index(None, "created_at"),)

    job_id: Mapped[str] = mapped_column(Text, primary_key=True)
    provider_id: Mapped[str] = mapped_column(Text)
    token_digest: Mapped[str] = mapped_column(Text, unique=True)
    request_id: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

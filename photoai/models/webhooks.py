"""The outbox of webhooks: what is to be told to clients when their jobs have ended."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime

from .jobs import BigKey


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookDelivery(Model):
    """One message to one address; `job_id` is None where it is about no job. `body` is the very
    text that is signed and sent."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index(None, "job_id"),
        Index(
            "ix_webhook_delivery_pending",
            "next_try_at",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    job_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("job.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=DeliveryState.PENDING)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookTry(Model):
    """One try to deliver and what came of it: a status, or why there is none."""

    __tablename__ = "webhook_try"

    delivery_id: Mapped[int] = mapped_column(
        BigKey,
        ForeignKey("webhook_delivery.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int] = mapped_column()
    status: Mapped[int | None] = mapped_column()
    error: Mapped[str | None] = mapped_column(Text)

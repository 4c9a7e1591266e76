"""Slots and what went through them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class Slot(Model):
    """One of an operator's forty static ingest links and how its photos are finished.

    `event_version` is from the one counter over all changes that live events are numbered by.
    """

    __tablename__ = "slot"
    __table_args__ = (Index(None, "event_version"),)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, default="")
    provider_id: Mapped[str | None] = mapped_column(Text)
    operation_id: Mapped[str | None] = mapped_column(Text)
    settings_json: Mapped[dict[str, Any]] = mapped_column(json_type(), default=dict)
    ladder: Mapped[list[Any] | None] = mapped_column(json_type())
    client_profile: Mapped[str] = mapped_column(Text, default="image")
    version: Mapped[int] = mapped_column(default=1)
    event_version: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_reset_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_configured(self) -> bool:
        return bool(self.provider_id and self.operation_id)


class SlotVersion(Model):
    """A slot as somebody left it: `content` is all they can set. `saved_by` is an account's name,
    "" where nobody knows any more; `restored_from` the version it was taken from again."""

    __tablename__ = "slot_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "slot_id"], ["slot.user_id", "slot.id"], ondelete="CASCADE"
        ),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(Text)
    restored_from: Mapped[int | None] = mapped_column()
    content: Mapped[dict[str, Any]] = mapped_column(json_type())


class LogStatus(StrEnum):
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"


class ProcessingLog(Model):
    """What one ingest request came to. `created_at` is when it was received, `cost` is in USD."""

    __tablename__ = "processing_log"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "slot_id"], ["slot.user_id", "slot.id"], ondelete="CASCADE"
        ),
        Index(None, "user_id", "slot_id", "created_at"),
        Index(None, "user_id", "created_at"),
        # The slowest of a slot without its other rows, and its last price.
        Index(None, "user_id", "slot_id", "response_time_ms", "created_at"),
        Index(
            "ix_processing_log_priced",
            "user_id",
            "slot_id",
            "created_at",
            postgresql_where=text("cost IS NOT NULL"),
            sqlite_where=text("cost IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column()
    slot_id: Mapped[str] = mapped_column(Text)
    job_id: Mapped[str | None] = mapped_column(Text, unique=True)
    provider_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(Text)
    response_time_ms: Mapped[int] = mapped_column()
    cost: Mapped[float | None] = mapped_column()
    error_code: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)


class ProcessingDay(Model):
    """A day of the log, added up: one row for each slot and provider ('' without one).

    The database keeps it with triggers (migration 0002), whoever writes the log. Days are UTC's,
    `errors` includes the time-outs.
    """

    __tablename__ = "processing_day"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "slot_id"], ["slot.user_id", "slot.id"], ondelete="CASCADE"
        ),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    slot_id: Mapped[str] = mapped_column(Text, primary_key=True)
    provider_id: Mapped[str] = mapped_column(Text, primary_key=True)
    requests: Mapped[int] = mapped_column()
    errors: Mapped[int] = mapped_column()
    timeouts: Mapped[int] = mapped_column()
    response_time_ms: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[float] = mapped_column()

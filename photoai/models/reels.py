"""Analyses of videos: what was measured and said, what it cost, what lies at a provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type

from .jobs import BigKey


class Reel(Model):
    """What is known of a job's video: the facts that were measured, the store's key of its pictures
    (one archive), and what was made of them in the end. All three are None once they were thrown
    away; `deleted_at`, when its owner did that."""

    __tablename__ = "reel"
    __table_args__ = (Index(None, "pictures_key"), Index(None, "made_at"))

    job_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    facts: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    pictures_key: Mapped[str | None] = mapped_column(Text)
    analysis: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReelCall(Model):
    """What one analysis has used up at its provider, whether anything came of it or not."""

    __tablename__ = "reel_call"
    __table_args__ = (Index(None, "user_id", "at"), Index(None, "at"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    job_id: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    usage: Mapped[dict[str, int]] = mapped_column(json_type())
    cost_usd: Mapped[float] = mapped_column()
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class RemoteFile(Model):
    """A file that is at a provider, or may be: written down before it is sent, dropped after it was
    deleted there. `job_id` is the job's public one."""

    __tablename__ = "remote_file"
    __table_args__ = (Index(None, "job_id"), Index(None, "created_at"))

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    provider_id: Mapped[str] = mapped_column(Text)
    job_id: Mapped[str] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KnownAnalysis(Model):
    """An answer by all it depends on (`digest`); `job_id` is the public one of the job it was given
    to first."""

    __tablename__ = "known_analysis"
    __table_args__ = (Index(None, "job_id"), Index(None, "at"))

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    job_id: Mapped[str] = mapped_column(Text)
    answer: Mapped[dict[str, Any]] = mapped_column(json_type())
    at: Mapped[datetime] = mapped_column(UtcDateTime)

"""What was done for tasks, step by step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type

BigKey = BigInteger().with_variant(Integer(), "sqlite")


class OperationLog(Model):
    """One run of a program in an attempt at a task: `words` are its own, without paths. What it
    failed with stands in `error_details`."""

    __tablename__ = "operation_log"
    __table_args__ = (Index(None, "task_id"), Index(None, "timestamp"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    task_id: Mapped[int] = mapped_column(BigKey, ForeignKey("job.id", ondelete="CASCADE"))
    attempt: Mapped[int] = mapped_column()
    operation_type: Mapped[str] = mapped_column(Text)
    duration_sec: Mapped[float] = mapped_column()
    success: Mapped[bool] = mapped_column()
    error_details: Mapped[dict[str, Any] | None] = mapped_column(json_type())
    words: Mapped[str] = mapped_column(Text)
    timestamp: Mapped[datetime] = mapped_column(UtcDateTime)

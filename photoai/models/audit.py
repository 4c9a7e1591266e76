"""What administrators did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class AuditEntry(Model):
    """One deed, written in the transaction that does it, and never changed.

    It outlives whoever it names. `target` is `user:ID` or `task:ID`, `target_name` the name of the
    account that is meant or whose it is; `before` and `after` hold what changed.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "actor", "id"),
        Index(None, "target", "id"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column()
    actor: Mapped[str] = mapped_column(Text)
    actor_role: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    target_name: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any]] = mapped_column(json_type())
    after: Mapped[dict[str, Any]] = mapped_column(json_type())
    address: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)

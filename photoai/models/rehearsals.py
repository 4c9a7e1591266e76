"""What was looked at before an event, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class RehearsalRow(Model):
    """One thing an operator has looked at: `slot:slot-001`, `disk`, `provider:gemini`.

    `look` is set while it is looked at, by a look whose last sign of life was at `alive_at`.
    `light` (`green`, `yellow`, `red`), `said` (sentences as `{"text", "values"}`), `ms` and
    `job_id` are of the look that ended at `ended_at`.
    """

    __tablename__ = "rehearsal_row"
    __table_args__ = (Index(None, "look"),)

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    look: Mapped[str | None] = mapped_column(Text)
    alive_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    light: Mapped[str | None] = mapped_column(Text)
    said: Mapped[list[Any] | None] = mapped_column(json_type())
    ms: Mapped[int | None]
    job_id: Mapped[str | None] = mapped_column(Text)

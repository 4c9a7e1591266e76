"""What operators are warned of, and who wants to be told of each day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime


class Alert(Model):
    """One trouble of an operator's evening. Whoever sees it goes on saying so in `seen_at`; it is
    over when nobody has for a while. `subject` says of what (a provider's id), '' of everything;
    `value` is what was measured last, `most` what it must stay below."""

    __tablename__ = "alert"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column()
    most: Mapped[float] = mapped_column()
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SummaryPlan(Model):
    """Where an operator's summary of the day goes, at which hour (UTC), and the last day for which
    it was put into the outbox. No summary is due before `since`."""

    __tablename__ = "summary_plan"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    webhook_url: Mapped[str] = mapped_column(Text)
    hour: Mapped[int] = mapped_column()
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    last_day: Mapped[date | None] = mapped_column()

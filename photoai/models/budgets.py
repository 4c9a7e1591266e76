"""What photos have cost, events that have a budget of their own, and drills."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime

from .jobs import BigKey


class Spending(Model):
    """What one run of a photo's job has cost in USD: booths', tests' and replays' alike, also where
    nothing came of it."""

    __tablename__ = "spending"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    slot_id: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    usd: Mapped[float]


class BoothEvent(Model):
    """A party: what its operator's photos cost from its begin to its end may have a budget. It is
    over when it was ended or has lasted as long as it was to; one at a time is not."""

    __tablename__ = "booth_event"
    __table_args__ = (
        Index(
            "ix_booth_event_on",
            "user_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    budget_usd: Mapped[float | None]
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Drill(Model):
    """An operator's next photos, as many as are left, are kept from a provider as if it failed."""

    __tablename__ = "drill"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    provider_id: Mapped[str] = mapped_column(Text, primary_key=True)
    photos: Mapped[int]
    photos_left: Mapped[int]
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)

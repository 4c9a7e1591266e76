"""What photos have cost, and drills."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
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

"""Settings that are changed while the server runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class Setting(Model):
    """One value that wins over the environment's."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(json_type())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""Who may do what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime


class Role(StrEnum):
    OPERATOR = "operator"  # has slots; comes from the credentials file
    MEMBER = "member"  # registered
    ADMIN = "admin"


class User(Model):
    """One account. An operator's passwords follow the credentials file."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    email: Mapped[str | None] = mapped_column(Text, unique=True)
    role: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    tokens_valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    # The digest uploads are compared with, and the one the credentials file last gave: the
    # application's own value holds until the file's changes.
    ingest_password_digest: Mapped[str | None] = mapped_column(Text)
    ingest_password_seed: Mapped[str | None] = mapped_column(Text)
    ingest_password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RevokedToken(Model):
    """A token that was ended before its time; kept until it would have expired."""

    __tablename__ = "revoked_token"
    __table_args__ = (Index(None, "expires_at"),)

    jti: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

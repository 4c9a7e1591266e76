"""Who may do what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, text, true
from sqlalchemy.orm import Mapped, mapped_column

from photoai.db import Model, UtcDateTime, json_type


class Role(StrEnum):
    OPERATOR = "operator"  # has slots; comes from the credentials file
    MEMBER = "member"  # registered
    ADMIN = "admin"
    GUEST = "guest"  # nobody in particular: whoever comes from one address without an account


class User(Model):
    """One account. An operator's passwords follow the credentials file."""

    __tablename__ = "user_account"
    # Those of long ago are looked for among thousands of members.
    __table_args__ = (
        Index(
            "ix_user_account_guests",
            "created_at",
            postgresql_where=text("role = 'guest'"),
            sqlite_where=text("role = 'guest'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    email: Mapped[str | None] = mapped_column(Text, unique=True)
    role: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    tokens_valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    plan: Mapped[str] = mapped_column(Text, default="free", server_default="free")
    # Single limits that count instead of the plan's, by their names.
    quotas: Mapped[dict[str, int]] = mapped_column(json_type(), default=dict, server_default="{}")
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=1, server_default="1")  # of what is administered
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # with the password, lately

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


class ApiKey(Model):
    """A key that signs its account's calls. Only its SHA-256 is kept; `prefix` tells it apart."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefreshToken(Model):
    """A token that gets the session a new pair of tokens, once: used, it is dead."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index(None, "session_id"), Index(None, "expires_at"))

    jti: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    session_id: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

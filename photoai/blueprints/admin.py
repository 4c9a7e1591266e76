"""Administration: accounts, everybody's jobs, what was used, what administrators did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_babel import gettext

from photoai.errors import error_named
from photoai.schemas.admin import (
    AnybodysTaskListSchema,
    AnybodysTaskSchema,
    AuditListSchema,
    AuditWishSchema,
    TaskWishSchema,
    UsageReportSchema,
    UsageWishSchema,
    audit_view,
    usage_line,
)
from photoai.schemas.admin_users import (
    SignedOutSchema,
    SignOutSchema,
    UserChangeSchema,
    UserListSchema,
    UserSchema,
    UserWishSchema,
    user_view,
)
from photoai.services.administration import (
    Administration,
    TaskLine,
    TaskWish,
    UsageWish,
    UserChange,
    UserWish,
)
from photoai.services.audit import Actor, AuditWish

from .bodies import Blueprint
from .context import services
from .guard import administrators_only, caller
from .limits import caller_address

blp = Blueprint(
    "admin", __name__, url_prefix="/api/v1/admin", description="For administrators alone."
)
Wish = UserWish | TaskWish | UsageWish | AuditWish
USER = "/users/<int(max=2147483647):user_id>"


@blp.get("/users")
@administrators_only
@blp.arguments(UserWishSchema, location="query")
@blp.response(200, UserListSchema)
def users(wish: UserWish) -> dict[str, Any]:
    """Every account with its limits and its usage."""
    found = administration().users.page(wish)
    return _page([user_view(each) for each in found.users], wish, found.total)


@blp.get(USER)
@administrators_only
@blp.response(200, UserSchema)
def user(user_id: int) -> dict[str, Any]:
    """One account."""
    return user_view(administration().users.get(user_id))


@blp.patch(USER)
@administrators_only
@blp.arguments(UserChangeSchema)
@blp.response(200, UserSchema)
def change(asked: UserChange, user_id: int) -> dict[str, Any]:
    """Switch an account on or off, give it another plan, or limits of its own."""
    return user_view(administration().users.change(actor(), user_id, asked))


@blp.post(f"{USER}/sign-out")
@administrators_only
@blp.arguments(SignOutSchema, required=False)
@blp.response(200, SignedOutSchema)
def sign_out(asked: dict[str, bool], user_id: int) -> dict[str, int]:
    """End all sessions of an account, and its keys when that is asked for."""
    revoked = administration().users.sign_out(actor(), user_id, keys=asked["keys"])
    return {"keys_revoked": revoked}


@blp.get("/tasks")
@administrators_only
@blp.arguments(TaskWishSchema, location="query")
@blp.response(200, AnybodysTaskListSchema)
def tasks(wish: TaskWish) -> dict[str, Any]:
    """Every account's jobs, newest first."""
    found = administration().tasks.page(wish)
    return _page([_shown(each) for each in found.tasks], wish, found.total)


@blp.delete("/tasks/<task_id>")
@administrators_only
@blp.response(202, AnybodysTaskSchema)
def cancel(task_id: str) -> dict[str, Any]:
    """Cancel anybody's job; a queued one ends at once."""
    return _shown(administration().tasks.cancel(actor(), task_id))


@blp.get("/usage")
@administrators_only
@blp.arguments(UsageWishSchema, location="query")
@blp.response(200, UsageReportSchema)
def usage(wish: UsageWish) -> dict[str, Any]:
    """What each account has had done in a range of days, 92 at most."""
    found = administration().usage.page(wish)
    return _page([usage_line(each) for each in found.lines], wish, found.total)


@blp.get("/audit")
@administrators_only
@blp.arguments(AuditWishSchema, location="query")
@blp.response(200, AuditListSchema)
def audit(wish: AuditWish) -> dict[str, Any]:
    """What administrators did, newest first; kept for a year."""
    found = administration().audit.page(wish)
    return _page([audit_view(each) for each in found.entries], wish, found.total)


def administration() -> Administration:
    return services().administration


def actor() -> Actor:
    """Who does it, as the entry in the audit log will say."""
    who = caller()
    return Actor(who.username, who.id, who.role, caller_address() or None, g.request_id)


def _page(data: Sequence[Any], wish: Wish, total: int) -> dict[str, Any]:
    meta = {"page": wish.page, "page_size": wish.page_size, "total": total}
    return {"data": data, "meta": meta}


def _shown(line: TaskLine) -> dict[str, Any]:
    owner = {"id": line.user_id, "username": line.username}
    return vars(line) | {"user": owner, "error": _told(line)}


def _told(line: TaskLine) -> dict[str, str] | None:
    """Why the job failed, without the details, which may say what its owner has sent."""
    if line.error_code is None:
        return None
    error = error_named(line.error_code, line.error_text)
    return {"code": error.code, "message": gettext(error.message)}

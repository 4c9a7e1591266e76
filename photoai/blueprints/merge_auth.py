"""Accounts and API keys as seed 000 has them, for the merge façade."""

from __future__ import annotations

from typing import Any

from photoai.schemas.accounts import RegisteredSchema, RegistrationSchema
from photoai.schemas.auth import AccessSchema, Login, LoginSchema
from photoai.schemas.keys import (
    KeyListSchema,
    KeyWish,
    KeyWishSchema,
    NewKeySchema,
    Paging,
    PagingSchema,
    RevokedSchema,
    VerifiedSchema,
)
from photoai.services.accounts import NewAccount, NewKey, Registered

from .bodies import Blueprint
from .context import services
from .guard import TOKEN_LIVES, bearer, caller, issue_token, signed_in
from .signing_in import NO_STORE, TOKEN_TYPE, register, sign_in

blp = Blueprint(
    "merge_auth",
    __name__,
    url_prefix="/server2/videoapi/auth",
    description="Accounts and API keys of the merge family.",
)


@blp.post("/register")
@blp.arguments(RegistrationSchema)
@blp.response(201, RegisteredSchema)
def open_account(asked: NewAccount) -> tuple[Registered, dict[str, str]]:
    """Open an account; its first API key is shown here and never again."""
    return register(asked), NO_STORE


@blp.post("/login")
@blp.arguments(LoginSchema)
@blp.response(200, AccessSchema)
def login(given: Login) -> tuple[dict[str, Any], dict[str, str]]:
    """Sign in for an hour."""
    answer = {
        "access_token": issue_token(sign_in(given)),
        "token_type": TOKEN_TYPE,
        "expires_in": int(TOKEN_LIVES.total_seconds()),
    }
    return answer, NO_STORE


@blp.post("/create-api-key")
@signed_in
@blp.arguments(KeyWishSchema, required=False)
@blp.response(201, NewKeySchema)
def create_api_key(wish: KeyWish) -> tuple[NewKey, dict[str, str]]:
    """Another API key, shown here and never again."""
    return services().keys.create(caller(), wish.name, wish.expires_days), NO_STORE


@blp.get("/api-keys")
@signed_in
@blp.arguments(PagingSchema, location="query")
@blp.response(200, KeyListSchema)
def api_keys(wanted: Paging) -> dict[str, Any]:
    """The caller's keys, the newest first; dead ones too."""
    found = services().keys.page(caller(), page=wanted.page, page_size=wanted.page_size)
    meta = {"page": wanted.page, "page_size": wanted.page_size, "total": found.total}
    return {"data": found.keys, "meta": meta}


@blp.delete("/api-keys/<key_id>")
@signed_in
@blp.response(204)
def revoke(key_id: str) -> None:
    """End one key at once; it stays in the list."""
    services().keys.revoke(caller(), key_id)


@blp.delete("/api-keys")
@signed_in
@blp.response(200, RevokedSchema)
def revoke_all() -> dict[str, int]:
    """End all of the caller's keys at once, the one this request came with too."""
    return {"revoked": services().keys.revoke_all(caller())}


@blp.get("/verify")
@signed_in
@blp.response(200, VerifiedSchema)
def verify() -> dict[str, Any]:
    """Whose token or key this is, and what it may do."""
    held = bearer()
    key = services().keys.get(caller(), held.token_id) if held.is_key else None
    return {"valid": True, "profile": services().accounts.profile(caller()), "key": key}

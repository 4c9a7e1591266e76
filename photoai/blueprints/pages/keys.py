"""The page of API keys."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from photoai.errors import PhotoaiError
from photoai.schemas.keys import KeyWishSchema, PagingSchema
from photoai.services.accounts import LIVES_DAYS
from photoai.services.clock import utcnow

from .. import guard
from ..context import services
from .forms import problems, read_form, refused
from .page import Pages, for_members, see_other, shown

blp = Pages("key_pages")
KEYS_ON_A_PAGE = 50


@blp.get("/keys")
@for_members
def keys() -> Response:
    return _keys()


@blp.post("/keys")
@for_members
def create() -> Response:
    try:
        wish = read_form(KeyWishSchema())
        made = services().keys.create(guard.caller(), wish.name, wish.expires_days)
    except PhotoaiError as error:
        return refused(error, _keys(error))
    return _keys(made=made)


@blp.post("/keys/<key_id>/revoke")
@for_members
def revoke(key_id: str) -> Response:
    services().keys.revoke(guard.caller(), key_id)
    return see_other(url_for(".keys"))


@blp.post("/keys/revoke_all")
@for_members
def revoke_all() -> Response:
    services().keys.revoke_all(guard.caller())
    return see_other(url_for(".keys"))


def _keys(error: PhotoaiError | None = None, **facts: Any) -> Response:
    wanted = PagingSchema().load(
        {"page": request.args.get("page", "1"), "page_size": KEYS_ON_A_PAGE}
    )
    found = services().keys.page(guard.caller(), page=wanted.page, page_size=wanted.page_size)
    return shown(
        "keys.html", keys=found.keys, total=found.total, page=wanted.page, now=utcnow(),
        pages=-(-found.total // KEYS_ON_A_PAGE), lives_days=LIVES_DAYS, refusal=error,
        problems=problems(error), typed=request.form, **facts,
    )  # fmt: skip

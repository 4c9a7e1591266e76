"""Galleries: which photos are asked for, how they are shown, links that others may look by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from photoai.checks import Length, OneOf, Range
from photoai.errors import RangeInvalid, Sentence
from photoai.models import Job
from photoai.services.clock import utcnow
from photoai.services.galleries import (
    LONGEST_MIN,
    SHORTEST_MIN,
    UNASKED_MIN,
    GalleryWish,
    LinkWish,
    OpenLink,
    maker_of,
)
from photoai.services.slots import SLOT_IDS

from .shared import UtcMoment
from .stats import EdgeField

UNASKED, MOST = 48, 100
UNASKED_OF_SLOT, MOST_OF_SLOT = 10, 50
MOST_IDS = 1000
LONGEST_BACK_H, UNASKED_BACK_H = 168, 12
RUNG = r"[0-9]{1,2}(:[a-z0-9_-]{1,50})?"
JOB_ID = Length(1, 100)


@dataclass(frozen=True)
class GalleryQuery:
    """Photos and where to go on: behind the job `before`, at most `limit` of them."""

    wish: GalleryWish
    before: str | None = None
    limit: int = UNASKED


class GalleryWishSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    slot_id = fields.String(validate=OneOf(SLOT_IDS))
    first = EdgeField(
        data_key="from",
        metadata={"description": "A day, or a moment with its zone.", "example": "2026-11-21"},
    )
    last = EdgeField(
        data_key="to",
        metadata={
            "description": "The last day shown, or the first moment not shown.",
            "example": "2026-11-21",
        },
    )
    provider_id = fields.String(
        validate=Length(1, 100), metadata={"description": "Who made them; `original` is nobody."}
    )
    rung = fields.String(
        validate=validate.Regexp(f"^{RUNG}$", error="A rung's number, or all of it: 1:local."),
        metadata={"description": "A rung's number, or all of it.", "example": "0"},
    )
    tests = fields.Boolean(
        load_default=True, metadata={"description": "Whether tests are shown among them."}
    )

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Any:
        return _wish(data)


class GalleryQuerySchema(GalleryWishSchema):
    before = fields.String(
        validate=JOB_ID,
        metadata={
            "description": "Older than this job: a page's `meta.next`.",
            "example": "5f0c7a52-2f0e-4f57-9d3c-6a1f8e4b7c10",
        },
    )
    limit = fields.Integer(load_default=UNASKED, validate=Range(1, MOST))

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> GalleryQuery:
        before, limit = data.pop("before", None), data.pop("limit")
        return GalleryQuery(_wish(data), before, limit)


class GalleryZipSchema(GalleryWishSchema):
    ids = fields.List(
        fields.String(validate=JOB_ID),
        data_key="id",
        validate=Length(1, MOST_IDS),
        metadata={
            "description": "Only these jobs; again for each of them.",
            "example": ["5f0c7a52-2f0e-4f57-9d3c-6a1f8e4b7c10"],
        },
    )


class SlotResultsSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    limit = fields.Integer(load_default=UNASKED_OF_SLOT, validate=Range(1, MOST_OF_SLOT))


def _wish(data: dict[str, Any]) -> GalleryWish:
    first, last = data.pop("first", None), data.pop("last", None)
    first = _midnight(first) if first else None
    if last and not isinstance(last, datetime):
        last = _next_day(last)
    if first and last and first >= last:
        raise RangeInvalid
    with_tests, ids = data.pop("tests"), data.pop("ids", None)
    return GalleryWish(**data, first=first, last=last, with_tests=with_tests, ids=ids)


def _midnight(edge: date | datetime) -> datetime:
    """Days are UTC's, as in the statistics."""
    return edge if isinstance(edge, datetime) else datetime.combine(edge, time(), UTC)


def _next_day(day: date) -> datetime:
    try:
        return _midnight(day + timedelta(days=1))
    except OverflowError:
        raise RangeInvalid(details={"to": [Sentence("Too far away.")]}) from None


class GalleryPhotoLinksSchema(Schema):
    result = fields.String(required=True)
    preview = fields.String(required=True)


class GalleryPhotoSchema(Schema):
    id = fields.String(required=True, metadata={"description": "Its job's."})
    slot_id = fields.String(required=True)
    provider_id = fields.String(required=True, metadata={"description": "Who has made it."})
    rung = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    cost = fields.Float(required=True, allow_none=True)
    mime = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    test = fields.Boolean(required=True)
    has_original = fields.Boolean(
        required=True, metadata={"description": "Whether the guest's own photo is still there."}
    )
    created_at = UtcMoment(required=True)
    finished_at = UtcMoment(required=True)
    links = fields.Nested(GalleryPhotoLinksSchema, required=True)


class GalleryMetaSchema(Schema):
    next = fields.String(required=True, allow_none=True, metadata={"description": "`before`."})


class GallerySchema(Schema):
    data = fields.List(fields.Nested(GalleryPhotoSchema), required=True)
    meta = fields.Nested(GalleryMetaSchema, required=True)


class SlotPhotosSchema(Schema):
    data = fields.List(fields.Nested(GalleryPhotoSchema), required=True)


class GalleryLinkWishSchema(Schema):
    """`since` or `hours`, not both; with neither, the photos of the last twelve hours."""

    minutes = fields.Integer(
        strict=True, load_default=UNASKED_MIN, validate=Range(SHORTEST_MIN, LONGEST_MIN)
    )
    slot_ids = fields.List(
        fields.String(validate=OneOf(SLOT_IDS)), allow_none=True, load_default=None,
        validate=Length(max=len(SLOT_IDS)),
        metadata={"description": "None, or none at all: every slot."},
    )  # fmt: skip
    since = EdgeField(
        allow_none=True,
        metadata={"description": "Photos finished from this day or moment on.", "example": None},
    )
    hours = fields.Float(
        allow_none=True, load_default=None, validate=Range(0, LONGEST_BACK_H),
        metadata={"description": "Photos of so many hours until now, and new ones."},
    )  # fmt: skip

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> LinkWish:
        since, hours = data.get("since"), data["hours"]
        if since is not None and hours is not None:
            raise ValidationError(Sentence("Either since or hours, not both."), "hours")
        if since is None:
            back_h = UNASKED_BACK_H if hours is None else hours
            since = utcnow() - timedelta(hours=back_h)
        since = _midnight(since)
        slot_ids = tuple(sorted(set(data["slot_ids"] or ())))
        return LinkWish(data["minutes"], slot_ids or None, since)


class GalleryLinkSchema(Schema):
    id = fields.String(required=True)
    url = fields.String(required=True)
    qr_url = fields.String(required=True)
    slot_ids = fields.List(fields.String(), required=True, allow_none=True)
    since = UtcMoment(required=True)
    opened_at = UtcMoment(required=True)
    closes_at = UtcMoment(required=True)
    photos = fields.Integer(required=True, metadata={"description": "How many it shows now."})


class GalleryLinksSchema(Schema):
    data = fields.List(fields.Nested(GalleryLinkSchema), required=True)


def photo_view(job: Job, links: Mapping[str, str]) -> dict[str, Any]:
    """A finished photo's row with its links, ready for GalleryPhotoSchema."""
    facts = job.result or {}
    names = ("rung", "model", "cost", "mime", "size_bytes", "width", "height")
    return {name: facts.get(name) for name in names} | {
        "id": job.public_id,
        "slot_id": job.slot_id,
        "provider_id": maker_of(job),
        "test": job.is_test,
        "has_original": job.input_key is not None,
        "created_at": job.created,
        "finished_at": job.finished,
        "links": links,
    }


def link_view(link: OpenLink, url: str) -> dict[str, Any]:
    """An open gallery at that address, ready for GalleryLinkSchema."""
    row = link.row
    facts = {name: getattr(row, name) for name in ("id", "slot_ids", "since", "opened_at")}
    return facts | {
        "closes_at": row.closes_at,
        "url": url,
        "qr_url": f"{url}/qr.svg",
        "photos": link.photos,
    }

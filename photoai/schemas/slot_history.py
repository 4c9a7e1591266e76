"""A slot's versions as operators read them and get one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from photoai.services.slot_history import Version

from .shared import UtcMoment
from .slots import RungSchema, SlotSavedSchema


class ChangeSchema(Schema):
    """`path` is where the setting stands: `settings_json.prompt`, `ladder.0.from_sec`."""

    path = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class SlotVersionSchema(Schema):
    version = fields.Integer(required=True)
    saved_at = UtcMoment(required=True)
    saved_by = fields.String(
        required=True, metadata={"description": "Empty where nobody knows any more."}
    )
    restored_from = fields.Integer(required=True, allow_none=True)
    present = fields.Boolean(required=True, attribute="is_present")
    name = fields.String(required=True)
    provider_id = fields.String(required=True, allow_none=True)
    operation_id = fields.String(required=True, allow_none=True)
    settings_json = fields.Dict(required=True)
    ladder = fields.List(fields.Nested(RungSchema), required=True, allow_none=True)
    client_profile = fields.String(required=True)
    changes = fields.List(
        fields.Nested(ChangeSchema),
        required=True,
        allow_none=True,
        metadata={"description": "Of the version before it; null where that is not kept."},
    )


class SlotHistoryMetaSchema(Schema):
    total = fields.Integer(required=True)


class SlotHistorySchema(Schema):
    data = fields.List(fields.Nested(SlotVersionSchema), required=True)
    meta = fields.Nested(SlotHistoryMetaSchema, required=True)


class RestoreSchema(Schema):
    """`version` is the slot's own that was loaded; null to restore regardless."""

    version = fields.Integer(strict=True, allow_none=True, load_default=None)


class SlotRestoredSchema(SlotSavedSchema):
    notes = fields.List(fields.String(), required=True)


def version_view(version: Version) -> dict[str, Any]:
    """A version ready for SlotVersionSchema."""
    view = {
        name: getattr(version, name)
        for name in ("version", "saved_at", "saved_by", "restored_from", "is_present")
    }
    told = None if version.changes is None else [asdict(each) for each in version.changes]
    return {**version.content, **view, "changes": told}


def history_view(versions: Sequence[Version]) -> dict[str, Any]:
    return {"data": list(map(version_view, versions)), "meta": {"total": len(versions)}}

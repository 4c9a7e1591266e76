"""Settings as operators read and change them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load

from photoai.checks import Length, OneOf, Range
from photoai.errors import Sentence
from photoai.services.settings import ModelChange, SettingsChange

from .shared import UtcMoment

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 200
LONGEST_KEY = 500
MOST_USD = 1_000_000
LONGEST_KEPT_MIN = 24 * 60
KEPT = (
    "Minutes for which guests' originals are kept, so that a photo can be made once more; 0: they "
    "go a minute after they came."
)
PRINTABLE_ASCII = re.compile(r"[!-~]*")
REMOVES = "null: the catalogue's again."


class ByName(fields.Dict):
    """An object whose members are alike; a wrong one is told by its name."""

    def _deserialize(self, value, attr, data, **kwargs):  # type: ignore[no-untyped-def]
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            told = {name: found.get("value", found) for name, found in error.messages.items()}
            raise ValidationError(told) from None


class Usd(fields.Float):
    """A number, not the text of one."""

    allowed = Range(0, MOST_USD)

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=self.allowed, **options)

    def _deserialize(self, value, attr, data, **kwargs):  # type: ignore[no-untyped-def]
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class BudgetUsd(Usd):
    """None is no budget; one of nothing would close what is paid for good."""

    allowed = Range(0, MOST_USD, min_inclusive=False)


class KeyField(fields.String):
    """A key as people paste it, with what is around it."""

    def _deserialize(self, value, attr, data, **kwargs):  # type: ignore[no-untyped-def]
        key = super()._deserialize(value, attr, data, **kwargs).strip()
        if len(key) > LONGEST_KEY:
            raise ValidationError(Sentence("Longer than maximum length {max}.", max=LONGEST_KEY))
        if not PRINTABLE_ASCII.fullmatch(key):
            raise ValidationError(Sentence("A key has no spaces inside and Latin letters only."))
        return key


def no_control_characters(password: str) -> None:
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in password):
        raise ValidationError(Sentence("Control characters are not taken."))


class IngestPasswordSchema(Schema):
    set = fields.Boolean(required=True)
    last_changed = UtcMoment(required=True, allow_none=True)


class KeyStateSchema(Schema):
    set = fields.Boolean(required=True)
    last4 = fields.String(
        required=True, allow_none=True, metadata={"description": "Of keys of 12 or more."}
    )
    source = fields.String(
        required=True, allow_none=True, validate=OneOf(["environment", "settings"])
    )


class PricedModelSchema(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    price_per_image = fields.Dict(fields.String(), fields.Float(), required=True)
    price_per_million_tokens = fields.Dict(fields.String(), fields.Float(), required=True)
    retired_on = fields.Date(required=True, allow_none=True)


class ModelsInUseSchema(Schema):
    default = fields.String(required=True)
    available = fields.List(fields.Nested(PricedModelSchema), required=True)


class BudgetsSchema(Schema):
    per_day_usd = BudgetUsd(allow_none=True)
    per_slot_per_day_usd = BudgetUsd(allow_none=True)


class SettingsSchema(Schema):
    sync_response_timeout_sec = fields.Integer(required=True)
    originals_kept_min = fields.Integer(required=True, metadata={"description": KEPT})
    ingest_password = fields.Nested(IngestPasswordSchema, required=True)
    keys = fields.Dict(fields.String(), fields.Nested(KeyStateSchema), required=True)
    models = fields.Dict(fields.String(), fields.Nested(ModelsInUseSchema), required=True)
    budgets = fields.Nested(BudgetsSchema, required=True)


class ModelChangeSchema(Schema):
    default = fields.String(
        allow_none=True,
        validate=Length(1, 200),
        metadata={"description": "null: the environment's or the catalogue's again."},
    )
    prices = ByName(
        fields.String(),
        ByName(fields.String(), Usd(allow_none=True), allow_none=True),
        allow_none=True,
        metadata={"description": f"USD for an image by model and size. {REMOVES}"},
    )

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> ModelChange:
        return ModelChange(**data)


class SettingsChangeSchema(Schema):
    sync_response_timeout_sec = fields.Integer(strict=True, validate=Range(5, 110))
    originals_kept_min = fields.Integer(
        strict=True, validate=Range(0, LONGEST_KEPT_MIN), metadata={"description": KEPT}
    )
    ingest_password = fields.String(
        validate=[
            Length(SHORTEST_PASSWORD, LONGEST_PASSWORD),
            no_control_characters,
        ],
        load_only=True,
    )
    keys = ByName(
        fields.String(),
        KeyField(),
        load_only=True,
        metadata={"description": "Keys by provider; an empty one removes it."},
    )
    models = ByName(fields.String(), fields.Nested(ModelChangeSchema))
    budgets = fields.Nested(BudgetsSchema)

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> SettingsChange:
        return SettingsChange(**data)


class CheckSchema(Schema):
    id = fields.String(required=True, metadata={"description": "`provider:` before a provider's."})
    ok = fields.Boolean(required=True)
    needed = fields.Boolean(
        required=True, metadata={"description": "Whether photos of yours would fail without it."}
    )
    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True)
    ms = fields.Integer(required=True)


class ReportSchema(Schema):
    ok = fields.Boolean(required=True, metadata={"description": "Everything needed works."})
    checks = fields.List(fields.Nested(CheckSchema), required=True)


class ClearedSchema(Schema):
    deleted = fields.Integer(required=True)

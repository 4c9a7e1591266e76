"""What the catalogue says about OpenAI's form: the sizes of images, and fields by model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from photoai.errors import ConfigError
from photoai.services.providers.models import nearest

QUALITY = "quality"


@dataclass(frozen=True)
class Protocol:
    """`sizes` are those asked for, as `1536x1024`; `fields` go with every request, those of a
    model in `fields_by_model` with its own."""

    sizes: tuple[str, ...]
    fields: Mapping[str, str]
    fields_by_model: Mapping[str, Mapping[str, str]]

    def size(self, width: int, height: int) -> str:
        """The size whose shape is nearest to the picture's."""
        return nearest(self.sizes, width, height)

    def form(self, model: str, settings: Mapping[str, Any]) -> dict[str, str]:
        """The form's fields beside prompt, size and images; the slot's quality wins."""
        chosen = {QUALITY: settings[QUALITY]} if settings.get(QUALITY) else {}
        return {"model": model, **self.fields, **self.fields_by_model.get(model, {}), **chosen}


class _ProtocolSchema(Schema):
    sizes = fields.List(
        fields.String(validate=validate.Regexp(r"[1-9]\d*x[1-9]\d*\Z")),
        required=True,
        validate=validate.Length(min=1),
    )
    fields_ = fields.Dict(
        fields.String(), fields.String(), load_default=dict, data_key="fields", attribute="fields"
    )
    fields_by_model = fields.Dict(
        fields.String(), fields.Dict(fields.String(), fields.String()), load_default=dict
    )

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Protocol:
        return Protocol(tuple(data["sizes"]), data["fields"], data["fields_by_model"])


def load(raw: Mapping[str, Any]) -> Protocol:
    """Raises ConfigError."""
    try:
        loaded: Protocol = _ProtocolSchema().load(dict(raw))
    except ValidationError as error:
        raise ConfigError(f"The catalogue's protocol of openai: {error.messages}") from None
    return loaded

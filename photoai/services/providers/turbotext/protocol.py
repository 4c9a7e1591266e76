"""What the catalogue says about TurboText's protocol: its methods and their fields' names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from photoai.errors import ConfigError
from photoai.services.providers.port import Ask

PHOTO, IMAGE, SETTINGS = "photo", "images.", "settings."


class Method:
    """A method of the vendor's, and what stands in which of its fields: `photo` and
    `images.<name>` are links, `settings.<name>` and `prompt` are texts."""

    def __init__(self, name: str, sources: Mapping[str, str]) -> None:
        self.name = name
        self._sources = sources

    def images(self) -> list[str]:
        """The images it needs a link of, `photo` being the guest's."""
        wanted = [source for source in self._sources.values() if source.startswith((PHOTO, IMAGE))]
        return [source.removeprefix(IMAGE) for source in wanted]

    def fields(self, ask: Ask, links: Mapping[str, str]) -> dict[str, str]:
        """The form's fields; what the slot does not say is left out."""
        found = {name: self._value(source, ask, links) for name, source in self._sources.items()}
        return {name: value for name, value in found.items() if value}

    def _value(self, source: str, ask: Ask, links: Mapping[str, str]) -> str:
        if source.startswith((PHOTO, IMAGE)):
            return links.get(source.removeprefix(IMAGE), "")
        if source.startswith(SETTINGS):
            value = ask.settings.get(source.removeprefix(SETTINGS))
            return "" if value is None else str(value)
        return ask.prompt


class _MethodSchema(Schema):
    method = fields.String(required=True)
    fields_ = fields.Dict(
        fields.String(),
        fields.String(validate=validate.Regexp(r"photo|prompt|images\.\w+|settings\.\w+")),
        required=True,
        data_key="fields",
    )

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Method:
        return Method(data["method"], data["fields_"])


class ProtocolSchema(Schema):
    """The catalogue's `protocol` of this provider."""

    image_hosts = fields.List(fields.String(), load_default=list)
    poll_every_sec = fields.Float(load_default=2.5, validate=validate.Range(min=0.1))
    methods = fields.Dict(fields.String(), fields.Nested(_MethodSchema), required=True)


def load(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ConfigError."""
    try:
        loaded: dict[str, Any] = ProtocolSchema().load(dict(raw))
    except ValidationError as error:
        raise ConfigError(f"The catalogue's protocol of turbotext: {error.messages}") from None
    return loaded

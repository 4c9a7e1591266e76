"""The catalogue of providers, their operations and what their settings may be.

It is read from `configs/providers.json` (PROVIDERS_FILE), so that limits and schemas change
without a release.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from marshmallow import INCLUDE, Schema, ValidationError, fields, post_load, validate

from photoai.errors import ConfigError, Sentence, SettingsInvalid
from photoai.services import faults

MEDIA_SUFFIX = "_media_id"


@dataclass(frozen=True)
class ModelEntry:
    """A provider's model. Prices are in USD: of an image by its size, of a million tokens by their
    kind (`input`, `image`, `text`, where thoughts are text; `audio` and `input_image` where sound
    or images that are sent cost something else), and what these will be from a day on. `successor`
    is the model that takes the place of one that is retired."""

    id: str
    title: str
    default: bool
    price_per_image: Mapping[str, float]
    price_per_million_tokens: Mapping[str, float]
    thinking_level: str | None
    retired_on: date | None
    later_prices_per_million_tokens: Mapping[date, Mapping[str, float]] = field(
        default_factory=dict
    )
    successor: str | None = None

    def is_retired(self, today: date) -> bool:
        return self.retired_on is not None and self.retired_on <= today

    def token_prices(self, today: date) -> Mapping[str, float]:
        """USD for a million tokens by their kind, as they are on that day."""
        begun = [day for day in self.later_prices_per_million_tokens if day <= today]
        later = self.later_prices_per_million_tokens
        return later[max(begun)] if begun else self.price_per_million_tokens


@dataclass(frozen=True)
class VideoEntry:
    """How a provider watches videos: its models in the order in which they are asked, one of them
    the default; a try may take `timeout_sec`; what is neither larger than `max_inline_mb` nor
    longer than `max_inline_sec` goes along with the question; `mime_names` are types that the
    provider calls by another name."""

    models: Mapping[str, ModelEntry]
    timeout_sec: float
    max_tries: int
    max_inline_mb: float
    max_inline_sec: float
    mime_names: Mapping[str, str]


@dataclass(frozen=True)
class ProviderEntry:
    """One provider's line: limits of its calls and the operations it has. A rung of a slot's ladder
    that asks it has `rung_sec` at least."""

    id: str
    title: str
    operations: tuple[str, ...]
    max_parallel_jobs: int
    max_parallel_per_slot: int | None
    timeout_sec: float
    allowed_mime: tuple[str, ...]
    max_file_size_mb: float
    max_side_px: int | None
    max_tries: int
    bad_answer_wait_sec: float
    settings_extensions: Mapping[str, Any]
    models: Mapping[str, ModelEntry]
    quotas: Mapping[str, int]
    protocol: Mapping[str, Any]  # what only the provider itself reads
    requires_public_media: bool = False  # it fetches photos by links to this server
    rung_sec: float = 10.0
    video: VideoEntry | None = None


@dataclass(frozen=True)
class OperationEntry:
    id: str
    title: str
    description: str
    needs: tuple[str, ...]
    settings_schema: Mapping[str, Any]


class _IngestSchema(Schema):
    class Meta:
        unknown = INCLUDE

    max_parallel_jobs = fields.Integer(required=True, validate=validate.Range(min=1))
    max_parallel_per_slot = fields.Integer(validate=validate.Range(min=1), load_default=None)
    timeout_sec = fields.Float(required=True, validate=validate.Range(min=1))
    allowed_mime = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    max_file_size_mb = fields.Float(required=True)
    max_side_px = fields.Integer(validate=validate.Range(min=64), load_default=None)
    max_tries = fields.Integer(validate=validate.Range(min=1), load_default=5)
    bad_answer_wait_sec = fields.Float(load_default=3.0)
    requires_public_media = fields.Boolean(load_default=False)
    rung_sec = fields.Float(validate=validate.Range(min=1), load_default=10.0)


class _ModelSchema(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    default = fields.Boolean(load_default=False)
    price_per_image = fields.Dict(fields.String(), fields.Float(), load_default=dict)
    price_per_million_tokens = fields.Dict(fields.String(), fields.Float(), load_default=dict)
    thinking_level = fields.String(load_default=None)
    retired_on = fields.Date(load_default=None)
    successor = fields.String(load_default=None)
    later_prices_per_million_tokens = fields.Dict(
        fields.Date(), fields.Dict(fields.String(), fields.Float()), load_default=dict
    )

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> ModelEntry:
        return ModelEntry(**data)


class _VideoSchema(Schema):
    models = fields.List(
        fields.Nested(_ModelSchema), required=True, validate=validate.Length(min=1)
    )
    timeout_sec = fields.Float(required=True, validate=validate.Range(min=1))
    max_tries = fields.Integer(validate=validate.Range(min=1), load_default=3)
    max_inline_mb = fields.Float(validate=validate.Range(0, 14), load_default=3.0)
    max_inline_sec = fields.Float(validate=validate.Range(min=0), load_default=15.0)
    mime_names = fields.Dict(fields.String(), fields.String(), load_default=dict)

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> VideoEntry:
        models = {model.id: model for model in data.pop("models")}
        return VideoEntry(models=models, **data)


class _ProviderSchema(Schema):
    class Meta:
        unknown = INCLUDE

    id = fields.String(required=True)
    title = fields.String(required=True)
    ingest = fields.Nested(_IngestSchema, required=True)
    operations = fields.List(fields.String(), required=True)
    settings_extensions = fields.Dict(load_default=dict)
    models = fields.List(fields.Nested(_ModelSchema), load_default=list)
    quotas = fields.Dict(
        fields.String(), fields.Integer(validate=validate.Range(min=1)), load_default=dict
    )
    protocol = fields.Dict(load_default=dict)
    video = fields.Nested(_VideoSchema, load_default=None)


class _OperationSchema(Schema):
    class Meta:
        unknown = INCLUDE

    title = fields.String(required=True)
    description = fields.String(load_default="")
    needs = fields.List(fields.String(), load_default=list)
    settings_schema = fields.Dict(required=True)


class _CatalogueSchema(Schema):
    class Meta:
        unknown = INCLUDE

    providers = fields.List(fields.Nested(_ProviderSchema), required=True)
    operations = fields.Dict(
        keys=fields.String(), values=fields.Nested(_OperationSchema), required=True
    )


class Catalogue:
    """Look-ups in the catalogue, and the one place that judges a slot's settings."""

    def __init__(
        self, providers: Mapping[str, ProviderEntry], operations: Mapping[str, OperationEntry]
    ) -> None:
        self.providers = providers
        self.operations = operations

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read and check the file.

        Raises:
            ConfigError: it is missing, not JSON, or names what it does not describe.
        """
        try:
            return _read(path.read_text(), path.name)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path.name} cannot be read: {error}") from None
        except ValidationError as error:
            raise ConfigError(f"{path.name}: {error.messages}") from None

    def schema(self, provider_id: str, operation_id: str) -> dict[str, Any]:
        """The JSON schema of an operation's settings at a provider.

        Raises:
            SettingsInvalid: there is no such provider or it has no such operation.
        """
        provider = self.providers.get(provider_id)
        if provider is None:
            raise _invalid({"provider_id": [Sentence("There is no such provider.")]})
        if operation_id not in provider.operations:
            none = Sentence("{provider} has no such operation.", provider=provider.title)
            raise _invalid({"operation_id": [none]})
        schema = copy.deepcopy(dict(self.operations[operation_id].settings_schema))
        schema["properties"].update(provider.settings_extensions.get(operation_id, {}))
        if provider.models:
            schema["properties"]["model"] = {"type": "string", "enum": list(provider.models)}
        return schema

    def settled(
        self, provider_id: str, operation_id: str, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The settings, checked against the schema, its defaults filled in.

        Raises:
            SettingsInvalid: `details` names every field by its path.
        """
        schema = self.schema(provider_id, operation_id)
        filled = with_whole_numbers(schema, with_defaults(schema, settings))
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        if problems := faults.by_path(validator.iter_errors(filled)):
            raise _invalid(problems)
        return filled

    def _check(self, name: str) -> None:
        for provider in self.providers.values():
            if unknown := set(provider.operations) - set(self.operations):
                raise ConfigError(f"{name}: {provider.id} names unknown operations {unknown}.")
            for models in (provider.models, provider.video.models if provider.video else {}):
                defaults = sum(model.default for model in models.values())
                if models and defaults != 1:
                    wrong = f"{provider.id} needs one default model, not {defaults}."
                    raise ConfigError(f"{name}: {wrong}")
                named = {model.successor for model in models.values() if model.successor}
                if unknown := named - set(models):
                    raise ConfigError(f"{name}: {provider.id} has no successors {unknown}.")
        for operation in self.operations.values():
            try:
                Draft202012Validator.check_schema(operation.settings_schema)
            except SchemaError as error:
                raise ConfigError(f"{name}: schema of {operation.id}: {error.message}") from None


@lru_cache(maxsize=4)
def _read(text: str, name: str) -> Catalogue:
    """Nothing changes a catalogue, so applications of one process may share theirs."""
    raw = _CatalogueSchema().load(json.loads(text))
    catalogue = Catalogue(
        {each["id"]: _provider(each) for each in raw["providers"]},
        {id_: _operation(id_, each) for id_, each in raw["operations"].items()},
    )
    catalogue._check(name)
    return catalogue


def media_ids(settings: Mapping[str, Any]) -> dict[str, str]:
    """The media a slot's settings name, by what they are for: `{"reference": "…"}`."""
    return {
        key.removesuffix(MEDIA_SUFFIX): value
        for key, value in settings.items()
        if key.endswith(MEDIA_SUFFIX) and isinstance(value, str)
    }


def with_defaults(schema: Mapping[str, Any], value: Any) -> Any:
    """A copy of `value` with the schema's defaults where it says nothing."""
    if not isinstance(value, Mapping):
        return value
    filled = dict(value)
    for key, rule in schema.get("properties", {}).items():
        if key in filled:
            filled[key] = with_defaults(rule, filled[key])
        elif "default" in rule:
            filled[key] = copy.deepcopy(rule["default"])
        elif rule.get("type") == "object" and (inner := with_defaults(rule, {})):
            filled[key] = inner
    return filled


def with_whole_numbers(schema: Mapping[str, Any], value: Any) -> Any:
    """A copy of `value` with 92 for 92.0 where the schema wants an integer: JSON schema takes both,
    the libraries that read settings do not."""
    if isinstance(value, Mapping):
        rules = schema.get("properties", {})
        # No deeper than the schema: what it does not know may be nested without end.
        return {
            key: with_whole_numbers(rules[key], each) if key in rules else each
            for key, each in value.items()
        }
    if schema.get("type") == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _invalid(problems: dict[str, list[str]]) -> SettingsInvalid:
    return SettingsInvalid(details=problems)


def _provider(raw: dict[str, Any]) -> ProviderEntry:
    ingest = raw["ingest"]
    return ProviderEntry(
        id=raw["id"],
        title=raw["title"],
        operations=tuple(raw["operations"]),
        max_parallel_jobs=ingest["max_parallel_jobs"],
        max_parallel_per_slot=ingest["max_parallel_per_slot"],
        timeout_sec=ingest["timeout_sec"],
        allowed_mime=tuple(ingest["allowed_mime"]),
        max_file_size_mb=ingest["max_file_size_mb"],
        max_side_px=ingest["max_side_px"],
        max_tries=ingest["max_tries"],
        bad_answer_wait_sec=ingest["bad_answer_wait_sec"],
        settings_extensions=raw["settings_extensions"],
        models={model.id: model for model in raw["models"]},
        quotas=raw["quotas"],
        protocol=raw["protocol"],
        requires_public_media=ingest["requires_public_media"],
        rung_sec=ingest["rung_sec"],
        video=raw["video"],
    )


def _operation(id_: str, raw: dict[str, Any]) -> OperationEntry:
    return OperationEntry(
        id=id_,
        title=raw["title"],
        description=raw["description"],
        needs=tuple(raw["needs"]),
        settings_schema=raw["settings_schema"],
    )

"""A provider and an operation as a slot's page shows them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from photoai.services.catalogue import OperationEntry, ProviderEntry

from ..context import services
from .fields import Field, fields_of

FILE = ".file"
# How long an image waits for its slot to be saved; a saved slot keeps it as long as it names it.
MEDIA_WAITS_SEC = 172_800


@dataclass(frozen=True)
class Choice:
    """A provider, one of its operations, and the fields of its settings with their values."""

    provider: ProviderEntry
    operation: OperationEntry
    schema: Mapping[str, Any]
    values: Mapping[str, Any]

    @property
    def fields(self) -> list[Field]:
        return [each for each in fields_of(self.schema, self.values) if each.kind != "media"]

    @property
    def media(self) -> list[Field]:
        return [each for each in fields_of(self.schema, self.values) if each.kind == "media"]

    @property
    def operations(self) -> list[OperationEntry]:
        known = services().catalogue.operations
        return [known[operation_id] for operation_id in self.provider.operations]

    @property
    def model(self) -> str | None:
        """What the provider's model is called, when nothing else is chosen its default."""
        models = self.provider.models
        named = models.get(str(self.values.get("model", "")))
        default = next((each for each in models.values() if each.default), None)
        model = named or default
        return model.title if model else None

    def holding(self, values: Mapping[str, Any]) -> Choice:
        return dataclasses.replace(self, values=values)

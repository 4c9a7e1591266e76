"""What a slot's form shows and brings."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from flask import request
from werkzeug.datastructures import FileStorage

from photoai.models import Slot
from photoai.schemas.slots import slot_update
from photoai.services.accounts import Caller
from photoai.services.catalogue import OperationEntry, ProviderEntry
from photoai.services.ingest import Form
from photoai.services.slots import SlotUpdate

from ..context import services
from .fields import Field, fields_of, settings_from

SETTINGS, FILE, SECOND = "settings.", ".file", "second"
# How long an image waits for its slot to be saved; a saved slot keeps it as long as it names it.
MEDIA_WAITS_SEC = 172_800
PIECE_BYTES = 1 << 20


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


def chosen(slot: Slot, given: Mapping[str, str]) -> Choice:
    """What was asked for, what the slot has, or the first there is; in this order."""
    known = services().catalogue.providers
    provider = known.get(given.get("provider_id") or slot.provider_id or "") or _first_ready()
    asked = given.get("operation_id") or slot.operation_id
    operation_id = asked if asked in provider.operations else provider.operations[0]
    return Choice(
        provider,
        services().catalogue.operations[operation_id],
        services().catalogue.schema(provider.id, operation_id),
        slot.settings_json,
    )


def typed_settings(choice: Choice, form: Mapping[str, str]) -> dict[str, Any]:
    """The settings as they stand in the form, the images it names among them."""
    settings: dict[str, Any] = settings_from(choice.schema, form, SETTINGS)
    return settings


def media_sent(caller: Caller, choice: Choice) -> dict[str, str]:
    """The images the form brought with it, registered, by the setting they are for.

    Raises:
        PhotoaiError: one of them is no image that is taken.
    """
    found = {}
    for each in choice.media:
        file = request.files.get(SETTINGS + each.path + FILE)
        if file and file.filename:
            media = services().media.register(caller, cast(BinaryIO, file.stream), MEDIA_WAITS_SEC)
            found[each.path] = media.id
    return found


def update_of(slot: Slot, form: Mapping[str, str], media: Mapping[str, str]) -> SlotUpdate:
    """What the form saves. Raises Invalid."""
    choice = chosen(slot, form)
    settings = {**typed_settings(choice, form), **media}
    if SECOND + ".there" in form and SECOND not in form:
        settings = {name: each for name, each in settings.items() if name not in _media(choice)}
    version = form.get("version", "")
    return slot_update(
        {
            "name": form.get("name", ""),
            "provider_id": choice.provider.id,
            "operation_id": choice.operation.id,
            "settings_json": settings,
            "client_profile": form.get("client_profile", slot.client_profile),
            "version": int(version) if version.isdecimal() else None,
        }
    )


class KeptFile:
    """A file that came with a page's form, given on as uploads are."""

    def __init__(self, file: FileStorage | None) -> None:
        self._file = file

    def __enter__(self) -> KeptFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def give(self, into: BinaryIO) -> Form:
        if self._file is None or not self._file.filename:
            return Form({}, 0, 0, hashlib.sha256().hexdigest(), file_name="")
        digest, size = hashlib.sha256(), 0
        while piece := self._file.stream.read(PIECE_BYTES):
            into.write(piece)
            digest.update(piece)
            size += len(piece)
        return Form({}, 1, size, digest.hexdigest(), file_name=self._file.filename)


def _media(choice: Choice) -> set[str]:
    return {each.path for each in choice.media}


def _first_ready() -> ProviderEntry:
    known = services().catalogue.providers
    ready = (entry for entry in known.values() if services().providers.configured(entry.id))
    return next(ready, next(iter(known.values())))

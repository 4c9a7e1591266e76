"""What a slot's form shows and brings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from flask import request
from werkzeug.datastructures import FileStorage

from photoai.models import Slot
from photoai.schemas.slots import slot_update
from photoai.services.accounts import Caller
from photoai.services.catalogue import ProviderEntry
from photoai.services.ingest import Form
from photoai.services.slots import SlotUpdate

from ..context import services
from .fields import settings_from
from .forms import whole
from .slot_choice import FILE, MEDIA_WAITS_SEC, Choice
from .slot_ladder import ladder_sent

SETTINGS, SECOND = "settings.", "second"
PIECE_BYTES = 1 << 20


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


def update_of(
    caller: Caller, slot: Slot, form: Mapping[str, str], media: Mapping[str, str]
) -> SlotUpdate:
    """What the form saves. Raises Invalid, and PhotoaiError for an image that is not taken."""
    choice = chosen(slot, form)
    settings = {**typed_settings(choice, form), **media}
    if SECOND + ".there" in form and SECOND not in form:
        settings = {name: each for name, each in settings.items() if name not in _media(choice)}
    version = form.get("version", "")
    ladder = ladder_sent(caller, form)
    return slot_update(
        {
            **({} if ladder is None else {"ladder": ladder}),
            "name": form.get("name", ""),
            "provider_id": choice.provider.id,
            "operation_id": choice.operation.id,
            "settings_json": settings,
            "client_profile": form.get("client_profile", slot.client_profile),
            "version": whole(version),
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

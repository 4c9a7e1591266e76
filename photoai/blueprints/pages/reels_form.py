"""The form of an analysis: what was typed, the order it makes, and what is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask_babel import gettext
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from photoai.errors import FileMissing, FileUnknown, Invalid, Malformed, PhotoaiError
from photoai.errors.reels import ReelTooLarge, ReelTooLong, ReelTypeNotTaken
from photoai.models import FileKind, Job, UserFile
from photoai.schemas.reels import ReelOrderSchema
from photoai.services.accounts import Caller
from photoai.services.files import FileQuery
from photoai.services.providers import VIDEOS
from photoai.services.reels import ReelOrder

from .. import errors
from ..bodies import UNWRITABLE
from ..context import services
from .studio_problems import Problems

FILE = "file_id"
USUAL = {FILE: "", "target_language": "ru", "variants": "1"}
OF_THE_FILE = (FileMissing, FileUnknown, ReelTooLarge, ReelTooLong, ReelTypeNotTaken)
CHOOSABLE = 50


@dataclass(frozen=True)
class Typed:
    """The form as it stands: text for every field."""

    values: Mapping[str, str]

    def order(self) -> ReelOrder:
        """Raises Invalid."""
        try:
            order: ReelOrder = ReelOrderSchema().load(self.values)
        except ValidationError as error:
            raise Invalid(details=error.normalized_messages()) from None
        return order

    def of(self, file: UserFile) -> Typed:
        return dataclasses.replace(self, values={**self.values, FILE: file.id})


def empty(caller: Caller, file_id: str | None) -> Typed:
    """With the file that is asked for, if any."""
    chosen = _file(caller, file_id)
    return Typed(USUAL).of(chosen) if chosen else Typed(USUAL)


def posted(form: MultiDict[str, str]) -> Typed:
    """What a form brings. Raises Malformed: characters that nobody can keep."""
    if any(UNWRITABLE.search(text) for text in form.values()):
        raise Malformed
    return Typed({name: form.get(name, usual).strip() for name, usual in USUAL.items()})


def of_job(job: Job) -> Typed:
    """What an analysis was ordered with, to be changed and ordered again."""
    order = ReelOrder.from_json(job.params)
    said = {"target_language": order.target_language, "variants": str(order.variants)}
    return Typed({**USUAL, **said, FILE: order.file_id or ""})


def choices(caller: Caller, chosen: str | None = None) -> Sequence[UserFile]:
    """The newest of the caller's videos that are taken, and the one that is chosen already."""
    query = FileQuery(kind=FileKind.VIDEO, page_size=CHOOSABLE)
    found = [file for file in services().files.page(caller, query).files if file.mime in VIDEOS]
    if all(file.id != chosen for file in found) and (file := _file(caller, chosen)):
        found.append(file)
    return found


def problems_of(error: PhotoaiError | None) -> Problems:
    """What an error says of the form."""
    if error is None:
        return Problems()
    message, details = gettext(error.message), errors.said(error.details)
    if isinstance(error, OF_THE_FILE):
        return Problems(message, {FILE: message})
    beside = {
        name: " ".join(map(str, told)) for name, told in details.items() if isinstance(told, list)
    }
    return Problems(message, beside)


def _file(caller: Caller, file_id: str | None) -> UserFile | None:
    with suppress(FileUnknown):
        return services().files.get(caller, file_id) if file_id else None
    return None

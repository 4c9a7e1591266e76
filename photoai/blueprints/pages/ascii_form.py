"""The form of an ASCII video: what was typed, the order it makes, and what is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from photoai.errors import (
    CharsetInvalid,
    ClipWithoutVideo,
    EditFileUnfit,
    FileMissing,
    FileUnknown,
    Malformed,
    PhotoaiError,
)
from photoai.models import FileKind, Job, UserFile
from photoai.schemas.ascii import defaults_of, form_properties
from photoai.services.accounts import Caller
from photoai.services.conversions import ConversionOrder
from photoai.services.files import FileQuery

from .. import errors
from ..ascii import order_of
from ..bodies import UNWRITABLE
from ..context import config, services
from .studio_problems import Problems

YES, NO = "true", "false"
FILE = "file_id"
# What a form does not say of a box that is not ticked.
BOXES = ("save_mp4", "gif", "save_txt", "save_png", "shapes", "transparent_bg")
TICKED = {"save_mp4"}
TYPED = (
    FILE, "style", "charset", "color", "text_color", "bg_color", "width", "brightness",
    "contrast", "gamma", "dither", "steadiness", "fps", "crf",
)  # fmt: skip
STEPS = {"width": 1, "crf": 1}
STEP = 0.05
OF_THE_FILE = (ClipWithoutVideo, EditFileUnfit, FileMissing, FileUnknown)
CHOOSABLE = 50
GIF = "image/gif"


@dataclass(frozen=True)
class Slider:
    """A number with its limits."""

    least: float
    most: float
    step: float
    usual: str


@dataclass(frozen=True)
class Typed:
    """The form as it stands: text for every field, `true` or `false` for a box."""

    values: Mapping[str, str]

    def order(self) -> ConversionOrder:
        """Raises Invalid, CharsetInvalid."""
        return order_of(self.values)

    def of(self, file: UserFile) -> Typed:
        return dataclasses.replace(self, values={**self.values, FILE: file.id})

    def has(self, name: str) -> bool:
        """Whether the box is ticked."""
        return self.values.get(name) == YES


def usual() -> Mapping[str, str]:
    """What a form begins with, and goes back to."""
    known = {name: rule.get("default", "") for name, rule in form_properties().items()}
    known |= defaults_of(config())
    return {name: _text(known[name]) for name in TYPED} | {
        name: YES if name in TICKED else NO for name in BOXES
    }


def empty(caller: Caller, file_id: str | None) -> Typed:
    """With the file that is asked for, else the newest that will do."""
    chosen = _file(caller, file_id) or next(iter(choices(caller)), None)
    typed = Typed(usual())
    return typed.of(chosen) if chosen else typed


def posted(form: MultiDict[str, str]) -> Typed:
    """What a form brings. Raises Malformed: characters that nobody can keep."""
    if any(UNWRITABLE.search(text) for text in form.values()):
        raise Malformed
    # A blank at either end of a charset is one of its characters.
    typed = {name: form.get(name, "") for name in TYPED}
    return Typed(typed | {name: form.get(name, NO) for name in BOXES})


def of_job(job: Job) -> Typed:
    """What a conversion was ordered with, to be changed and ordered again."""
    order = ConversionOrder.from_json(job.params)
    look = order.look.as_json()
    said = {
        **look, "transparent_bg": look["transparent"], "fps": order.fps, "crf": order.crf,
        "save_mp4": order.save_mp4, "gif": order.save_gif, "save_txt": order.save_txt,
        "save_png": order.save_png, FILE: order.file_id,
    }  # fmt: skip
    return Typed({name: _text(said[name]) for name in (*TYPED, *BOXES)})


def sliders() -> Mapping[str, Slider]:
    """Every number of the form, by its name."""
    start = usual()
    return {
        name: Slider(rule["minimum"], rule["maximum"], STEPS.get(name, STEP), start[name])
        for name, rule in form_properties().items()
        if "minimum" in rule and name in start
    }


def choices(caller: Caller, chosen: str | None = None) -> Sequence[UserFile]:
    """The newest of the caller's files that move, and the one that is chosen already."""
    videos, images = (
        services().files.page(caller, FileQuery(kind=kind, page_size=CHOOSABLE)).files
        for kind in (FileKind.VIDEO, FileKind.IMAGE)
    )
    found = [*videos, *(file for file in images if file.mime == GIF)]
    if all(file.id != chosen for file in found) and (file := _file(caller, chosen)):
        found.append(file)
    return sorted(found, key=lambda file: file.created_at, reverse=True)


def problems_of(error: PhotoaiError | None) -> Problems:
    """What an error says of the form."""
    if error is None:
        return Problems()
    message, details = gettext(error.message), errors.said(error.details)
    if isinstance(error, CharsetInvalid):
        return Problems(message, {"charset": str(details.get("reason", message))})
    if isinstance(error, OF_THE_FILE):
        return Problems(message, {FILE: message})
    beside = {
        name: " ".join(map(str, told)) for name, told in details.items() if isinstance(told, list)
    }
    return Problems(message, beside)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _file(caller: Caller, file_id: str | None) -> UserFile | None:
    with suppress(FileUnknown):
        return services().files.get(caller, file_id) if file_id else None
    return None

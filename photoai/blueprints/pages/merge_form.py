"""The form of a merge: what was typed, the order it makes, and what is wrong with which row."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from flask_babel import gettext
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from photoai.errors import FileUnknown, Invalid, Malformed, PhotoaiError
from photoai.models import Job, UserFile
from photoai.schemas.merge import MergeOrderSchema
from photoai.services.merges import MOST_CLIPS, MergeOrder, MergeSettings

from .. import guard
from ..bodies import UNWRITABLE
from ..context import services

CLIPS = "video_urls"
SETTINGS = tuple(field.name for field in dataclasses.fields(MergeSettings))
FIRST_ROWS = 2
WISHES, LONGEST_WISH = "wish", 300


@dataclass(frozen=True)
class Row:
    """One clip of the form: an address as it was typed, or one of the visitor's files; `wish` is
    what a script wants to be seen in it."""

    source: str = ""
    file: UserFile | None = None
    problem: str = ""
    wish: str = ""


@dataclass(frozen=True)
class Typed:
    """The form as it stands, its empty rows last; `settings` hold text where the order has
    numbers."""

    rows: tuple[Row, ...]
    settings: Mapping[str, str]

    def order(self) -> MergeOrder:
        """Raises Invalid."""
        given: dict[str, Any] = {name: text for name, text in self.settings.items() if text}
        given[CLIPS] = [row.source for row in self.rows if row.source]
        try:
            order: MergeOrder = MergeOrderSchema().load(given)
        except ValidationError as error:
            raise Invalid(details=error.normalized_messages()) from None
        return order

    def refused(self, error: PhotoaiError) -> Typed:
        """The same with what was wrong beside the rows it was wrong with."""
        wrong = _wrong_clips(error)
        rows = [
            dataclasses.replace(row, problem=wrong.get(at, "")) for at, row in enumerate(self.rows)
        ]
        return dataclasses.replace(self, rows=tuple(rows))

    @property
    def wrong_clip(self) -> int | None:
        """The number of the first row with a problem, from 1 on."""
        return next((at for at, row in enumerate(self.rows, 1) if row.problem), None)


def empty() -> Typed:
    return Typed(_with_room(()), _defaults())


def of_script(script: Sequence[Mapping[str, str]], *, is_upright: bool) -> Typed:
    """A row for each of its first steps, to be filled with what was filmed by it."""
    wishes = (f"{step['time']} — {step['visual']}" for step in script[:MOST_CLIPS])
    rows = tuple(Row(wish=wish[:LONGEST_WISH]) for wish in wishes)
    shape = {"aspect_ratio": "9:16"} if is_upright else {}
    return Typed(_with_room(rows), _defaults() | shape)


def posted(form: MultiDict[str, str]) -> Typed:
    """What a form brings. Raises Malformed: characters that nobody can keep."""
    if any(UNWRITABLE.search(text) for text in form.values()):
        raise Malformed
    # Every row has both fields.
    typed = zip_longest(form.getlist(CLIPS), form.getlist(WISHES)[:MOST_CLIPS], fillvalue="")
    given = [(source.strip(), wish[:LONGEST_WISH]) for source, wish in typed]
    rows = tuple(Row(source, _file(source), wish=wish) for source, wish in given if source or wish)
    return Typed(_with_room(rows), {name: form.get(name, "").strip() for name in SETTINGS})


def of_job(job: Job) -> Typed:
    """What a merge was ordered with, to be changed and ordered again."""
    sources = [source.get("url") or source["file_id"] for source in job.params.get("sources", ())]
    settings = {name: str(value) for name, value in job.params.get("settings", {}).items()}
    return Typed(_with_room(_rows(sources)), _defaults() | settings)


def says_of_settings(error: PhotoaiError) -> Mapping[str, str]:
    """What is wrong with each setting."""
    return {
        name: " ".join(gettext(str(each)) for each in told)
        for name, told in error.details.items()
        if name in SETTINGS and isinstance(told, list)
    }


def says(error: PhotoaiError) -> str:
    """What is wrong with the whole of it, in a sentence."""
    if isinstance(error.details.get(CLIPS), list):
        return gettext("One to %(most)s clips are needed.", most=MOST_CLIPS)
    return gettext(error.message)


def _wrong_clips(error: PhotoaiError) -> dict[int, str]:
    """By the index in the order."""
    if (index := error.details.get("clip_index")) is not None:
        return {index: gettext(error.message)}
    told = error.details.get(CLIPS)
    if not isinstance(told, dict):
        return {}
    return {
        int(index): " ".join(gettext(str(each)) for each in said) for index, said in told.items()
    }


def _rows(sources: Sequence[str]) -> tuple[Row, ...]:
    return tuple(Row(source, _file(source)) for source in sources)


def _file(source: str) -> UserFile | None:
    with suppress(FileUnknown, ValueError):
        return services().files.get(guard.caller(), str(uuid.UUID(source)))
    return None


def _with_room(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return rows + (Row(),) * (FIRST_ROWS - len(rows))


def _defaults() -> dict[str, str]:
    return {name: str(value) for name, value in MergeSettings().as_json().items()}

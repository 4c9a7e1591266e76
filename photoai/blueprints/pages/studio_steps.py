"""The form of a task as its page shows it: operations with the files and settings of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from photoai.errors import FileUnknown
from photoai.models import UserFile
from photoai.schemas.edits import INSIDE, TYPES
from photoai.services.accounts import Caller
from photoai.services.files import FileQuery

from ..context import services
from . import studio_typed
from .studio_fields import Field, fields_of
from .studio_problems import Problems
from .studio_typed import COMBINED, OPERATIONS, Step, Typed

CHOOSABLE = 100  # newest files of each kind
OF_THE_WHOLE = "quality"

Known = Mapping[str, Sequence[UserFile]]


@dataclass(frozen=True)
class FileRow:
    name: str
    file: UserFile | None


@dataclass(frozen=True)
class PlaceShown:
    """Where files of these kinds are chosen; `choices` are those one has."""

    name: str
    title: str
    kinds: tuple[str, ...]
    rows: Sequence[FileRow]
    choices: Sequence[UserFile]
    least: int
    most: int
    unless: str | None

    @property
    def has_several(self) -> bool:
        return self.most > 1


@dataclass(frozen=True)
class StepShown:
    path: str
    type: str
    title: str
    places: Sequence[PlaceShown]
    fields: Sequence[Field]


@dataclass(frozen=True)
class FormShown:
    """`whole` are the settings of a combined task beside its operations; `inside` the types that
    may be among them, with their titles."""

    type: str
    title: str
    description: str
    steps: Sequence[StepShown]
    whole: Sequence[Field]
    inside: Mapping[str, str]
    most_steps: int

    @property
    def is_combined(self) -> bool:
        return self.type == COMBINED


def form_shown(caller: Caller, typed: Typed) -> FormShown:
    schemas, steps = studio_typed.schemas(), typed.steps
    known = _known(caller, steps)
    is_combined = typed.type == COMBINED
    config, whole = schemas[typed.type]["config"], typed.said.get("config", {})
    most_steps = config["properties"][OPERATIONS]["maxItems"] if is_combined else 1
    return FormShown(
        type=typed.type,
        title=schemas[typed.type]["title"],
        description=schemas[typed.type]["description"],
        steps=[_step(step, schemas[step.type], known, is_combined) for step in steps],
        whole=[
            field for field in fields_of(config, whole) if is_combined and field.name != OPERATIONS
        ],
        inside={kind: schemas[kind]["title"] for kind in INSIDE},
        most_steps=most_steps,
    )


def prefilled(caller: Caller, kind: str, wanted: Iterable[str]) -> Typed:
    """An empty form of this type. The files that are wanted stand at the first places they fit;
    what else is needed are the newest files, each once."""
    first = TYPES[studio_typed.FIRST_INSIDE] if kind == COMBINED else TYPES[kind]
    taken: set[str] = set()
    first_of_all = [file for id_ in wanted if (file := _file(caller, id_)) is not None]
    files = []
    for place in first.places:
        # Of several kinds that will do, the first is the usual one.
        usual = [file for each in place.kinds for file in _newest(caller, each)]
        fitting = (file.id for file in first_of_all + usual if file.kind in place.kinds)
        chosen = [id_ for id_ in dict.fromkeys(fitting) if id_ not in taken][: place.least]
        taken.update(chosen)
        files.append(chosen)
    return studio_typed.fresh(kind, files)


def _step(step: Step, told: Mapping[str, Any], known: Known, is_combined: bool) -> StepShown:
    fields = fields_of(told["config"], step.config, f"{step.path}config")
    titles = [place["title"] for place in told["inputs"]][-len(step.places) :]
    places = enumerate(titles[: len(step.places)])
    return StepShown(
        path=step.path,
        type=step.type,
        title=told["title"],
        places=[_place(step, at, title, known) for at, title in places],
        fields=[field for field in fields if not (is_combined and field.name == OF_THE_WHOLE)],
    )


def _place(step: Step, at: int, title: str, known: Known) -> PlaceShown:
    place, name = step.places[at], f"{step.path}files.{at}"
    kinds = tuple(kind.value for kind in place.kinds)
    choices = sorted(
        (file for kind in kinds for file in known[kind]),
        key=lambda file: file.created_at, reverse=True,
    )  # fmt: skip
    by_id = {file.id: file for file in choices}
    rows = [FileRow(f"{name}.{row}", by_id.get(id_)) for row, id_ in enumerate(step.files[at])]
    return PlaceShown(
        name, title, kinds, rows, choices, place.least, place.most, place.unless
    )  # fmt: skip


def _known(caller: Caller, steps: Sequence[Step]) -> Known:
    """The newest files of every kind that is needed, and whatever is chosen already."""
    kinds = {kind for step in steps for place in step.places for kind in place.kinds}
    found = {kind.value: [*_newest(caller, kind)] for kind in kinds}
    ids = {file.id for files in found.values() for file in files}
    for id_ in dict.fromkeys(id_ for step in steps for _, id_ in step.chosen):
        file = None if id_ in ids else _file(caller, id_)
        if file is not None and file.kind in found:
            found[file.kind].append(file)
    return found


def _newest(caller: Caller, kind: str) -> Sequence[UserFile]:
    return services().files.page(caller, FileQuery(kind=kind, page_size=CHOOSABLE)).files


def _file(caller: Caller, file_id: str) -> UserFile | None:
    with suppress(FileUnknown):
        return services().files.get(caller, file_id)
    return None


def unplaced(problems: Problems, form: FormShown) -> list[str]:
    """What is wrong and has no field of its own on the page."""
    shown = set(_names(form))
    return [text for name, text in (problems.beside or {}).items() if name not in shown]


def _names(form: FormShown) -> Iterator[str]:
    for step in form.steps:
        yield f"{step.path}type"
        yield from (row.name for place in step.places for row in place.rows)
        yield from _paths(step.fields)
    yield from _paths(form.whole)


def _paths(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        yield field.path
        yield from _paths(field.inner)
        for row in field.rows:
            yield from _paths(row)

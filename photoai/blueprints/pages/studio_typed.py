"""A task as its form holds it: what was typed, and the order that makes.

All of it is JSON as the form's fields are named: `files` are lists of ids by place, "" where none
is chosen yet, `config` is that of the type. The operations of a combined task stand in its
`config.operations`, each with a `type`, `files` and `config` of its own.
"""

from __future__ import annotations

import copy
import functools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale, gettext
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from photoai.errors import Invalid, Malformed, Sentence
from photoai.models import Job
from photoai.schemas.edits import INSIDE, TYPES, Place, TaskOrderSchema
from photoai.schemas.edits.describing import described
from photoai.services.edits import EditOrder

from ..bodies import UNWRITABLE
from . import studio_kept
from .forms import whole
from .studio_fields import SOLID

COMBINED, FIRST_INSIDE, OPERATIONS = "combined", "trim", "operations"
# Rows that a page can show, and characters of theirs, each six bytes of a form at most.
LONGEST_LIST, MOST_TYPED = 200, 100_000
FILES = "files"
CHOOSE = Sentence("Choose a file.")
HERE = ""  # of a node of the form: its own value, beside its parts

Json = dict[str, Any]
Node = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """An operation of the form. `path` is what its fields' names begin with, `places` are those
    of the files it takes at its turn."""

    path: str
    type: str
    places: Sequence[Place]
    files: Sequence[Sequence[str]]
    config: Mapping[str, Any]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The name of each row that holds a file, and the file's id; in the order of the order."""
        return [
            (f"{self.path}files.{at}.{row}", file_id)
            for at, place in enumerate(self.files)
            for row, file_id in enumerate(place)
            if file_id
        ]

    @property
    def unfilled(self) -> Iterator[str]:
        """The names of rows that need a file."""
        for at, (place, rows) in enumerate(zip(self.places, self.files, strict=True)):
            missing = place.least - sum(map(bool, rows))
            empty = [row for row, file_id in enumerate(rows) if not file_id]
            yield from (f"{self.path}files.{at}.{row}" for row in empty[: max(0, missing)])


@dataclass(frozen=True)
class Typed:
    """`is_cut`: it was ordered with lists too long for a page, and they are left out."""

    type: str
    said: Json
    is_cut: bool = False

    @property
    def steps(self) -> list[Step]:
        if self.type != COMBINED:
            return [_step(self.said | {"type": self.type}, "", first=True)]
        return [
            _step(each, f"config.{OPERATIONS}.{at}.", first=at == 0)
            for at, each in enumerate(self.said["config"][OPERATIONS])
        ]

    def order(self) -> EditOrder:
        """Raises Invalid: `details` by the names of the form's fields, or by the order's."""
        empty = [name for step in self.steps for name in step.unfilled]
        if empty:
            raise Invalid(details={name: [CHOOSE] for name in empty})
        try:
            order: EditOrder = TaskOrderSchema().load(self._as_json())
        except ValidationError as error:
            raise Invalid(details=error.normalized_messages()) from None
        return order

    def changed(self, change: str) -> Typed:
        """With a row added, removed, or moved up or down: `add:config.texts`, `up:files.0.1`. What
        cannot be is left alone."""
        what, _, path = change.partition(":")
        said, parts = copy.deepcopy(self.said), path.split(".")
        if what == "add":
            rows = _at(said, parts)
            if isinstance(rows, list) and parts[-1] != FILES:
                rows.append(_new_row(path))
        elif what in {"remove", "up", "down"} and len(parts) > 1:
            *around, last = parts
            _moved(_at(said, around), what, _row(last))
        return Typed(self.type, said)

    def _as_json(self) -> Json:
        if self.type != COMBINED:
            files = [each for _, each in self.steps[0].chosen]
            return {"type": self.type, "input_files": files, "config": self.said["config"]}
        operations = [
            {"type": step.type, "input_files": [each for _, each in step.chosen],
             "config": dict(step.config)}
            for step in self.steps
        ]  # fmt: skip
        return {"type": COMBINED, "config": self.said["config"] | {OPERATIONS: operations}}


def schemas() -> Mapping[str, Json]:
    """Every type as its clients are told of it, in the visitor's language."""
    return _schemas(str(get_locale()))


@functools.cache
def _schemas(language: str) -> Mapping[str, Json]:
    """Translated once: that takes a quarter of a page's time."""
    return {each["type"]: each for each in described(gettext)}


def fresh(kind: str, files: Sequence[Sequence[str]] = ()) -> Typed:
    """An empty form, with these files at its places."""
    if kind == COMBINED:
        first = {"type": FIRST_INSIDE, "files": [[*each] for each in files], "config": {}}
        return Typed(kind, {"config": {OPERATIONS: [first]}})
    return Typed(kind, {"files": [[*each] for each in files], "config": {}})


def of_job(job: Job) -> Typed:
    """What a task was ordered with, to be changed and ordered again."""
    order = EditOrder.from_json(job.kind, job.params)
    steps = [
        {
            "type": each.type,
            "files": _placed(each.type, at, each.input_files),
            **_short(each.config),
        }
        for at, each in enumerate(order.operations)
    ]
    is_cut = any(step.pop("is_cut") for step in steps)
    if order.is_combined:
        return Typed(job.kind, {"config": {**order.config, OPERATIONS: steps}}, is_cut)
    return Typed(job.kind, steps[0], is_cut)


def posted(form: MultiDict[str, str]) -> Typed:
    """What a form brings. Raises Malformed: characters that nobody can keep, or no such type."""
    if any(UNWRITABLE.search(text) for text in form.values()):
        raise Malformed
    tree, kind = _tree(form), form.get("type", "")
    if kind not in TYPES:
        raise Malformed
    config = tree.get("config", {})
    if kind != COMBINED:
        return Typed(kind, _operation(kind, tree, config))
    whole = config_of(schemas()[kind]["config"], config)
    rows = [config[OPERATIONS][at] for at in _rows(config.get(OPERATIONS, {}))]
    steps = [_operation_of(row) for row in rows]
    return Typed(kind, {"config": whole | {OPERATIONS: steps}})


def config_of(schema: Mapping[str, Any], node: Node) -> Json:
    """The part of a config that these fields bring: text where JSON has numbers, nothing for what
    was left empty. What is no number stays text, for the schema to refuse."""
    found = {}
    for name, rule in schema.get("properties", {}).items():
        if name in node and name != OPERATIONS:
            value = _value(rule, node[name])
            if value is not None:
                found[name] = value
    kept = {name: studio_kept.read(node[name][HERE], found) for name in _unseen(schema, node)}
    return found | {name: value for name, value in kept.items() if value is not None}


def _unseen(schema: Mapping[str, Any], node: Node) -> list[str]:
    """The lists that came along in one field."""
    lists = [name for name, rule in schema.get("properties", {}).items() if "items" in rule]
    return [name for name in lists if HERE in node.get(name, {})]


def _operation_of(row: Node) -> Json:
    kind = row.get("type", {}).get(HERE, FIRST_INSIDE)
    kind = kind if kind in INSIDE else FIRST_INSIDE
    return {"type": kind} | _operation(kind, row, row.get("config", {}))


def _operation(kind: str, node: Node, config: Node) -> Json:
    files = node.get("files", {})
    return {
        "files": [
            [files[place][row].get(HERE, "") for row in _rows(files[place])]
            for place in _rows(files)
        ],
        "config": config_of(schemas()[kind]["config"], config),
    }


def _step(said: Json, path: str, *, first: bool) -> Step:
    kind = TYPES[said["type"]]
    places = kind.places if first else kind.places_beside
    given = [*said.get("files", ())]
    files = said["files"] = [
        _with_room(place, given[at] if at < len(given) else []) for at, place in enumerate(places)
    ]
    return Step(path, said["type"], places, files, said.get("config", {}))


def _with_room(place: Place, files: list[str]) -> list[str]:
    kept = files[: place.most]
    return kept + [""] * (max(1, place.least) - len(kept))


def _new_row(path: str) -> Any:
    if path == f"config.{OPERATIONS}":
        return {"type": "text_overlay", "files": [], "config": {}}
    return "" if FILES in path.split(".") else {}


def _row(part: str) -> int:
    """The number of one, -1 for what names none."""
    number = whole(part) if part.isdecimal() else None
    return -1 if number is None else number


def _at(said: Any, path: Sequence[str]) -> Any:
    """What stands there, None for what is not there; a list that may be there is made."""
    for part, after in zip(path, [*path[1:], None], strict=True):
        if isinstance(said, list):
            said = said[at] if 0 <= (at := _row(part)) < len(said) else None
        elif isinstance(said, dict):
            said = said.setdefault(part, []) if after is None else said.get(part)
        else:
            return None
    return said


def _moved(rows: Any, what: str, at: int) -> None:
    if not isinstance(rows, list) or not 0 <= at < len(rows):
        return
    row = rows.pop(at)
    if what != "remove":
        rows.insert(max(0, at - 1) if what == "up" else at + 1, row)


def _placed(kind: str, at: int, ids: Sequence[str]) -> list[list[str]]:
    places = TYPES[kind].places if at == 0 else TYPES[kind].places_beside
    left, found = [*ids], []
    for place in places:
        found.append(left[: place.most])
        left = left[place.most :]
    return found


def _short(config: Mapping[str, Any]) -> Json:
    long = {name for name, value in config.items() if _is_long(_list(value))}
    kept = {name: value for name, value in config.items() if name not in long}
    return {"config": kept, "is_cut": bool(long)}


def _is_long(rows: Sequence[Any]) -> bool:
    return len(rows) > LONGEST_LIST or len(json.dumps(rows, ensure_ascii=False)) > MOST_TYPED


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _tree(form: MultiDict[str, str]) -> Node:
    root: Node = {}
    for name, text in form.items():
        node = root
        for part in name.split("."):
            node = node.setdefault(part, {})
        node[HERE] = text
    return root


def _rows(node: Node) -> list[str]:
    return sorted((part for part in node if _row(part) >= 0), key=_row)


def _value(rule: Mapping[str, Any], node: Node) -> Any:
    """None for what was left as usual."""
    types, text = rule.get("type", "string"), str(node.get(HERE, ""))
    if "array" in types:
        return [config_of(rule["items"], node[row]) for row in _rows(node)] or None
    if "object" in types:
        return config_of(rule, node) if "on" in node else None
    if "boolean" in types:
        return text != "" if "there" in node else None
    if rule.get("format") == "color":
        return _color(types, node, text)
    if not text.strip():
        return None
    if "integer" in types or "number" in types:
        return _number(text, whole="integer" in types)
    return text.replace("\r\n", "\n")


def _color(types: Any, node: Node, text: str) -> str | None:
    if "null" in types and "on" not in node:
        return None
    solid = node.get("alpha", {}).get(HERE, "")
    if 0 <= _row(solid) <= SOLID and len(text) == len("#rrggbb"):
        return f"{text}{round(_row(solid) * 255 / SOLID):02x}"
    return text or None


def _number(text: str, *, whole: bool) -> float | int | str:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if whole and number.is_integer() else number

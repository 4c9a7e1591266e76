"""What is wrong with a task, beside the field of the form it is wrong with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from photoai.errors import PhotoaiError

from .. import errors
from .forms import whole
from .studio_typed import Step, Typed

# What the order calls a step's files.
FILES = re.compile(r"(^|\.)input_files(?=\.|$)")
# A moment that is told is the start of something, by whatever name its setting has.
TOLD = ("end_sec", "start_sec", "offset_sec", "font")
NAMES = {"start_sec": ("start_sec", "offset_sec", "at_sec")}


@dataclass(frozen=True)
class Problems:
    """`beside` are those of fields, by their names; `said` is about the whole."""

    said: str = ""
    beside: Mapping[str, str] | None = None

    def of(self, name: str) -> str:
        return (self.beside or {}).get(name, "")

    def within(self, name: str) -> bool:
        """Whether anything in there is wrong."""
        return any(each == name or each.startswith(f"{name}.") for each in self.beside or ())


def problems_of(error: PhotoaiError | None, typed: Typed) -> Problems:
    """What an error says of a form."""
    if error is None:
        return Problems()
    message = gettext(error.message)
    beside = dict(_told(errors.said(error.details)))
    beside = {_row(name, typed): text for name, text in beside.items()}
    if name := _to_blame(error.details, typed):
        beside[name] = message
    return Problems(message, beside)


def _told(details: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(details, Mapping):
        for name, each in details.items():
            inner = str(name) if not path else path if name == "_schema" else f"{path}.{name}"
            yield from _told(each, inner)
    elif isinstance(details, list) and all(isinstance(each, str) for each in details):
        yield FILES.sub(r"\1files", path), " ".join(details)


def _row(name: str, typed: Typed) -> str:
    """Of a problem with a step's files: the row it is about, or their first."""
    around, is_files, index = name.rpartition("files")
    if not is_files or index.count(".") > 1:
        return name
    step = next((each for each in typed.steps if each.path == around), None)
    if step is None:
        return name
    rows, at = [row for row, _ in step.chosen], whole(index[1:])
    if at is not None and 0 <= at < len(rows):
        return rows[at]
    return f"{step.path}files.{max(0, len(step.files) - 1)}.0"


def _to_blame(details: Mapping[str, Any], typed: Typed) -> str | None:
    """The field of the form an error is about that names a file, or a value."""
    steps, at = typed.steps, details.get("operation_index", 0)
    if not steps:
        return None
    step = steps[at] if isinstance(at, int) and at < len(steps) else steps[0]
    if named := _with_value(details, step):
        return named
    index = details.get("input_index")
    chosen = step.chosen
    return chosen[index][0] if isinstance(index, int) and index < len(chosen) else None


def _with_value(details: Mapping[str, Any], step: Step) -> str | None:
    """The setting that has the value an error tells of under its name."""
    config = f"{step.path}config"
    within = f"{config}.texts.{details['text_index']}." if "text_index" in details else config
    values = {
        path: value for path, value in _values(step.config, config) if path.startswith(within)
    }
    for told in TOLD:
        names = NAMES.get(told, (told,))
        for path, value in values.items():
            if path.rpartition(".")[2] in names and value == details.get(told, ...):
                return path
    return None


def _values(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _values(each, f"{path}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _values(each, f"{path}.{index}")
    else:
        yield path, value

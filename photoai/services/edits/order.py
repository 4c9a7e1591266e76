"""What somebody wants made of files of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COMBINED = "combined"
MEDIUM = "medium"


@dataclass(frozen=True)
class Operation:
    """One step: its own files and its settings, complete. All but an order's first work on what
    the one before has made."""

    type: str
    input_files: tuple[str, ...]
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """One use of a file: in which operation, at which place of its own files."""

    operation: int
    index: int
    file_id: str


@dataclass(frozen=True)
class EditOrder:
    """`config` is complete and in its one form; `takes` are the kinds of file that will do for each
    of `inputs`, and nothing in an order that is read again."""

    type: str
    input_files: tuple[str, ...]
    config: Mapping[str, Any]
    takes: tuple[tuple[str, ...], ...] = ()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """In their order; what is given for the whole of a combined one comes before the first
        one's own."""
        if self.type != COMBINED:
            return (Operation(self.type, self.input_files, self.config),)
        return tuple(
            Operation(
                each["type"],
                (*(self.input_files if index == 0 else ()), *each["input_files"]),
                each["config"],
            )
            for index, each in enumerate(self.config["operations"])
        )

    @property
    def inputs(self) -> list[Input]:
        """Every use of a file, in order; the same file may be used again."""
        return [
            Input(operation, index, file_id)
            for operation, each in enumerate(self.operations)
            for index, file_id in enumerate(each.input_files)
        ]

    @property
    def is_combined(self) -> bool:
        return self.type == COMBINED

    @property
    def quality(self) -> str:
        """Of the whole; nothing is encoded where none can be chosen."""
        return str(self.config.get("quality", MEDIUM))

    @property
    def fonts(self) -> frozenset[str]:
        """The families it names."""
        return frozenset(_fonts(self.config))

    def as_json(self) -> dict[str, Any]:
        return {"input_files": list(self.input_files), "config": dict(self.config)}

    @classmethod
    def from_json(cls, kind: str, stored: Mapping[str, Any]) -> EditOrder:
        """What `as_json` wrote into a job of this kind."""
        return cls(kind, tuple(stored["input_files"]), stored["config"])


def _fonts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(name := value.get("font"), str):
            yield name
        for name in ("texts", "operations", "config"):
            yield from _fonts(value.get(name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _fonts(each)

"""One run of ffmpeg as it is written down: its inputs, its graph, the files it reads."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from photoai.services.video.graph import Graph

# Every thread of every decoder holds pictures: of many inputs each has but one.
FEW_INPUTS, SHARED = 6, ("-threads", "1")


@dataclass
class Sheet:
    """`folder` is where files for this run may be written; `levels` are the measured loudnesses of
    those sounds that are brought to one; `font_folders` those that hold some fonts and no more."""

    folder: Path
    levels: Mapping[Any, Any] = field(default_factory=dict)
    font_folders: dict[tuple[str, ...], Path] = field(default_factory=dict)
    _inputs: dict[Hashable, list[str]] = field(default_factory=dict)
    _parts: list[str] = field(default_factory=list)
    _names: int = 0

    def input(self, seat: Hashable, arguments: Callable[[], list[str]]) -> int:
        """The number of the input that has this seat; it is opened once for picture and sound."""
        if seat not in self._inputs:
            self._inputs[seat] = arguments()
        return [*self._inputs].index(seat)

    def name(self, letter: str) -> str:
        """A label nothing else has."""
        self._names += 1
        return f"{letter}{self._names}"

    def add(self, part: str) -> None:
        self._parts.append(part)

    def chain(self, letter: str, taken: Sequence[str], filters: str) -> str:
        """Filters from some labels to a new one, which is returned."""
        name = self.name(letter)
        self.add(f"{''.join(f'[{label}]' for label in taken)}{filters}[{name}]")
        return name

    def path(self, letter: str, suffix: str) -> Path:
        """Where a file of this run may be written."""
        return self.folder / f"{self.name(letter)}{suffix}"

    def graph(self, *ends: str) -> Graph:
        """All of it, with the labels that leave it."""
        several = SHARED if len(self._inputs) > FEW_INPUTS else ()
        inputs = [word for words in self._inputs.values() for word in (*several, *words)]
        maps = [word for end in ends for word in ("-map", f"[{end}]")]
        return Graph(tuple(inputs), ";".join(self._parts), tuple(maps))

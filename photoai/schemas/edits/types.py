"""What a type of task is to clients: its name for people, the files it takes, its config."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as changed

from marshmallow import Schema

from photoai.models import FileKind

SEVERAL = 1000  # more than any order may have


@dataclass(frozen=True)
class Place:
    """Files a task takes one after the other: `least` to `most` of any of these kinds. `unless`
    names what may stand in the config in place of the file, and never beside it."""

    title: str
    kinds: tuple[FileKind, ...]
    least: int = 1
    most: int = 1
    unless: str | None = None

    @property
    def after_the_first(self) -> Place | None:
        """What is left of it once its first file is there."""
        if self.most == 1:
            return None
        return changed(self, least=max(0, self.least - 1), most=self.most - 1)


@dataclass(frozen=True)
class TaskType:
    """One line of the table: the first file of the first place is what the task works on."""

    title: str
    description: str
    config: type[Schema]
    places: tuple[Place, ...]

    @property
    def places_beside(self) -> tuple[Place, ...]:
        """Those of an operation that works on what another one has made."""
        first, *others = self.places
        left = first.after_the_first
        return (*([left] if left else []), *others)


def kinds_at(places: tuple[Place, ...], count: int) -> Iterator[tuple[str, ...]]:
    """The kinds that will do for each of so many files."""
    all_places = (place for place in places for _ in range(place.most))
    for _, place in zip(range(count), all_places, strict=False):
        yield tuple(kind.value for kind in place.kinds)


VIDEO = (FileKind.VIDEO,)
ANY = (FileKind.VIDEO, FileKind.AUDIO, FileKind.IMAGE, FileKind.SUBTITLES)
BASE = Place("Video", VIDEO)

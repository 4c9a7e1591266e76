"""An order's film, operation after operation; what is made before the rest is somebody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from .edits import Operation
from .film import Film, Take, film_of
from .inputs import naming_the_input, naming_the_operation
from .leads import Lead, imagined, lead_of, made

# So many videos of 1080p are decoded at once; what needs more is rendered in several turns.
MOST_AT_ONCE = 24


class Bench(Protocol):
    """Where parts of a film are made before the rest."""

    def led(self, lead: Lead, film: Film) -> Film:
        """The film once the lead has been done; `film` is what it will be like."""

    def rendered(self, film: Film) -> Film:
        """The film once it is a file."""


def filmed(operations: Sequence[Operation], quality: str, bench: Bench) -> Film:
    """The film after all operations.

    Raises:
        PhotoaiError: it cannot be; `details` name the operation and the file.
    """
    first, *rest = operations
    with naming_the_operation(0, len(operations)):
        with naming_the_input(first.inputs[0]) as base:
            film = film_of(base)
        lead = lead_of(first, film, quality)
        after = first.edit.upon(film, first.added, 0)
        if lead and (_stays(lead[1], rest) or after.picture.weight > MOST_AT_ONCE):
            film = bench.led(*lead)
        else:
            film = after
    return _after(film, rest, len(operations), bench)


def _stays(film: Film, rest: Sequence[Operation]) -> bool:
    """Whether its picture is still that of the film after the others."""
    after = _after(film, rest, len(rest) + 1, Sketch())
    return after.untouched is film.picture


def _after(film: Film, rest: Sequence[Operation], count: int, bench: Bench) -> Film:
    for operation in rest:
        with naming_the_operation(operation.index, count):
            after = operation.edit.upon(film, operation.added, operation.index)
            if after.picture.weight > MOST_AT_ONCE and not isinstance(film.picture, Take):
                film = bench.rendered(film)
                after = operation.edit.upon(film, operation.added, operation.index)
            film = after
    return film


@dataclass
class Sketch:
    """A bench on which everything is imagined."""

    lead: Lead | None = None
    turns: int = 0
    measured: int = 0

    def led(self, lead: Lead, film: Film) -> Film:
        self.lead = lead
        return film

    def rendered(self, film: Film) -> Film:
        self.turns += 1
        self.measured += len(film.sound.levelled) if film.sound else 0
        reason = film.reason
        facts = imagined(film.canvas, film.frames, heard=film.sound is not None)
        return replace(made(film, facts, between=self.turns), reason=reason)

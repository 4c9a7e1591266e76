"""Cues that are seen at once: where each stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class _Taken:
    end_sec: float
    begin: float
    end: float


class Stack:
    """Gives places away from an edge, one above the other; `room` is how far they may reach. Cues
    come in the order of their beginnings."""

    def __init__(self, room: float) -> None:
        self._room = room
        self._taken: list[_Taken] = []

    def place(self, start_sec: float, end_sec: float, tall: float) -> float:
        """How far from the edge something as tall stands meanwhile. Where there is no more room it
        stands at the edge, upon what is there."""
        self._taken = [taken for taken in self._taken if taken.end_sec > start_sec]
        free = 0.0
        for taken in sorted(self._taken, key=lambda taken: taken.begin):
            if taken.begin >= free + tall:
                break
            free = max(free, taken.end)
        if free and free + tall > self._room:
            return 0.0
        self._taken.append(_Taken(end_sec, free, free + tall))
        return free

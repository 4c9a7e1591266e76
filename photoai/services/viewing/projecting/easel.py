"""One look at one video: pictures drawn in the order somebody watches them, kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from photoai.services.ascii import Artist, Cells, Grid, Look

# An artist that has drawn a picture draws one up to so many later; a greater leap is a new scene.
LEAP = 8
ARTISTS = 3  # more viewers far from each other take turns
KEPT_BYTES = 16 << 20


@dataclass(frozen=True)
class Drawing:
    """A picture as it was drawn once; drawn again it may differ, for what came before counts.
    `id` is its own."""

    id: int
    number: int
    cells: Cells


@dataclass(eq=False)
class _Hand:
    artist: Artist
    last: int


class Easel:
    def __init__(self, look: Look, grid: Grid) -> None:
        self.look = look
        self.grid = grid
        self._hands = [_Hand(Artist(look, grid), -1)]
        self.sample = self._hands[0].artist.sample
        self._kept: OrderedDict[int, Drawing] = OrderedDict()  # by id
        self._ids: dict[int, int] = {}  # by number
        self._drawn = 0
        cell_bytes = 4 if look.color == "true" else 1
        self._most = max(16, KEPT_BYTES // (grid.rows * grid.columns * cell_bytes))

    @property
    def charset(self) -> str:
        return self._hands[0].artist.charset

    def text(self, drawing: Drawing) -> str:
        """Its rows, each with a line feed at its end."""
        return self._hands[0].artist.text(drawing.cells)

    def kept(self, id_: int | None) -> Drawing | None:
        return None if id_ is None else self._kept.get(id_)

    def drawn(self, number: int) -> Drawing | None:
        """The picture, if it is there still."""
        return self.kept(self._ids.get(number))

    def draw(self, number: int, picture: bytes) -> Drawing:
        pixels = np.frombuffer(picture, np.uint8)
        cells = self._hand_for(number).artist.cells(pixels)
        self._drawn += 1
        drawing = Drawing(self._drawn, number, cells)
        self._kept[drawing.id] = drawing
        self._ids[number] = drawing.id
        while len(self._kept) > self._most:
            _, old = self._kept.popitem(last=False)
            if self._ids.get(old.number) == old.id:
                del self._ids[old.number]
        return drawing

    def _hand_for(self, number: int) -> _Hand:
        """Who has just drawn what came before; else who has not drawn for longest begins anew."""
        near = [hand for hand in self._hands if 0 < number - hand.last <= LEAP and hand.last >= 0]
        if near:
            hand = max(near, key=lambda hand: hand.last)
        elif len(self._hands) < ARTISTS and self._hands[0].last >= 0:
            hand = _Hand(Artist(self.look, self.grid), -1)
            self._hands.append(hand)
        else:
            hand = self._hands[0]
            hand.artist.forget()
        self._hands.remove(hand)
        self._hands.append(hand)
        hand.last = number
        return hand

"""Rows of cells as pixels.

Both classes know where the cells of a grid begin, in whole pixels, and draw one row of characters
at a time, as shares: how much of each pixel is ink, 0 to 255, or whatever `tinted` makes of that.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from .cells import Bytes
from .font import coverage

WORD = 8  # pixels that are copied at once
TABLE_BYTES = 4 << 20
GLYPHS_KEPT = 512
Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]


class Strips(Protocol):
    """`tops` are where the rows begin, and the end of the last one; `lefts` the same of columns."""

    tops: Places
    lefts: Places

    def strip(self, row: int, glyphs: Bytes) -> Bytes:
        """A row of the grid: `[pixels down, width]`. What comes next may be drawn into it."""

    def tinted(self, table: Bytes) -> Strips:
        """The same with each share replaced by what `table` (`[256]`) has at its place."""


def strips_of(characters: str, columns: int, rows: int, width: int, height: int) -> Strips:
    lefts, tops = _edges(columns, width), _edges(rows, height)
    if WordStrips.weight(len(characters), lefts, tops) <= TABLE_BYTES:
        return WordStrips(characters, lefts, tops)
    return CellStrips(characters, lefts, tops)


def _edges(count: int, length_px: int) -> Places:
    return np.arange(count + 1) * length_px // count


class CellStrips:
    """Cell by cell: for large ones."""

    def __init__(
        self, characters: str, lefts: Places, tops: Places, table: Bytes | None = None
    ) -> None:
        self.lefts, self.tops = lefts, tops
        self._characters, self._table = characters, table
        self._glyph = lru_cache(GLYPHS_KEPT)(self._drawn)

    def strip(self, row: int, glyphs: Bytes) -> Bytes:
        height = int(self.tops[row + 1] - self.tops[row])
        drawn = np.empty((height, int(self.lefts[-1])), np.uint8)
        lefts = self.lefts.tolist()
        for glyph, left, right in zip(glyphs.tolist(), lefts[:-1], lefts[1:], strict=True):
            drawn[:, left:right] = self._glyph(glyph, right - left, height)
        return drawn

    def tinted(self, table: Bytes) -> CellStrips:
        return CellStrips(self._characters, self.lefts, self.tops, table)

    def _drawn(self, glyph: int, width: int, height: int) -> Bytes:
        shares = coverage(self._characters[glyph], width, height)
        return shares if self._table is None else self._table[shares]


class WordStrips:
    """Eight pixels at a time. A word of a line takes in parts of few cells; of each cell it
    depends only on the character and on where in the word the cell begins. All such parts are in
    a table; a line's words are those of their cells, looked up and laid over each other."""

    def __init__(self, characters: str, lefts: Places, tops: Places) -> None:
        self.lefts, self.tops = lefts, tops
        self._columns, parts, self._kinds = _parts(lefts)
        self._parts = parts * len(characters)
        heights = sorted(set(np.diff(tops).tolist()))
        self._tables = {height: self._table(characters, height) for height in heights}
        self._scratch: dict[tuple[int, int], Words] = {}

    @staticmethod
    def weight(count: int, lefts: Places, tops: Places) -> int:
        """The size of the tables in bytes."""
        kinds = len(_parts(lefts)[2])
        return sum(set(np.diff(tops).tolist())) * kinds * count * WORD

    def strip(self, row: int, glyphs: Bytes) -> Bytes:
        height = int(self.tops[row + 1] - self.tops[row])
        table = self._tables[height]
        line, over = self._room(height, 0), self._room(height, 1)
        first, *others = self._parts + glyphs[self._columns]
        table.take(first, 1, line, "clip")
        for places in others:
            table.take(places, 1, over, "clip")
            np.bitwise_or(line, over, line)
        return line.view(np.uint8)[:, : self.lefts[-1]]

    def tinted(self, table: Bytes) -> Self:
        """Where no cell is, `table[0]` must not be laid: only a cell's own pixels are replaced."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._scratch = {}
        other._tables = {
            height: self._tinted(words, table) for height, words in self._tables.items()
        }
        return other

    def _tinted(self, words: Words, table: Bytes) -> Words:
        count = words.shape[1] // len(self._kinds)
        masks = np.zeros((len(self._kinds), WORD), np.uint8)
        for mask, (start, width) in zip(masks, self._kinds, strict=True):
            mask[max(0, start) : start + width] = 255
        wanted = np.repeat(masks.view(np.uint64).ravel(), count)
        tinted: Words = table[words.view(np.uint8)].view(np.uint64) & wanted
        return tinted

    def _table(self, characters: str, height: int) -> Words:
        """`[height, kinds * characters]`"""
        table = np.zeros((height, len(self._kinds), len(characters), WORD), np.uint8)
        drawn = {
            width: np.stack([coverage(each, width, height) for each in characters], 1)
            for width in {width for _, width in self._kinds if width}
        }
        for kind, (start, width) in enumerate(self._kinds):
            if width:
                left, right = max(0, start), min(WORD, start + width)
                table[:, kind, :, left:right] = drawn[width][:, :, left - start : right - start]
        return table.view(np.uint64).reshape(height, len(self._kinds) * len(characters))

    def _room(self, height: int, number: int) -> Words:
        key = (height, number)
        if key not in self._scratch:
            self._scratch[key] = np.empty((height, self._columns.shape[1]), np.uint64)
        return self._scratch[key]


def _parts(lefts: Places) -> tuple[Places, Places, list[tuple[int, int]]]:
    """Which cells each word of a line takes in: their columns and the kinds of their parts, both
    `[cells a word at most, words]`, and the kinds, each where the cell begins in the word and how
    wide it is; a width of 0 is that of no cell."""
    kinds: dict[tuple[int, int], int] = {(0, 0): 0}
    words: list[list[tuple[int, int]]] = [[] for _ in range(-(-int(lefts[-1]) // WORD))]
    edges = lefts.tolist()
    for column, (left, right) in enumerate(pairwise(edges)):
        for word in range(left // WORD, -(-right // WORD) if right > left else 0):
            kind = kinds.setdefault((left - word * WORD, right - left), len(kinds))
            words[word].append((column, kind))
    most = max(map(len, words))
    filled = np.array([[*each, *[(0, 0)] * (most - len(each))] for each in words], np.intp)
    columns, parts = np.ascontiguousarray(filled.transpose(2, 1, 0))
    return columns, parts, list(kinds)

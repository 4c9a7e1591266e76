"""Text set in a font: how wide it is, where its lines end, which other fonts step in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from .cues import Word
from .fonts import FontBook
from .plain import SPACE, escaped, held
from .typefaces import Font
from .words import graphemes

TRIES = 8  # halvings of the width while lines are made alike


class Setting:
    """A font at a size. The size is that of the em, in pixels, as everywhere but in ASS: libass
    makes as high what the font says is its line, which is half as much again in Noto Sans.
    `sample` is in the language of the texts."""

    def __init__(self, book: FontBook, font: Font, size: float, sample: str) -> None:
        self.font = font
        self.size = size
        self._book = book
        self._own = book.measures(font)
        self._substitutes = book.substitutes(sample)

    @property
    def ass_size(self) -> float:
        return self._ass_size(self.font)

    @property
    def overhang(self) -> float:
        """How far a line of libass reaches beyond the em, above as below, in pixels."""
        return (self.ass_size - self.size) / 2

    def tall(self, lines: Sequence[Sequence[Word]]) -> float:
        """How high these lines are together, in pixels; each as its highest font."""
        return sum(self._height("".join([word.text for word in line])) for line in lines)

    def _height(self, text: str) -> float:
        if self._own.covers(text):
            return self.ass_size
        return max((self._ass_size(font) for font, _ in self._runs(text)), default=self.ass_size)

    def width(self, text: str) -> float:
        """About, in pixels: letters that move together or join are not known of."""
        try:
            return self._own.width(text) * self.size
        except KeyError:
            return sum(self._width_in(font, part) for font, part in self._runs(text))

    def drawn(self, text: str) -> str:
        """A piece of a line, escaped, with tags where another font has the characters."""
        if self._own.covers(text):
            return escaped(text)
        return "".join(
            escaped(part) if font == self.font else self._in_font(font, part)
            for font, part in self._runs(text)
        )

    def drawn_lines(
        self, lines: Sequence[Sequence[Word]], tag: Callable[[Word], str] = lambda _: ""
    ) -> str:
        """Lines of words, escaped, with what `tag` says in front of each word. Spaces in front of
        a line stay, those behind it go, and an empty line is as high as another."""
        return r"\N".join(self._drawn_line(line, tag) for line in lines)

    def _drawn_line(self, line: Sequence[Word], tag: Callable[[Word], str]) -> str:
        if not any(word.text.strip() for word in line):
            return SPACE
        first, *more = [word.text for word in line]
        texts = [held(first), *more]
        texts[-1] = texts[-1].rstrip()
        return "".join(tag(word) + self.drawn(text) for word, text in zip(line, texts, strict=True))

    def lines(self, words: Sequence[Word], room_px: float) -> list[list[Word]]:
        """Words in lines that are no wider, as alike as so many lines can be. Lines of the text
        end where they end; a word is broken only when it alone is wider."""
        return [line for given in _given_lines(words) for line in self._wrapped(given, room_px)]

    def _wrapped(self, words: list[Word], room_px: float) -> list[list[Word]]:
        if self.width("".join([word.text for word in words])) <= room_px:
            return [words]
        pieces = [piece for word in words for piece in self._broken(word, room_px)]
        steps = [self.width(piece.text) for piece in pieces]
        widths = [self.width(piece.text.rstrip()) for piece in pieces]
        ends = _ends(steps, widths, room_px)
        narrow, wide = max(widths), room_px
        for _ in range(TRIES if len(ends) > 1 else 0):
            tried = (narrow + wide) / 2
            found = _ends(steps, widths, tried)
            if len(found) == len(ends):
                wide, ends = tried, found
            else:
                narrow = tried
        return [pieces[begin:end] for begin, end in pairwise([0, *ends])]

    def _broken(self, word: Word, room_px: float) -> Iterator[Word]:
        if self.width(word.text.rstrip()) <= room_px:
            yield word
            return
        part, wide = "", 0.0
        for seen in graphemes(word.text):
            step = self.width(seen)
            if part and wide + step > room_px:
                yield replace(word, text=part)
                part, wide = "", 0.0
            part, wide = part + seen, wide + step
        yield replace(word, text=part)

    def _runs(self, text: str) -> Iterator[tuple[Font, str]]:
        return runs(text, self.font, self._substitutes, self._book)

    def _width_in(self, font: Font, part: str) -> float:
        advances = self._book.measures(font).advances
        return sum(advances.get(each, 0.0) for each in part) * self.size

    def _in_font(self, font: Font, part: str) -> str:
        there, back = self._tag(font), self._tag(self.font)
        return there + escaped(part) + back

    def _tag(self, font: Font) -> str:
        return rf"{{\fn{font.family}\fs{self._ass_size(font):.2f}}}"

    def _ass_size(self, font: Font) -> float:
        return self.size * self._book.measures(font).line


def runs(
    text: str, font: Font, substitutes: Sequence[Font], book: FontBook
) -> Iterator[tuple[Font, str]]:
    """A text in pieces, each with the font that has it: this one wherever it can. What a reader
    sees as one character stays in one font."""

    def able(seen: str) -> Font:
        others = (each for each in substitutes if book.measures(each).covers(seen))
        return font if book.measures(font).covers(seen) else next(others, font)

    drawn = ((able(each), each) for each in graphemes(text))
    for each, run in groupby(drawn, key=lambda pair: pair[0]):
        yield each, "".join(seen for _, seen in run)


def _given_lines(words: Sequence[Word]) -> Iterator[list[Word]]:
    line: list[Word] = []
    for word in words:
        if "\n" not in word.text:
            line.append(word)
            continue
        first, *more = word.text.split("\n")
        line.append(replace(word, text=first))
        for part in more:
            yield line
            line = [replace(word, text=part)] if part else []
    if line:
        yield line


def _ends(steps: Sequence[float], widths: Sequence[float], room_px: float) -> list[int]:
    """Behind which pieces lines end. A piece's spaces count only when another follows it."""
    ends, filled = [], 0.0
    for i, (step, width) in enumerate(zip(steps, widths, strict=True)):
        if filled and filled + width > room_px:
            ends.append(i)
            filled = 0.0
        filled += step
    return [*ends, len(steps)]

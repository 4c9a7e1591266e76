"""Cues as ASS, in one of four styles.

classic: a cue's text as it is. karaoke: each word fills with the other colour while it is said.
highlight: the word that is being said has the other colour. word_by_word: nothing but the word
that is being said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter

from .cues import Cue, Tally, Word, sound
from .fonts import LANGUAGE_SHOWS, FontBook
from .places import ANCHORS, MARGIN, OUTLINE, SIZE, edge, row
from .plain import cleaned, one_line
from .setting import Setting
from .stacking import Stack
from .words import timed
from .writing import Event, Look, Sheet, ass_color

LOOK = "caption"
STYLES = ("classic", "karaoke", "highlight", "word_by_word")


@dataclass(frozen=True)
class CaptionStyle:
    """`size` is the height of the em in pixels, None an eighteenth of the picture's height.
    `highlight_color` is that of words that are being said."""

    style: str = "classic"
    font: str | None = None
    size: float | None = None
    color: str = "#ffffff"
    highlight_color: str = "#ffd54a"
    anchor: str = "bottom"


# What draws a cue's words, set in lines.
Draws = Callable[[Cue, Sequence[Sequence[Word]], "_Page"], Iterable[Event]]


@dataclass(frozen=True)
class _Page:
    style: CaptionStyle
    setting: Setting
    width: int
    height: int

    @property
    def margin(self) -> float:
        return self.height * MARGIN

    @property
    def look(self) -> Look:
        color = self.style.highlight_color if self.style.style == "karaoke" else self.style.color
        outline_px = self.setting.size * OUTLINE
        anchor = ANCHORS[self.style.anchor]
        font, size = self.setting.font.family, self.setting.ass_size
        return Look(font, size, color, self.style.color, outline_px=outline_px, anchor=anchor)

    def lines(self, cue: Cue) -> list[list[Word]]:
        return self.setting.lines(timed(cue), self.width - 2 * self.margin)

    def place(self, offset: float) -> str:
        """A tag for what stands so far from its edge, or from the middle."""
        x, y = edge(self.style.anchor, self.width, self.height)
        inwards = {1.0: -1, 0.5: 1, 0.0: 1}[row(self.style.anchor)]
        y += (2 * row(self.style.anchor) - 1) * self.setting.overhang + inwards * offset
        return rf"{{\pos({x:.2f},{y:.2f})}}"


def burned_ass(
    cues: Sequence[Cue],
    style: CaptionStyle,
    width: int,
    height: int,
    fonts: FontBook | None = None,
) -> str:
    """An ASS script that draws the cues. Those seen at once stand one above the other.

    Raises:
        FontUnknown
    """
    book = fonts or FontBook()
    sample = "".join(cue.text for cue in cues[:LANGUAGE_SHOWS])
    setting = Setting(book, book.check(style.font), style.size or height * SIZE, sample)
    page = _Page(style, setting, width, height)
    sheet = Sheet(width, height, {LOOK: page.look})
    stack = Stack(height - 2 * page.margin)
    for cue in sound(cues, Tally()):
        words = tuple(replace(word, text=one_line(word.text)) for word in cue.words)
        plain = replace(cue, text=cleaned(cue.text).strip("\n"), words=words)
        sheet.events.extend(_drawn(plain, page, stack))
    return sheet.written()


def _drawn(cue: Cue, page: _Page, stack: Stack) -> Iterator[Event]:
    """libass would move cues out of each other's way too, but none whose colours change."""
    draw = DRAWN[page.style.style]
    lines = page.lines(cue if draw is not _classic else replace(cue, words=()))
    tall = page.setting.tall(lines[:1] if draw is _word_by_word else lines)
    place = page.place(stack.place(cue.start_sec, cue.end_sec, tall))
    for event in draw(cue, lines, page):
        yield replace(event, text=place + event.text)


def _classic(cue: Cue, lines: Sequence[Sequence[Word]], page: _Page) -> Iterator[Event]:
    yield Event(cue.start_sec, cue.end_sec, LOOK, page.setting.drawn_lines(lines))


def _karaoke(cue: Cue, lines: Sequence[Sequence[Word]], page: _Page) -> Iterator[Event]:
    now = _hundredths(cue.start_sec)

    def filling(word: Word) -> str:
        """From where the last word ended: until it begins, and while it is said."""
        nonlocal now
        start, end = max(_hundredths(word.start_sec), now), max(_hundredths(word.end_sec), now)
        waiting = rf"\k{start - now}" if start > now else ""
        now = end
        return rf"{{{waiting}\kf{end - start}}}"

    yield Event(cue.start_sec, cue.end_sec, LOOK, page.setting.drawn_lines(lines, filling))


def _highlight(cue: Cue, lines: Sequence[Sequence[Word]], page: _Page) -> Iterator[Event]:
    plain, lit = (rf"\1c{ass_color(c)}" for c in (page.style.color, page.style.highlight_color))

    def lighting(word: Word) -> str:
        """A change that takes no time. libass takes `\\t(0,0,…)` for the whole event."""
        on, off = (_ms(sec - cue.start_sec) for sec in (word.start_sec, word.end_sec))
        if off <= on:
            return f"{{{plain}}}"
        begin = rf"{plain}\t({on},{on},{lit})" if on else lit
        return rf"{{{begin}\t({off},{off},{plain})}}"

    yield Event(cue.start_sec, cue.end_sec, LOOK, page.setting.drawn_lines(lines, lighting))


def _word_by_word(cue: Cue, lines: Sequence[Sequence[Word]], page: _Page) -> Iterator[Event]:
    """Each until the next begins, the last until the cue ends. A word that had to be broken is
    one all the same."""
    pieces = (word for line in lines for word in line if word.text.strip())
    words = [list(of_one) for _, of_one in groupby(pieces, key=attrgetter("start_sec"))]
    ends = [word[0].start_sec for word in words[1:]] + [cue.end_sec]
    for word, end_sec in zip(words, ends, strict=True):
        drawn = page.setting.drawn_lines([[replace(w, text=w.text.strip())] for w in word])
        yield Event(word[0].start_sec, end_sec, LOOK, drawn)


def _hundredths(sec: float) -> int:
    return round(sec * 100)


def _ms(sec: float) -> int:
    return max(round(sec * 1000), 0)


DRAWN: dict[str, Draws] = {
    "classic": _classic,
    "karaoke": _karaoke,
    "highlight": _highlight,
    "word_by_word": _word_by_word,
}

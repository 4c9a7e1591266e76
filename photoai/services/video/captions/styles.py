"""Cues as ASS, in one of four styles.

classic: a cue's text as it is. karaoke: each word fills with the other colour while it is said.
highlight: the word that is being said has the other colour. word_by_word: nothing but the word
that is being said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .cues import Cue, Tally, Word, sound
from .fonts import FontBook
from .places import ANCHORS, MARGIN, OUTLINE, SIZE
from .plain import cleaned
from .setting import Setting
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


@dataclass(frozen=True)
class _Page:
    style: CaptionStyle
    setting: Setting
    room_px: float

    def lines(self, words: Sequence[Word]) -> list[list[Word]]:
        return self.setting.lines(words, self.room_px)


def burned_ass(
    cues: Sequence[Cue],
    style: CaptionStyle,
    width: int,
    height: int,
    fonts: FontBook | None = None,
) -> str:
    """An ASS script that draws the cues. Those seen at once stand above each other.

    Raises:
        FontUnknown
    """
    book = fonts or FontBook()
    setting = Setting(book, book.check(style.font), style.size or height * SIZE)
    page = _Page(style, setting, width - 2 * height * MARGIN)
    events = EVENTS[style.style]
    sheet = Sheet(width, height, {LOOK: _look(page, height)})
    for cue in sound(cues, Tally()):
        plain = Cue(cue.start_sec, cue.end_sec, cleaned(cue.text).strip("\n"), cue.words)
        sheet.events.extend(events(plain, page))
    return sheet.written()


def _look(page: _Page, height: int) -> Look:
    style, setting = page.style, page.setting
    color, before = style.color, style.color
    if style.style == "karaoke":
        color = style.highlight_color
    margin = round(height * MARGIN)
    return Look(
        setting.font.family,
        setting.ass_size,
        color,
        before,
        outline_px=setting.size * OUTLINE,
        anchor=ANCHORS[style.anchor],
        margin_x=margin,
        margin_y=max(round(margin - setting.overhang), 0),
    )


def _classic(cue: Cue, page: _Page) -> Iterator[Event]:
    words = timed(Cue(cue.start_sec, cue.end_sec, cue.text))
    drawn = page.setting.drawn_lines(page.lines(words))
    yield Event(cue.start_sec, cue.end_sec, LOOK, drawn)


def _karaoke(cue: Cue, page: _Page) -> Iterator[Event]:
    begun = _hundredths(cue.start_sec)
    now = begun

    def filling(word: Word) -> str:
        """From where the last word ended: until it begins, and while it is said."""
        nonlocal now
        start, end = max(_hundredths(word.start_sec), now), max(_hundredths(word.end_sec), now)
        waiting = rf"\k{start - now}" if start > now else ""
        now = end
        return rf"{{{waiting}\kf{end - start}}}"

    drawn = page.setting.drawn_lines(page.lines(timed(cue)), filling)
    yield Event(cue.start_sec, cue.end_sec, LOOK, drawn)


def _highlight(cue: Cue, page: _Page) -> Iterator[Event]:
    plain, lit = (rf"\1c{ass_color(c)}" for c in (page.style.color, page.style.highlight_color))

    def lighting(word: Word) -> str:
        """A change that takes no time. libass takes `\\t(0,0,…)` for the whole event."""
        on, off = (_ms(sec - cue.start_sec) for sec in (word.start_sec, word.end_sec))
        if off <= on:
            return f"{{{plain}}}"
        begin = rf"{plain}\t({on},{on},{lit})" if on else lit
        return rf"{{{begin}\t({off},{off},{plain})}}"

    drawn = page.setting.drawn_lines(page.lines(timed(cue)), lighting)
    yield Event(cue.start_sec, cue.end_sec, LOOK, drawn)


def _word_by_word(cue: Cue, page: _Page) -> Iterator[Event]:
    """Each until the next begins, the last until the cue ends."""
    words = [word for word in timed(cue) if word.text.strip()]
    ends = [word.start_sec for word in words[1:]] + [cue.end_sec]
    for word, end_sec in zip(words, ends, strict=True):
        alone = Word(word.start_sec, end_sec, word.text.strip())
        if word.start_sec < end_sec:
            drawn = page.setting.drawn_lines(page.lines([alone]))
            yield Event(word.start_sec, end_sec, LOOK, drawn)


def _hundredths(sec: float) -> int:
    return round(sec * 100)


def _ms(sec: float) -> int:
    return max(round(sec * 1000), 0)


EVENTS: dict[str, Callable[[Cue, _Page], Iterator[Event]]] = {
    "classic": _classic,
    "karaoke": _karaoke,
    "highlight": _highlight,
    "word_by_word": _word_by_word,
}

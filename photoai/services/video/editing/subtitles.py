"""Subtitles, drawn on the picture or as a track beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from photoai.services.video.canvas import Canvas
from photoai.services.video.captions import (
    CaptionStyle,
    Cue,
    FontBook,
    Word,
    ass_as_is,
    burned_ass,
    cues_of,
    soft_srt,
)
from photoai.services.video.plan import COPY, ENCODE

from .film import Film, Use
from .inputs import SUBTITLES, Input, naming_the_input
from .written import Written

BURN, SOFT = "burn", "soft"
ASS = "text/x-ssa"
REASON = "subtitles are drawn on it"
STYLE = ("style", "font", "size", "color", "highlight_color", "anchor")


@dataclass(frozen=True)
class Subtitles:
    """`cues` None are those of the added file."""

    cues: tuple[Cue, ...] | None
    style: CaptionStyle
    mode: str
    language: str
    fonts: FontBook

    @classmethod
    def from_json(cls, config: Mapping[str, Any], fonts: FontBook) -> Subtitles:
        cues = tuple(_cue(each) for each in config.get("cues") or ())
        look = {name: config[name] for name in STYLE if name in config}
        mode, language = config.get("mode", BURN), config.get("language", "und")
        return cls(cues or None, CaptionStyle(**look), mode, language, fonts)

    def upon(self, film: Film, added: Sequence[Input], seat: int) -> Film:
        """Raises EditFileUnfit, FontUnknown"""
        said = Said(self.cues or ())
        uses = []
        for given in added:
            with naming_the_input(given):
                given.check_kind(SUBTITLES)
            said = Said(given=given)
            action = COPY if self.mode == SOFT else ENCODE
            uses.append(Use(given.index, action, self.mode, film.duration_sec))
        if self.mode == SOFT:
            track = SoftTrack(said, self.language, 0.0, film.duration_sec)
            return replace(film, captions=(*film.captions, track)).using(*uses)
        self.fonts.check(self.style.font)
        burned = Burned(said, self.style, self.fonts)
        return film.drawn(Written(film.picture, burned, film.frames), REASON).using(*uses)


@dataclass(frozen=True)
class Said:
    """Cues, or the file that holds them."""

    inline: tuple[Cue, ...] = ()
    given: Input | None = None

    def cues(self) -> Sequence[Cue]:
        """Raises SubtitlesUnreadable, SubtitlesTooLong, SubtitlesEncodingUnknown"""
        if self.given is None:
            return self.inline
        with naming_the_input(self.given):
            return cues_of(self.given.path.read_bytes())

    @property
    def is_ass(self) -> bool:
        return self.given is not None and self.given.mime == ASS

    def as_is(self, fonts: FontBook) -> str:
        """A file's own script, with its own looks. Raises as `cues`."""
        if self.given is None:
            return ""
        with naming_the_input(self.given):
            return ass_as_is(self.given.path.read_bytes(), fonts)


@dataclass(frozen=True)
class Burned:
    said: Said
    style: CaptionStyle
    fonts: FontBook

    def ass(self, canvas: Canvas, duration_sec: float) -> str:
        usual = CaptionStyle(highlight_color=self.style.highlight_color)
        if self.said.is_ass and self.style == usual:  # nobody wants other looks
            return self.said.as_is(self.fonts)
        return burned_ass(self.said.cues(), self.style, canvas.width, canvas.height, self.fonts)


@dataclass(frozen=True)
class SoftTrack:
    """A track that players show or not; `begins_sec` of the cues' time is the film's beginning. It
    is seen for `lasts_sec`, whatever is joined to the film behind them."""

    said: Said
    language: str
    begins_sec: float
    lasts_sec: float

    def cut(self, start_sec: float, end_sec: float) -> SoftTrack:
        lasts_sec = max(0.0, min(self.lasts_sec, end_sec) - start_sec)
        return replace(self, begins_sec=self.begins_sec + start_sec, lasts_sec=lasts_sec)

    def srt(self, duration_sec: float) -> str:
        """What is seen of it in a film of this length."""
        moved = [
            replace(
                cue,
                start_sec=max(0.0, cue.start_sec - self.begins_sec),
                end_sec=cue.end_sec - self.begins_sec,
            )
            for cue in self.said.cues()
            if cue.end_sec > self.begins_sec
        ]
        return soft_srt(moved, min(duration_sec, self.lasts_sec))


def _cue(said: Mapping[str, Any]) -> Cue:
    words = tuple(Word(**word) for word in said.get("words") or ())
    return Cue(said["start_sec"], said["end_sec"], said["text"], words)

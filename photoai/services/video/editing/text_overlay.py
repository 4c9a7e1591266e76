"""Texts over a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from photoai.errors import PhotoaiError
from photoai.services.video.canvas import Canvas
from photoai.services.video.captions import FontBook, Text, texts_ass

from .film import Film
from .inputs import Input
from .written import Written

REASON = "text is drawn on it"


@dataclass(frozen=True)
class TextOverlay:
    """Later texts lie above earlier ones; operations in a row are drawn at once."""

    texts: tuple[Text, ...]
    fonts: FontBook

    @classmethod
    def from_json(cls, config: Mapping[str, Any], fonts: FontBook) -> TextOverlay:
        return cls(tuple(Text(**each) for each in config["texts"]), fonts)

    def upon(self, film: Film, added: Sequence[Input], seat: int) -> Film:
        """Raises FontUnknown, TextTimeInvalid: `details.text_index` says of which text."""
        for index, text in enumerate(self.texts):
            with _naming_the_text(index):
                self.fonts.check(text.font)
                text.seen(film.duration_sec)
        below, script = film.picture, self
        if isinstance(below, Written) and isinstance(below.script, TextOverlay):
            script = replace(self, texts=(*below.script.texts, *self.texts))
            below = below.of
        return film.drawn(Written(below, script, film.frames), REASON)

    def ass(self, canvas: Canvas, duration_sec: float) -> str:
        return texts_ass(self.texts, canvas.width, canvas.height, duration_sec, self.fonts)


@contextmanager
def _naming_the_text(index: int) -> Iterator[None]:
    try:
        yield
    except PhotoaiError as error:
        error.details = {"text_index": index, **error.details}
        raise

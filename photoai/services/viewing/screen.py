"""One look at one video, at one rate: what was drawn for one viewer is there for all."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from fractions import Fraction

from photoai.services.ascii import Look

from .order import Form, Seen
from .show import Answer, Said, Show

KEPT_BYTES = 8 << 20
numbers = itertools.count(1)


class Picture:
    """One picture as it is sent. `drawing` says how it was drawn: what changes after it is told
    in relation to that."""

    def __init__(self, number: int, drawing: int, payload: bytes) -> None:
        self.number = number
        self.drawing = drawing
        self.payload = payload
        self._framed: bytes | None = None

    def once(self, frame: Callable[[bytes], bytes]) -> bytes:
        """What `frame` makes of the payload, made once for all who send it."""
        if self._framed is None:
            self._framed = frame(self.payload)
        return self._framed


Key = tuple[int, Form, int | None]


class Screen:
    def __init__(self, show: Show, look: Look, fps: Fraction | None) -> None:
        self._show = show
        self.look = look
        self.fps = fps
        self._number = next(numbers)
        self._opened = Answer(lambda said, payload: Seen.from_json(said["seen"]))
        rate = str(fps) if fps else None
        show.ask(self._opened, "open", screen=self._number, look=look.as_json(), fps=rate)
        self._asked: dict[Key, Answer[Picture | int]] = {}
        self._pictures: OrderedDict[Key, Picture | int] = OrderedDict()
        self._kept_bytes = 0
        self.viewers = 0

    def seen(self) -> Seen:
        """Raises PhotoaiError: it cannot be."""
        return self._opened.wait()

    def picture(self, number: int, form: Form, before: int | None) -> Picture | int:
        """The picture, told in relation to the drawing `before` where that is shorter and the form
        knows how; the number of all pictures where there is none. The one after it is asked for
        as well.

        Raises:
            PhotoaiError: it cannot be had.
        """
        key = (number, form, before if form is Form.BINARY else None)
        answer = self._ask(key)
        found = self._kept(key) if answer is None else answer.wait()
        if isinstance(found, Picture):
            self._ask((number + 1, form, found.drawing if form is Form.BINARY else None))
        return found

    def close(self) -> None:
        self._show.tell("close", screen=self._number)

    def _ask(self, key: Key) -> Answer[Picture | int] | None:
        """What is, or was, asked for; None when it is here."""
        if key in self._pictures:
            return None
        if key in self._asked:
            return self._asked[key]
        number, form, before = key

        def understand(said: Said, payload: bytes) -> Picture | int:
            end = said.get("end")
            found = Picture(number, said["drawing"], payload) if end is None else int(end)
            self._keep(key, found)
            return found

        def ended() -> None:
            del self._asked[key]

        answer = self._asked[key] = Answer(understand, ended)
        self._show.ask(answer, "draw", screen=self._number, frame=number, form=form, before=before)
        return answer

    def _kept(self, key: Key) -> Picture | int:
        self._pictures.move_to_end(key)
        return self._pictures[key]

    def _keep(self, key: Key, picture: Picture | int) -> None:
        self._pictures[key] = picture
        self._kept_bytes += _size(picture)
        while self._kept_bytes > KEPT_BYTES and len(self._pictures) > 1:
            _, old = self._pictures.popitem(last=False)
            self._kept_bytes -= _size(old)


def _size(picture: Picture | int) -> int:
    return len(picture.payload) if isinstance(picture, Picture) else 0

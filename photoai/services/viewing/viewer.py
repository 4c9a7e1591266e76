"""Somebody who watches: where they are, and what they are shown next."""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from photoai.errors import PhotoaiError
from photoai.errors.viewing import ViewingPausedTooLong
from photoai.services.ascii import Look

from .order import Pace, Seen, ViewOrder
from .screen import Picture, Screen

PAUSED_AT_MOST_SEC = 600.0
# The clock starts with the first picture, and is held up by one that comes this much later from its
# decoder; one that was taken later does not hold it up.
STALL_SEC = 0.5
# Up to this late a picture is shown all the same.
LATE_SEC = 0.1


@dataclass(frozen=True)
class Ready:
    """What will be seen from now on."""

    seen: Seen
    look: Look


@dataclass(frozen=True)
class End:
    """The last word: the number of the video's pictures."""

    frames: int


@dataclass(frozen=True)
class Beat:
    """Nothing has happened for a while."""


@dataclass(frozen=True)
class Refusal:
    """The last word where something went wrong, else what became of a wish."""

    error: PhotoaiError
    is_last: bool


@dataclass(frozen=True)
class Bye:
    """The server restarts."""


@dataclass(frozen=True)
class Gone:
    """Nobody is there to be told anything."""


Said = Ready | Picture | End | Beat | Refusal | Bye | Gone
Wish = Callable[[], Said | None]


class Viewer:
    """Iterate to be told; the methods may be called meanwhile, by whoever hears the viewer.

    `screen_of` gives the screen for an order, `left` is called with one that is needed no more.
    """

    def __init__(
        self,
        order: ViewOrder,
        screen_of: Callable[[ViewOrder], Screen],
        left: Callable[[Screen], None],
        beat_sec: float,
    ) -> None:
        self._order = order
        self._screen_of = screen_of
        self._left = left
        self._beat_sec = beat_sec
        self._screen: Screen | None = None
        self._wishes: deque[Wish] = deque()
        self._nudge = threading.Event()
        self._next = 0
        self._before: int | None = None
        self._paused_at: float | None = None
        self._one_more = False
        self._clock = (0.0, 0)  # when which picture was due
        self._last_word: Said | None = None
        self._wished_look: Look | None = None

    @property
    def wishes(self) -> int:
        """How many have not been heard yet."""
        return len(self._wishes)

    # What a viewer may wish for, in any order

    def pause(self) -> None:
        self._wish(self._pause)

    def resume(self) -> None:
        self._wish(self._resume)

    def seek(self, to_sec: float) -> None:
        """Go on from there; while paused, show that picture."""
        self._wish(lambda: self._seek(to_sec))

    def see(self, look: Look) -> None:
        """Another look from the next picture on. Of several in a row the last one counts."""
        is_one_wish = self._wished_look is not None
        self._wished_look = look
        if not is_one_wish:
            self._wish(self._see)

    def stop(self) -> None:
        """The end, told as such."""
        self._wish(self._stop)

    def stir(self) -> None:
        """Tell something, if only that nothing has happened."""
        self._wish(Beat)

    def refuse(self, error: PhotoaiError) -> None:
        """Tell that this cannot be had; all goes on."""
        self._wish(lambda: Refusal(error, is_last=False))

    def end(self, last_word: Bye | Gone | Refusal) -> None:
        """Tell this last, and soon."""
        self._last_word = self._last_word or last_word
        self._nudge.set()

    @property
    def look(self) -> Look:
        """The last that was wished for."""
        return self._wished_look or self._order.look

    # What a viewer is told

    def __iter__(self) -> Iterator[Said]:
        """Raises nothing of ours: the last that is told says what went wrong."""
        try:
            yield from self._watched()
        except PhotoaiError as error:
            yield self._last_word or Refusal(error, is_last=True)
        finally:
            self._leave()

    def _watched(self) -> Iterator[Said]:
        yield self._enter(self._order)
        self._next = self._number_at(self._order.start_sec)
        self._start_clock()
        while self._last_word is None:
            if self._wishes:
                if (said := self._wishes.popleft()()) is not None:
                    yield said
            elif (wait_sec := self._wait_sec()) > 0:
                if (
                    not self._nudge.wait(min(wait_sec, self._beat_sec))
                    and wait_sec > self._beat_sec
                ):
                    yield Beat()
                self._nudge.clear()
            elif (picture := self._shown()) is not None:
                yield picture
        yield self._last_word

    def _shown(self) -> Picture | None:
        """The next picture; None when that was all of them."""
        asked = time.monotonic()
        found = self._of_screen.picture(self._next, self._order.form, self._before)
        if self._next == self._clock[1] or time.monotonic() - asked > STALL_SEC:
            self._start_clock()
        if isinstance(found, int):
            self._last_word = self._last_word or End(found)
            return None
        self._one_more = False
        self._before = found.drawing
        self._next = found.number + 1
        return found

    # The clock

    def _wait_sec(self) -> float:
        """Until the next picture is to be shown; what is long past is skipped."""
        if self._paused_at is not None and not self._one_more:
            paused_sec = time.monotonic() - self._paused_at
            if paused_sec > PAUSED_AT_MOST_SEC:
                raise ViewingPausedTooLong
            return math.inf
        if self._order.pace is Pace.MAX or self._one_more:
            return 0.0
        began, first = self._clock
        rate = float(self._of_screen.seen().fps)
        gone = (time.monotonic() - began) * rate
        late = gone - (self._next - first)
        if late >= 1 and late > LATE_SEC * rate:
            self._next = min(first + int(gone), self._of_screen.seen().frames)
        return (self._next - first - gone) / rate

    def _start_clock(self) -> None:
        self._clock = (time.monotonic(), self._next)

    def _number_at(self, to_sec: float) -> int:
        seen = self._of_screen.seen()
        return min(int(to_sec * seen.fps + 0.5), seen.frames)

    # Wishes

    def _wish(self, wish: Wish) -> None:
        self._wishes.append(wish)
        self._nudge.set()

    def _pause(self) -> None:
        self._paused_at = self._paused_at or time.monotonic()

    def _resume(self) -> None:
        if self._paused_at is not None:
            self._paused_at = None
            self._start_clock()

    def _seek(self, to_sec: float) -> None:
        self._next = self._number_at(to_sec)
        self._one_more = self._paused_at is not None
        self._start_clock()

    def _see(self) -> Said:
        """The picture that is shown is shown once more where nothing moves."""
        look, self._wished_look = self.look, None
        try:
            ready = self._enter(dataclasses.replace(self._order, look=look))
        except PhotoaiError as error:
            return Refusal(error, is_last=False)
        is_shown, self._before = self._before is not None, None
        if self._paused_at is not None:
            if is_shown and not self._one_more:
                self._next = max(0, self._next - 1)
            self._one_more = True
        return ready

    def _stop(self) -> None:
        self._last_word = End(self._of_screen.seen().frames)

    # The screen

    @property
    def _of_screen(self) -> Screen:
        assert self._screen is not None, "The viewer has not come in yet."
        return self._screen

    def _enter(self, order: ViewOrder) -> Ready:
        """Raises PhotoaiError: it cannot be seen so; what was seen stays."""
        screen = self._screen_of(order)
        try:
            seen = screen.seen()
        except BaseException:
            self._left(screen)
            raise
        self._leave()
        self._screen, self._order = screen, order
        return Ready(seen, order.look)

    def _leave(self) -> None:
        if self._screen is not None:
            self._left(self._screen)
            self._screen = None

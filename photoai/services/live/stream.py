"""One client's live events."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from photoai.errors import DatabaseBusy
from photoai.services.accounts import Bearer
from photoai.services.clock import utcnow

from .moments import ALERTS, BEAT, Event, Key, Kind, Moment
from .rows import Rows

# What waits for a client that reads slowly; beyond it, all is dropped and read anew. The moments
# themselves are shared, so this costs little.
LONGEST_QUEUE = 500
# Versions are given inside transactions, which end in another order: so far back a change may
# have become visible late. Repeats are harmless, losses are not.
OVERLAP = 500
# Who missed more than so many changes is told what there is, like somebody new.
FARTHEST = 100_000
RETRY_SEC, SETTLED_SEC = 1.0, 5.0


@dataclass(frozen=True)
class Wish:
    """What a client wants to hear: of one job or of everything that is its own, and since when.

    `connected` tells whether the client is still there, as far as this can be seen. `by_link`: it
    has a link to the one job, and no account.
    """

    bearer: Bearer
    since: int | None = None
    job_id: str | None = None
    connected: Callable[[], bool] = lambda: True
    by_link: bool = False


class Stream:
    """Iterate over it for events: first what is known, then what changes; a beat now and then.

    It ends with `end` when its one job has ended, with `bye` when the server stops, and without a
    word when its client may not listen any more. `close` it in any case.
    """

    def __init__(
        self, wish: Wish, rows: Rows, beat_sec: float, leave: Callable[[Stream], None]
    ) -> None:
        self.wish = wish
        self._rows = rows
        self._beat_sec = beat_sec
        self._leave = leave
        self._queue: deque[Moment] = deque()
        self._news = threading.Event()
        self._alerts_changed = False
        self._missed = True  # nothing has been read yet
        self._since = wish.since
        # What was read before somebody slower pushed what it had read earlier.
        self._told: dict[Key, int] = {}
        self._read_at = 0.0
        self._last_word: Event | None = None
        self._over = False
        life = wish.bearer.expires_at - utcnow()
        self._expires = time.monotonic() + life.total_seconds()

    @property
    def user_id(self) -> int:
        return self.wish.bearer.user_id

    def push(self, moment: Moment) -> None:
        """Hand over what changed; never waits."""
        if self.wish.job_id and self.wish.job_id != getattr(moment.row, "public_id", None):
            return
        if len(self._queue) >= LONGEST_QUEUE:
            self._queue.clear()
            self._missed = True
        if not self._missed:
            self._queue.append(moment)
        self._news.set()

    def push_alerts(self) -> None:
        """The account's alerts have changed; a stream about one job does not say so."""
        if self.wish.job_id is None:
            self._alerts_changed = True
            self._news.set()

    def end(self, last_word: Event | None = None) -> None:
        """Let it end soon, whatever is still to be told."""
        self._last_word, self._over = last_word, True
        self._news.set()

    def close(self) -> None:
        """The client is gone or has been told everything; fine to call twice."""
        self._over = True
        self._leave(self)

    def __iter__(self) -> Iterator[list[Event]]:
        while not self._over:
            try:
                yield from self._next()
            except DatabaseBusy:  # the client has its beat meanwhile
                self._missed = True
                yield [BEAT]
                self._wait(RETRY_SEC)
        if self._last_word:
            yield [self._last_word]

    def _next(self) -> Iterator[list[Event]]:
        if self._missed:
            # Before the read: what changes from now on is queued.
            self._missed = False
            yield from self._read()
        elif self._alerts_changed:
            self._alerts_changed = False
            yield [ALERTS]
        elif news := self._unheard():
            yield news
        elif not self._wait(self._beat_sec):
            if self.wish.connected():
                yield [BEAT]
            else:
                self._over = True

    def _wait(self, timeout_sec: float) -> bool:
        """Whether there is news. A client whose token has expired meanwhile hears nothing more."""
        left = self._expires - time.monotonic()
        news = self._news.wait(max(0.0, min(timeout_sec, left)))
        self._news.clear()
        if time.monotonic() >= self._expires:
            self._over = True
        return news or self._over

    def _unheard(self) -> list[Event]:
        """What the queue holds, without what a read was ahead of."""
        if self._told and time.monotonic() > self._read_at + SETTLED_SEC:
            self._told.clear()
        events: list[Event] = []
        while self._queue and not self._over:
            moment = self._queue.popleft()
            if moment.version > self._told.get(moment.key, 0):
                events += self._tell(moment)
        return events

    def _read(self) -> Iterator[list[Event]]:
        """What the queue cannot tell: everything since the client's last id, or what there is."""
        if self.wish.job_id is not None:
            yield self._read_job(self.wish.job_id)
            return
        here = self._rows.counter()
        for moment in self._missing(here):
            if self._over:
                return
            self._was_read(moment)
            yield self._tell(moment)
        self._since = here
        yield [Event(Kind.HERE, version=here)]

    def _missing(self, here: int) -> Iterable[Moment]:
        # An id from the future is another database's.
        if self._since is None or not here - FARTHEST <= self._since <= here:
            return self._rows.unfinished(self.user_id)
        return self._rows.changed(self.user_id, max(0, self._since - OVERLAP), here)

    def _read_job(self, public_id: str) -> list[Event]:
        moment = self._rows.job(self.user_id, public_id)
        if moment is None:  # its account is gone, and it with it
            self._over = True
            return []
        self._was_read(moment)
        return self._tell(moment)

    def _was_read(self, moment: Moment) -> None:
        self._told[moment.key] = moment.version
        self._read_at = time.monotonic()

    def _tell(self, moment: Moment) -> list[Event]:
        self._since = max(moment.version, self._since or 0)
        events = [Event(moment.kind, moment, moment.version)]
        if self.wish.job_id is not None and moment.ended:
            self._over = True
            events.append(Event(Kind.END, moment, moment.version))
        return events

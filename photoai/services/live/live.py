"""Who listens in this process, and the one reader that reads for all of them."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from photoai.config import Config
from photoai.db import Database
from photoai.errors import DatabaseBusy, JobUnknown, NoRoomToListen, TooManyStreams
from photoai.models import Job
from photoai.services.accounts import Accounts
from photoai.services.events import LocalEvents
from photoai.services.jobs import Outlooks
from photoai.services.stopping import Stop

from .moments import BYE, Key, Kind, Moment
from .rows import Rows
from .stream import OVERLAP, Stream, Wish

GATHER_SEC = 0.02
# How often changes nobody told us of are looked for, while somebody listens.
LOOK_SEC, SELDOM_LOOK_SEC = 1.0, 5.0
RETRY_SEC = 1.0
AT_ONCE = 200  # rows in one read
REMEMBERED = 5000
# A link is one guest's, and theirs who are with them.
STREAMS_OF_LINK = 5
log = logging.getLogger(__name__)


class Known(NamedTuple):
    """What was last told of a row."""

    version: int
    state: tuple[str, int] | None = None  # a job's, with its attempt


class Live:
    """Nudges are gathered for a moment; then each changed row is read once and pushed to everybody
    whose it is. Nudges that were lost are made up for by looking at the versions."""

    def __init__(
        self,
        database: Database,
        events: LocalEvents,
        stop: Stop,
        accounts: Accounts,
        outlooks: Outlooks,
        config: Config,
    ) -> None:
        self._events = events
        self._stop = stop
        self._accounts = accounts
        self._config = config
        self._rows = Rows(database, outlooks)
        self._lock = threading.Lock()
        self._streams: defaultdict[int, set[Stream]] = defaultdict(set)  # by user
        self.listeners = 0
        self._by_link = 0  # of them
        self._changed: set[Key] = set()
        self._known: OrderedDict[Key, Known] = OrderedDict()
        self._seen: int | None = None  # the highest version told; None while nobody listens
        self._beginning = threading.Lock()
        self._read_at = self._look_due = self._check_due = 0.0
        self._wake, self._stopped = threading.Event(), threading.Event()
        events.watch(self)

    def start(self) -> None:
        threading.Thread(target=self._forever, name="live", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()

    def open(self, wish: Wish) -> Stream | None:
        """A stream of what is wished for; None when there is nothing more to tell.

        Raises:
            JobUnknown: the caller has no such job.
            TooManyStreams: the caller, or the link, has too many open.
            NoRoomToListen: all callers, or all links, together have.
        """
        if wish.job_id is not None and self._is_over(wish, wish.job_id):
            return None
        stream = Stream(wish, self._rows, self._config.live_heartbeat_sec, self._leave)
        self._admit(stream)
        try:
            self._begin()
        except BaseException:
            stream.close()
            raise
        self._wake.set()  # it had no need to look and check
        if self._stop.requested:
            stream.end(BYE)
        return stream

    # Nudges

    def job_changed(self, job_id: int) -> None:
        self._note(job_id)

    def slot_changed(self, user_id: int, slot_id: str) -> None:
        self._note((user_id, slot_id))

    def account_changed(self, user_id: int) -> None:
        if user_id in self._streams:
            self._check_due = 0.0
            self._wake.set()

    def alerts_changed(self, user_id: int) -> None:
        """Whoever listens to all of the account's events reads its alerts anew."""
        for stream in tuple(self._streams.get(user_id, ())):
            stream.push_alerts()

    def look_again(self) -> None:
        if self._stop.requested:
            for stream in self._all():
                stream.end(BYE)
        self._look_due = 0.0
        self._wake.set()

    def _note(self, key: Key) -> None:
        if self.listeners:
            self._changed.add(key)
            self._wake.set()

    # Listeners

    def _is_over(self, wish: Wish, public_id: str) -> bool:
        moment = self._rows.job(wish.bearer.user_id, public_id)
        if moment is None:
            raise JobUnknown
        # An id from the future is another database's.
        return (
            moment.ended
            and wish.since is not None
            and moment.version <= wish.since <= self._rows.counter()
        )

    def _admit(self, stream: Stream) -> None:
        most = STREAMS_OF_LINK if stream.wish.by_link else self._config.live_streams_per_user
        alike = self._alike(stream)
        if len(alike) >= most:
            for other in alike:
                if not other.wish.connected():
                    other.end()
                    other.close()
        with self._lock:
            if len(self._alike(stream)) >= most:
                raise TooManyStreams(retry_after=self._config.live_heartbeat_sec)
            if self._is_full(stream):
                raise NoRoomToListen(retry_after=self._config.live_heartbeat_sec)
            self._streams[stream.user_id].add(stream)
            self.listeners += 1
            self._by_link += stream.wish.by_link

    def _alike(self, stream: Stream) -> list[Stream]:
        """The streams counted beside this one: of the same link, or of the account itself, which no
        crowd of guests shuts out."""
        by_link, job_id = stream.wish.by_link, stream.wish.job_id
        return [
            other
            for other in tuple(self._streams.get(stream.user_id, ()))
            if other.wish.by_link == by_link and (not by_link or other.wish.job_id == job_id)
        ]

    def _is_full(self, stream: Stream) -> bool:
        most = self._config.live_streams_max
        return self.listeners >= most or (stream.wish.by_link and self._by_link >= most // 2)

    def _leave(self, stream: Stream) -> None:
        with self._lock:
            theirs = self._streams.get(stream.user_id, set())
            if stream not in theirs:
                return
            theirs.discard(stream)
            self.listeners -= 1
            self._by_link -= stream.wish.by_link
            if not theirs:
                del self._streams[stream.user_id]
            if not self.listeners:
                self._seen = None
        log.info("stream_closed", extra={"fields": {"listeners": self.listeners}})

    def _begin(self) -> None:
        """For the first to listen: what has changed until now is no news."""
        with self._beginning:
            if self._seen is not None:
                return
            seen = self._rows.counter()
            known = self._rows.versions(seen - OVERLAP)
            with self._lock:
                if self.listeners:
                    self._known = OrderedDict(
                        (key, Known(version)) for key, version in known.items()
                    )
                    self._seen = seen

    def _all(self) -> list[Stream]:
        with self._lock:
            return [stream for theirs in self._streams.values() for stream in theirs]

    # Reading

    def _forever(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(self._pause_sec())
            self._wake.clear()
            # The first word is passed on at once; what follows closely is read together.
            self._stopped.wait(max(0.0, self._read_at + GATHER_SEC - time.monotonic()))
            self._read_at = time.monotonic()
            try:
                self._round()
            except Exception as error:
                is_busy = isinstance(error, DatabaseBusy)
                log.warning("live_round_failed", exc_info=None if is_busy else error)
                self._look_due = 0.0
                self._stopped.wait(RETRY_SEC)

    def _pause_sec(self) -> float | None:
        if not self.listeners:
            return None
        return max(0.0, min(self._look_due, self._check_due) - time.monotonic())

    def _round(self) -> None:
        if self._seen is None:
            return
        now, looked = time.monotonic(), {}
        if now >= self._look_due:
            self._look_due = now + (SELDOM_LOOK_SEC if self._events.hears_all else LOOK_SEC)
            looked = self._look(self._seen)
        if now >= self._check_due:
            self._check_due = now + self._config.live_heartbeat_sec
            self._check_bearers()
        for keys in _portions(self._changed):
            self._publish(self._rows.named(keys, tuple(self._streams)))
        for key, version in looked.items():  # nobody listens to the rest of them
            if not self._is_known(key, version):
                self._remember(key, Known(version))

    def _look(self, seen: int) -> dict[Key, int]:
        """Note what changed without a nudge; the versions found."""
        found = self._rows.versions(seen - OVERLAP)
        self._changed |= {key for key, version in found.items() if not self._is_known(key, version)}
        return found

    def _publish(self, moments: Iterable[Moment]) -> None:
        for moment in sorted(moments, key=lambda moment: moment.version):
            known = self._known.get(moment.key)
            if self._is_known(moment.key, moment.version):
                continue
            self._remember(moment.key, Known(moment.version, _state(moment)))
            told = _named_after(moment, known)
            for stream in tuple(self._streams.get(moment.user_id, ())):
                stream.push(told)

    def _is_known(self, key: Key, version: int) -> bool:
        known = self._known.get(key)
        return known is not None and known.version >= version

    def _remember(self, key: Key, known: Known) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        if self._seen is not None:
            self._seen = max(self._seen, known.version)

    def _check_bearers(self) -> None:
        """Who has signed out, or lost the account, hears nothing more."""
        streams = self._all()
        valid = self._accounts.still_valid({stream.wish.bearer for stream in streams})
        for stream in streams:
            if stream.wish.bearer not in valid:
                stream.end()


def _portions(changed: set[Key]) -> Iterator[list[Key]]:
    """What is noted, taken out by and by; what is noted meanwhile is left for the next time."""
    noted = tuple(changed)
    changed.difference_update(noted)
    rest = iter(noted)
    while portion := list(islice(rest, AT_ONCE)):
        yield portion


def _state(moment: Moment) -> tuple[str, int] | None:
    return (moment.row.state, moment.row.attempt) if isinstance(moment.row, Job) else None


def _named_after(moment: Moment, known: Known | None) -> Moment:
    """A job that has not left the state it was last told in only goes on."""
    if moment.kind is Kind.STATE and known is not None and known.state == _state(moment):
        return moment.going_on()
    return moment

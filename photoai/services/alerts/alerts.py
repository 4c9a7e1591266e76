"""Raising alerts and telling of them.

raised -> over       nobody has seen it for ten seconds
raised -> raised     whoever sees it says so again: at its limit at first, then down to 70 % of it
over   -> raised     a new one, which nobody has acknowledged

Every process that serves or runs photos looks by itself, and all write into the same rows: what
only one of them can know (that its provider's calls fail) lasts as long as that one says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, delete, select, update

from photoai.db import Database, Executor, put
from photoai.errors.alerts import AlertUnknown
from photoai.models import Alert, Role, User
from photoai.services.accounts import Caller
from photoai.services.background import every
from photoai.services.clock import utcnow

from .watchers import Sight, Watcher

LOOK_EVERY_SEC = 2.0
OVER_AFTER = timedelta(seconds=10)
SAID_AGAIN_AFTER = timedelta(seconds=4)
STEP = 10.0  # by which a figure changes that is told anew
EASED = 0.7  # of its limit, below which an alert is no longer seen
FORGOTTEN_AFTER = timedelta(days=1)
OPERATORS_KNOWN_SEC = 60.0
TABLE = cast(Table, Alert.__table__)
Key = tuple[int, str, str]
Seen = frozenset[tuple[object, ...]]
log = logging.getLogger(__name__)


class Alerts:
    """`tell` is called with a user's id when the user's alerts have changed."""

    def __init__(
        self, database: Database, watchers: Sequence[Watcher], tell: Callable[[int], None]
    ) -> None:
        self._db = database
        self._watchers = watchers
        self._tell = tell
        self._told: dict[int, Seen] = {}
        self._operators: Sequence[int] = ()
        self._operators_due = 0.0
        self._stopped = threading.Event()

    def start(self) -> None:
        """Look every two seconds in the background."""
        every(LOOK_EVERY_SEC, self.look, name="alerts", until=self._stopped)

    def stop(self) -> None:
        self._stopped.set()

    def of(self, caller: Caller) -> list[Alert]:
        """What the caller should know now, the oldest first."""
        return [alert for alert in self._raised() if alert.user_id == caller.id]

    def acknowledge(self, caller: Caller, kind: str, subject: str) -> Alert:
        """The caller has heard; fine to say twice.

        Raises:
            AlertUnknown: it is over, or there never was one.
        """
        mine = (TABLE.c.user_id == caller.id, TABLE.c.kind == kind, TABLE.c.subject == subject)
        unheard = (*mine, TABLE.c.acknowledged_at.is_(None))
        with self._db.transaction() as db:
            now = self._db.now(db)
            db.execute(update(TABLE).where(*unheard).values(acknowledged_at=now))
        found = [each for each in self.of(caller) if (each.kind, each.subject) == (kind, subject)]
        if not found:
            raise AlertUnknown
        self._tell_of_changes(self._raised())
        return found[0]

    def look(self) -> None:
        """One round: everything is measured, written down and told."""
        raised = {_key(alert): alert for alert in self._raised()}
        seen = {key: sight for key, sight in self._sights() if _is_seen(sight, key in raised)}
        self._write(seen, raised)
        self._tell_of_changes(self._raised())

    def forget_old(self) -> None:
        with self._db.begin(durable=False) as session:
            session.execute(delete(TABLE).where(TABLE.c.seen_at < utcnow() - FORGOTTEN_AFTER))

    def _sights(self) -> Iterable[tuple[Key, Sight]]:
        users = self._known_operators()
        for watcher in self._watchers if users else ():
            try:
                sights = list(watcher(users))
            except Exception:  # the others are looked through all the same
                log.exception("watcher_failed")
                continue
            for sight in sights:
                if sight.user_id in users:
                    yield (sight.user_id, sight.kind, sight.subject), sight

    def _write(self, seen: dict[Key, Sight], raised: dict[Key, Alert]) -> None:
        """Renewed now and then, for that is a write."""
        if not seen:
            return
        with self._db.begin(durable=False) as session:
            now = self._db.now(session)
            for key, sight in seen.items():
                alert = raised.get(key)
                if alert is None or alert.seen_at < now - SAID_AGAIN_AFTER:
                    self._say(session, sight, now)

    def _say(self, db: Executor, sight: Sight, now: datetime) -> None:
        facts = {"value": sight.value, "most": sight.most, "seen_at": now}
        still_raised = (
            TABLE.c.user_id == sight.user_id,
            TABLE.c.kind == sight.kind,
            TABLE.c.subject == sight.subject,
            TABLE.c.seen_at >= now - OVER_AFTER,
        )
        if sight.again_from is not None and sight.value >= sight.again_from:
            crossed = (*still_raised, TABLE.c.value < sight.again_from)
            anew = {"raised_at": now, "acknowledged_at": None}
            db.execute(update(TABLE).where(*crossed).values(**anew))
        if db.execute(update(TABLE).where(*still_raised).values(**facts)).rowcount:  # type: ignore[attr-defined]
            return
        named = {"user_id": sight.user_id, "kind": sight.kind, "subject": sight.subject}
        put(db, TABLE, {**named, **facts, "raised_at": now, "acknowledged_at": None})
        told = {"user": sight.user_id, "kind": sight.kind, "subject": sight.subject}
        log.warning("alert_raised", extra={"fields": told | {"value": round(sight.value, 1)}})

    def _raised(self) -> list[Alert]:
        with self._db.read() as session:
            alive = Alert.seen_at >= self._db.now(session) - OVER_AFTER
            return list(session.scalars(select(Alert).where(alive).order_by(Alert.raised_at)))

    def _tell_of_changes(self, raised: Iterable[Alert]) -> None:
        now: defaultdict[int, set[tuple[object, ...]]] = defaultdict(set)
        for each in raised:
            size = each.value // STEP
            facts = (each.kind, each.subject, each.raised_at, each.acknowledged_at, size)
            now[each.user_id].add(facts)
        for user_id in {*now, *self._told}:
            seen = frozenset(now.get(user_id, ()))
            if seen != self._told.get(user_id, frozenset()):
                self._told[user_id] = seen
                self._tell(user_id)

    def _known_operators(self) -> Sequence[int]:
        if time.monotonic() >= self._operators_due:
            with self._db.look() as connection:
                found = connection.execute(select(User.id).where(User.role == Role.OPERATOR))
                self._operators = found.scalars().all()
            self._operators_due = time.monotonic() + OPERATORS_KNOWN_SEC
        return self._operators


def _is_seen(sight: Sight, is_raised: bool) -> bool:
    limit = sight.most * EASED if is_raised and sight.is_eased else sight.most
    return sight.most > 0 and sight.value >= limit


def _key(alert: Alert) -> Key:
    return alert.user_id, alert.kind, alert.subject

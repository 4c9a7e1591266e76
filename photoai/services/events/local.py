"""Events inside one process: whoever waits for a row is nudged when it changed."""

from __future__ import annotations

import threading
from collections import defaultdict
from types import TracebackType
from typing import Protocol


class Watcher(Protocol):
    """Hears of every row, called by whoever changed it: it takes note and returns at once."""

    def job_changed(self, job_id: int) -> None: ...

    def slot_changed(self, user_id: int, slot_id: str) -> None: ...

    def account_changed(self, user_id: int) -> None:
        """Its sessions may have ended."""

    def look_again(self) -> None:
        """Nudges may have been missed, or the process is about to stop."""


class Subscription:
    """Set when the job's row changed since the last look. Use as a context manager."""

    def __init__(self, events: LocalEvents, job_id: int) -> None:
        self._events = events
        self._job_id = job_id
        self.nudge = threading.Event()

    def wait(self, timeout_sec: float) -> None:
        """Block until a nudge or the time-out; the row says what happened."""
        self.nudge.wait(max(0.0, timeout_sec))
        self.nudge.clear()

    def __enter__(self) -> Subscription:
        self._events._listeners[self._job_id].add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        listeners = self._events._listeners[self._job_id]
        listeners.discard(self)
        if not listeners:
            del self._events._listeners[self._job_id]


class LocalEvents:
    """An event is a nudge, the row is the truth: subscribe first, then read."""

    def __init__(self) -> None:
        self._listeners: defaultdict[int, set[Subscription]] = defaultdict(set)
        self._watchers: list[Watcher] = []

    def start(self) -> None:
        """Nothing is heard from outside."""

    def stop(self) -> None:
        """Fine to call twice, and without a start."""

    @property
    def hears_all(self) -> bool:
        """Whether changes by other processes arrive here too, at this moment."""
        return False

    def subscribe(self, job_id: int) -> Subscription:
        return Subscription(self, job_id)

    def watch(self, watcher: Watcher) -> None:
        """Tell this watcher of everything from now on."""
        self._watchers.append(watcher)

    def publish(self, job_id: int) -> None:
        """Nudge everybody who waits for this job; call it after the commit."""
        for subscription in tuple(self._listeners.get(job_id, ())):
            subscription.nudge.set()
        for watcher in self._watchers:
            watcher.job_changed(job_id)

    def publish_slot(self, user_id: int, slot_id: str) -> None:
        """Nudge whoever looks at this slot; call it after the commit."""
        for watcher in self._watchers:
            watcher.slot_changed(user_id, slot_id)

    def publish_account(self, user_id: int) -> None:
        """Nudge whoever listens for this account; call it after the commit."""
        for watcher in self._watchers:
            watcher.account_changed(user_id)

    def wake_everybody(self) -> None:
        """Nudge all, whatever they wait for."""
        for subscriptions in tuple(self._listeners.values()):
            for subscription in tuple(subscriptions):
                subscription.nudge.set()
        for watcher in self._watchers:
            watcher.look_again()

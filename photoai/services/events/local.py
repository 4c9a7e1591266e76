"""Events inside one process: whoever waits for a job is nudged when its row changed."""

from __future__ import annotations

import threading
from collections import defaultdict
from types import TracebackType


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

    def subscribe(self, job_id: int) -> Subscription:
        return Subscription(self, job_id)

    def publish(self, job_id: int) -> None:
        """Nudge everybody who waits for this job."""
        for subscription in tuple(self._listeners.get(job_id, ())):
            subscription.nudge.set()

    def wake_everybody(self) -> None:
        """Nudge all, whatever they wait for: the process is about to stop."""
        for job_id in tuple(self._listeners):
            self.publish(job_id)

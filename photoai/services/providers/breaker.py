"""A circuit breaker: after failures in a row a provider's model is left alone for a while, then
one call tries it again. States as M. Nygard's "Release It!" names them: closed, open, half-open."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from photoai.errors import ProviderError, ProviderOverloaded, ProviderQuota, ProviderTimeout

FAILURES_ALLOWED = 5
OPEN_SEC = 10.0
DAILY_QUOTA_SEC = 3600.0
# Who is given less time than this to answer says nothing about itself by not answering.
FAIR_SEC = 3.0


class Breaker:
    """Counts what says that the provider itself is in trouble; refusals do not."""

    def __init__(
        self, failures_allowed: int = FAILURES_ALLOWED, open_sec: float = OPEN_SEC
    ) -> None:
        self._failures_allowed = failures_allowed
        self._open_sec = open_sec
        self._failures = 0
        self._closed_at = 0.0  # monotonic; while in the future it is open
        self._quota_gone = False
        self._trying = False
        self._lock = threading.Lock()

    @property
    def healthy(self) -> bool:
        """Whether the last calls let one hope for the next."""
        return self._failures < self._failures_allowed and not self._quota_gone

    @property
    def is_open(self) -> bool:
        """Whether a call would be refused right now."""
        return self._closed_at > time.monotonic()

    @contextmanager
    def call(self, within_sec: float = FAIR_SEC) -> Iterator[None]:
        """Around one call to the provider, which has so long to answer.

        Raises:
            ProviderOverloaded: the breaker is open; `retry_after` says for how long.
            ProviderQuota: the day's quota is used up.
        """
        trying = self._enter()
        try:
            yield
        except ProviderTimeout:
            if within_sec >= FAIR_SEC:
                self._failed()
            raise
        except ProviderOverloaded:
            self._failed()
            raise
        except ProviderQuota as error:
            if error.daily:
                self._quota_used_up(error.retry_after)
            raise
        except ProviderError:  # it answered: the provider is there
            self._answered()
            raise
        else:
            self._answered()
        finally:
            if trying:
                self._trying = False

    def _enter(self) -> bool:
        with self._lock:
            left = self._closed_at - time.monotonic()
            if self._quota_gone and left > 0:
                raise ProviderQuota(daily=True, retry_after=left)
            if left > 0:
                raise ProviderOverloaded(retry_after=left)
            if self.healthy:
                return False
            if self._trying:  # half-open: somebody else is trying
                raise ProviderOverloaded(retry_after=1.0)
            self._trying = True
            return True

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._failures_allowed:
                self._closed_at = time.monotonic() + self._open_sec

    def _quota_used_up(self, retry_after: float | None) -> None:
        with self._lock:
            self._quota_gone = True
            self._closed_at = time.monotonic() + (retry_after or DAILY_QUOTA_SEC)

    def _answered(self) -> None:
        with self._lock:
            self._failures, self._closed_at, self._quota_gone = 0, 0.0, False

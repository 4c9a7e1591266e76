"""A provider's quotas, kept by ourselves: a call that would be refused is not sent.

Counted in this process; several processes on one key each keep the whole quota, and the provider's
own 429 tells them apart.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    RateLimiter,
    SlidingWindowCounterRateLimiter,
)

from photoai.errors import ProviderQuota

REQUESTS, IMAGES, TOKENS = "requests_per_minute", "images_per_minute", "tokens_per_minute"
DAILY = "requests_per_day"


class Quota:
    """Requests, images and tokens that one key may use of one model."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        storage = MemoryStorage()
        single, many = MovingWindowRateLimiter(storage), SlidingWindowCounterRateLimiter(storage)
        self._daily = FixedWindowRateLimiter(storage)
        self._day = RateLimitItemPerDay(limits[DAILY]) if limits.get(DAILY) else None
        # Tokens come by the thousand: a window that remembers each would fill the memory.
        self._minute: dict[str, tuple[RateLimiter, RateLimitItem]] = {
            name: (counter, RateLimitItemPerMinute(limits[name]))
            for name, counter in ((REQUESTS, single), (IMAGES, single), (TOKENS, many))
            if limits.get(name)
        }

    def take(self, *key: str, today: str, seconds_to_reset: float) -> None:
        """Count one request for one image.

        `today` names the provider's own day, which ends in `seconds_to_reset`.

        Raises:
            ProviderQuota: it would be one too many; `retry_after` says when it would not.
        """
        for name, (counter, item) in self._minute.items():
            if not counter.test(item, name, *key):
                resets = counter.get_window_stats(item, name, *key).reset_time
                wait_sec = max(0.1, resets - time.time())
                raise ProviderQuota(retry_after=wait_sec, vendor=f"our own count of {name}")
        if self._day and not self._daily.hit(self._day, DAILY, today, *key):
            raise ProviderQuota(daily=True, retry_after=seconds_to_reset, vendor=f"our own {DAILY}")
        for name in (REQUESTS, IMAGES):
            if name in self._minute:
                counter, item = self._minute[name]
                counter.hit(item, name, *key)

    def used(self, tokens: int, *key: str) -> None:
        """Count what an answer says it has cost."""
        if TOKENS not in self._minute:
            return
        counter, item = self._minute[TOKENS]
        # What goes beyond the limit fills it: nothing else has room then.
        counted = min(tokens, counter.get_window_stats(item, TOKENS, *key).remaining)
        if counted > 0:
            counter.hit(item, TOKENS, *key, cost=counted)

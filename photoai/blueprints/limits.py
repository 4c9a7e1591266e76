"""Limits by rate, counted in this process's memory."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from photoai.config import Config
from photoai.errors import (
    TooMany,
    TooManyAnonymous,
    TooManyLogins,
    TooManyMisses,
    TooManyRegistrations,
    TooManyWrongKeys,
    TooManyWrongPasswords,
)
from photoai.errors.galleries import TooManyLooks
from photoai.errors.pickups import TooManyWrongLinks

EXTENSION = "photoai_throttles"


class Throttle:
    """So many of something in a window, for each key."""

    def __init__(self, counters: FixedWindowRateLimiter, limit: str, refusal: type[TooMany]):
        self._counters = counters
        self._item = parse(limit)
        self._refusal = refusal

    def check(self, *key: str) -> None:
        """Raises the refusal when the limit was reached before."""
        if not self._counters.test(self._item, *self._named(key)):
            raise self._refused(key)

    def count(self, *key: str) -> None:
        """One more; raises the refusal when that is one too many."""
        if not self._counters.hit(self._item, *self._named(key)):
            raise self._refused(key)

    def take_back(self, *key: str) -> None:
        """One less: what was counted was right after all."""
        item_key = self._item.key_for(*self._named(key))
        self._counters.storage.incr(item_key, self._item.get_expiry(), amount=-1)

    def forget(self, *key: str) -> None:
        """Start again from nothing."""
        self._counters.clear(self._item, *self._named(key))

    def _named(self, key: tuple[str, ...]) -> list[str]:
        return [self._refusal.code, *(part[:200] for part in key)]

    def _refused(self, key: tuple[str, ...]) -> TooMany:
        ends, _ = self._counters.get_window_stats(self._item, *self._named(key))
        return self._refusal(retry_after=max(1, math.ceil(ends - time.time())))


@dataclass(frozen=True)
class Guesses:
    """What one client tries: a throttle with its key."""

    throttle: Throttle
    key: tuple[str, ...]

    def check(self) -> None:
        self.throttle.check(*self.key)

    def count(self) -> None:
        self.throttle.count(*self.key)


class Throttles:
    """All of ours. Without `enabled` nothing is ever refused."""

    def __init__(self, enabled: bool) -> None:
        counters = FixedWindowRateLimiter(MemoryStorage())

        def throttle(limit: str, refusal: type[TooMany]) -> Throttle:
            return Throttle(counters, limit if enabled else "1000000000 per second", refusal)

        # Attempts count before their password is looked at, so that many at once count too; those
        # that were right are taken back.
        self.logins_of_account = throttle("5 per minute", TooManyLogins)
        self.logins_from_address = throttle("30 per minute", TooManyLogins)
        # Only wrong ones count: hundreds of photos may be on their way at once.
        self.wrong_ingest_passwords = throttle("20 per minute", TooManyWrongPasswords)
        self.missed_downloads = throttle("30 per minute", TooManyMisses)
        # Right ones are never held up: all guests of a hall may come from one address.
        self.wrong_links = throttle("30 per minute", TooManyWrongLinks)
        self.wrong_keys = throttle("20 per minute", TooManyWrongKeys)
        self.registrations = throttle("20 per hour", TooManyRegistrations)
        # Those that are refused count too: a broken file is work as well.
        self.orders_of_guests = throttle("60 per hour", TooManyAnonymous)
        # The guests of an evening come from one address, and each page has dozens of pictures.
        self.looks_from_address = throttle("3000 per minute", TooManyLooks)
        self.looks_at_galleries = throttle("12000 per minute", TooManyLooks)
        self.photos_to_address = throttle("240 per minute", TooManyLooks)
        self.photos_of_galleries = throttle("1200 per minute", TooManyLooks)


def init_app(app: Flask, config: Config) -> None:
    app.extensions[EXTENSION] = Throttles(config.rate_limit_enabled)


def throttles() -> Throttles:
    return cast(Throttles, current_app.extensions[EXTENSION])


def caller_address() -> str:
    return request.remote_addr or ""

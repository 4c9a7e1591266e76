"""The breakers of providers that finish photos: one for each model, as asked with one key."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from photoai.services.catalogue import ProviderEntry

from .breaker import Breaker
from .models import chosen
from .port import Ask, Choices

# A model nobody asks any more is in nobody's way, whatever its last calls came to.
REMEMBERED_SEC = 600.0


@dataclass
class _Kept:
    key: str
    breaker: Breaker = field(default_factory=Breaker)
    asked: float = field(default_factory=time.monotonic)

    def is_past(self, key: str) -> bool:
        """Whether it is of another key, or nobody has asked for long and anybody might."""
        if key != self.key:
            return True
        return time.monotonic() - self.asked > REMEMBERED_SEC and not self.breaker.is_open


class Breakers:
    """What one model is overloaded with, or has no quota for, says nothing about the next one: a
    rung of a ladder with a smaller model is there for just that. Another key has quotas of its own.
    """

    def __init__(self, choices: Choices, key_of: Callable[[str], str]) -> None:
        self._choices = choices
        self._key_of = key_of
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = threading.Lock()

    def of(self, entry: ProviderEntry, ask: Ask) -> Breaker:
        """The breaker of the model this would ask. Raises ProviderBadRequest: there is none."""
        model = chosen(entry, self._choices, ask.settings.get("model")).id if entry.models else ""
        key = self._key_of(entry.id)
        with self._lock:
            kept = self._kept.get((entry.id, model))
            if kept is None or kept.key != key:
                kept = self._kept[entry.id, model] = _Kept(key)
            kept.asked = time.monotonic()
            return kept.breaker

    def healthy(self, provider_id: str) -> bool:
        """Whether none of its models is left alone for what its last calls came to."""
        key = self._key_of(provider_id)
        with self._lock:
            of_it = [kept for (of, _), kept in self._kept.items() if of == provider_id]
        return all(kept.breaker.healthy or kept.is_past(key) for kept in of_it)

    def health(self, provider_ids: Iterable[str]) -> dict[str, bool]:
        """The same of each of them."""
        return {provider_id: self.healthy(provider_id) for provider_id in provider_ids}

"""Whether the venue has internet, told from the connections to providers that fail.

online    -> doubted    one connection could not be made: all hosts are probed from now on
online    -> doubted    a call had no answer in time, as on a connection that silently broke
doubted   -> online     any host was reached
doubted   -> offline    two hosts were not reached, or one three times in a row
offline   -> online     a probe reached any host

While it is offline nothing is sent: whoever would send is told so at once. Guests' photos never try
it out; a probe is a connection with its TLS handshake, to the hosts of providers that are set up
and to no others. Each process knows of its own network and asks nobody, as with its breakers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Protocol
from urllib.parse import urlsplit

from photoai.errors import PhotoaiError
from photoai.errors.venue import VenueOffline
from photoai.services.clock import utcnow

HOSTS_ALLOWED, FAILURES_ALLOWED = 1, 2
# The pause between two probes of all hosts, and how long each may take.
PROBE_EVERY_SEC, PROBE_WITHIN_SEC = 2.0, 2.0
FIRST_PROBES_EVERY_SEC = 0.5  # while it is only doubted
LATE_SEC = 0.2  # so long after its deadline a probe is not waited for any more
Reach = Callable[[str, float], None]  # a URL, a deadline; raises PhotoaiError
log = logging.getLogger(__name__)


class Line(Protocol):
    """What the one retry loop knows of the way to a provider."""

    def check(self) -> None:
        """Raises VenueOffline"""

    def reached(self) -> None:
        """It has answered."""

    def unreached(self) -> None:
        """No connection could be made."""

    def doubted(self) -> None:
        """There was no answer, for whatever reason."""


class NoLine:
    """To a provider that is here."""

    def check(self) -> None: ...

    def reached(self) -> None: ...

    def unreached(self) -> None: ...

    def doubted(self) -> None: ...


@dataclass(frozen=True)
class HostLine:
    """To one host of the internet."""

    venue: Venue
    origin: str

    def check(self) -> None:
        self.venue.check()

    def reached(self) -> None:
        self.venue.reached()

    def unreached(self) -> None:
        self.venue.unreached(self.origin)

    def doubted(self) -> None:
        self.venue.doubted()


class Venue:
    """`addresses` are the URLs of the providers that are elsewhere, `is_set_up` tells which of them
    have a key."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        is_set_up: Callable[[str], bool],
        reach: Reach,
        probe_every_sec: float = PROBE_EVERY_SEC,
    ) -> None:
        self._origins = {provider: _origin(url) for provider, url in addresses.items()}
        self._is_set_up = is_set_up
        self._reach = reach
        self._probe_every_sec = probe_every_sec
        self._failures: Counter[str] = Counter()  # in a row, by host
        self._is_probing = False
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.offline_since: datetime | None = None

    @property
    def is_offline(self) -> bool:
        return self.offline_since is not None

    def line(self, provider_id: str) -> Line:
        """The way to a provider."""
        origin = self._origins.get(provider_id)
        return HostLine(self, origin) if origin else NoLine()

    def needs_internet(self, provider_id: str) -> bool:
        return provider_id in self._origins

    def check(self) -> None:
        """Raises VenueOffline"""
        if self.is_offline:
            raise VenueOffline

    def look(self) -> None:
        """Whether there is internet right now, within 2 s; nothing to reach is fine.

        Raises:
            VenueOffline
        """
        if self._hosts() and not self._probed():
            raise VenueOffline

    def reached(self) -> None:
        with self._lock:
            self._failures.clear()
            was_offline, self.offline_since = self.is_offline, None
        if was_offline:
            log.warning("venue_online")

    def unreached(self, origin: str) -> None:
        """A connection to the host could not be made."""
        self._count([origin])
        self.doubted()

    def doubted(self) -> None:
        """Look whether any host is reached, in the background."""
        with self._lock:
            begins, self._is_probing = not self._is_probing, True
        if begins:
            threading.Thread(target=self._probe, name="venue", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _count(self, origins: list[str]) -> None:
        with self._lock:
            self._failures.update(origins)
            hosts, most = len(self._failures), max(self._failures.values())
            if self.is_offline or not (hosts > HOSTS_ALLOWED or most > FAILURES_ALLOWED):
                return
            self.offline_since = utcnow()
        log.warning("venue_offline", extra={"fields": {"hosts": sorted(self._failures)}})

    def _probe(self) -> None:
        """Until any host is reached."""
        while not self._stopped.is_set():
            try:
                if not self._probed():
                    self._count(self._hosts())
                elif self._is_enough():
                    return
            except Exception:
                log.exception("venue_probe_failed")
            first_sec = min(FIRST_PROBES_EVERY_SEC, self._probe_every_sec)
            self._stopped.wait(self._probe_every_sec if self.is_offline else first_sec)

    def _is_enough(self) -> bool:
        """Whether nothing has failed again since a host was reached: probing ends with this."""
        with self._lock:
            self._is_probing = self.is_offline
            return not self._is_probing

    def _probed(self) -> bool:
        """Whether any host is reached; all are tried side by side."""
        hosts = self._hosts()
        if not hosts:  # their keys are gone meanwhile
            self.reached()
            return True
        deadline = time.monotonic() + PROBE_WITHIN_SEC
        found: SimpleQueue[bool] = SimpleQueue()
        for origin in hosts:
            args = (origin, deadline, found)
            threading.Thread(target=self._try, args=args, name="venue-probe", daemon=True).start()
        for _ in hosts:
            with suppress(Empty):
                if found.get(timeout=max(0.0, deadline - time.monotonic()) + LATE_SEC):
                    self.reached()
                    return True
        return False

    def _try(self, origin: str, deadline: float, found: SimpleQueue[bool]) -> None:
        try:
            self._reach(origin, deadline)
        except PhotoaiError:
            found.put(False)
        except BaseException:
            found.put(False)
            raise
        else:
            found.put(True)

    def _hosts(self) -> list[str]:
        """Those of providers that are set up, each once."""
        of_known = (url for provider, url in self._origins.items() if self._is_set_up(provider))
        return list(dict.fromkeys(of_known))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"

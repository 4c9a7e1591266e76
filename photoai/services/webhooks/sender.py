"""Sending what is due: many at once, but of one user never so many that others wait, and to one
of a user's hosts never so many that the user's other hosts do."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from photoai.errors import PhotoaiError
from photoai.models import WebhookDelivery
from photoai.services.clock import utcnow
from photoai.services.fetch import Fetcher, Message

from .deliveries import Deliveries, Outcome
from .message import event_in, signature

AT_ONCE, AT_ONCE_OF_USER, AT_ONCE_TO_HOST = 32, 8, 4
# A try that is claimed and not written down so long after its deadline is somebody else's.
LEASE_MARGIN_SEC = 5.0
# After a nudge it looks again soon, for a job's end is nudged before it is committed.
LOOK_SOON_SEC, LOOK_SEC = 0.02, 1.0
JSON = "application/json; charset=utf-8"
log = logging.getLogger(__name__)


class Sender:
    """`secret_of` tells a user's secret, `timeout_sec` bounds a try from look-up to answer."""

    def __init__(
        self,
        deliveries: Deliveries,
        fetcher: Fetcher,
        secret_of: Callable[[int], str],
        timeout_sec: float,
    ) -> None:
        self._deliveries = deliveries
        self._fetcher = fetcher
        self._secret_of = secret_of
        self._timeout_sec = timeout_sec
        self._places = threading.Lock()
        self._of_user: Counter[int] = Counter()
        self._to_host: Counter[tuple[int, str]] = Counter()
        self._nudge = threading.Event()
        self._stopped = threading.Event()

    def start(self, on_duty: Callable[[], bool]) -> None:
        """Send in the background, while `on_duty()` says this process should."""
        threading.Thread(
            target=self._forever, args=(on_duty,), name="webhooks", daemon=True
        ).start()

    def stop(self) -> None:
        """Begin no more tries; those on their way are made again if the process ends first."""
        self._stopped.set()
        self._nudge.set()

    def nudge(self) -> None:
        """Something is due, or will be in a moment."""
        self._nudge.set()

    def send_due(self) -> int:
        """Begin to send what is due, as far as there are places; how many."""
        begun = 0
        while not self._stopped.is_set() and (due := self._next_due()):
            if self._deliveries.claim(due, self._timeout_sec + LEASE_MARGIN_SEC):
                self._begin(due)
                begun += 1
        return begun

    def _next_due(self) -> WebhookDelivery | None:
        with self._places:
            if self._of_user.total() >= AT_ONCE:
                return None
            not_of = [user for user, count in self._of_user.items() if count >= AT_ONCE_OF_USER]
            not_to = [place for place, count in self._to_host.items() if count >= AT_ONCE_TO_HOST]
        return self._deliveries.next_due(not_of=not_of, not_to=not_to)

    def _begin(self, claimed: WebhookDelivery) -> None:
        self._count(claimed, 1)
        try:
            name = f"webhook-{claimed.public_id}"
            threading.Thread(target=self._send, args=(claimed,), name=name, daemon=True).start()
        except BaseException:
            self._count(claimed, -1)
            raise

    def _send(self, claimed: WebhookDelivery) -> None:
        try:
            outcome = self._try(claimed)
            self._deliveries.tried(claimed, outcome)
            log.info("webhook_tried", extra={"fields": _facts(claimed, outcome)})
        except Exception:
            # It stays claimed until its lease ends, and is tried again then.
            log.exception("webhook_try_not_written")
        finally:
            self._count(claimed, -1)
            self._nudge.set()

    def _try(self, claimed: WebhookDelivery) -> Outcome:
        at, started = utcnow(), time.monotonic()
        status: int | None = None
        error: str | None = None
        try:
            status = self._fetcher.tell(
                claimed.url, self._message(claimed), deadline=started + self._timeout_sec
            )
        except PhotoaiError as trouble:
            error = str(trouble.details.get("reason", trouble.code))
        return Outcome(at, round((time.monotonic() - started) * 1000), status, error)

    def _message(self, claimed: WebhookDelivery) -> Message:
        signed = signature(self._secret_of(claimed.user_id), claimed.body, utcnow())
        headers = {
            "X-Photoai-Signature": signed,
            "X-Photoai-Delivery": claimed.public_id,
            "X-Photoai-Event": event_in(claimed.body),
        }
        return Message(claimed.body.encode(), JSON, headers)

    def _count(self, delivery: WebhookDelivery, change: int) -> None:
        host = _origin(delivery.url)
        with self._places:
            self._of_user[delivery.user_id] += change
            self._to_host[delivery.user_id, host] += change
            if not self._to_host[delivery.user_id, host]:
                del self._to_host[delivery.user_id, host]

    def _forever(self, on_duty: Callable[[], bool]) -> None:
        pause_sec = LOOK_SEC
        while not self._stopped.is_set():
            nudged = self._nudge.wait(pause_sec)
            self._nudge.clear()
            pause_sec = LOOK_SOON_SEC if nudged else min(2 * pause_sec, LOOK_SEC)
            try:
                if on_duty():
                    self.send_due()
            except Exception:
                log.exception("webhooks_not_sent")


def _origin(url: str) -> str:
    """Scheme, host and port of an address in its normal form, with the slash that ends them."""
    return "/".join(url.split("/", 3)[:3]) + "/"


def _facts(claimed: WebhookDelivery, outcome: Outcome) -> dict[str, object]:
    """Not the address, which may hold somebody's token."""
    return {
        "delivery": claimed.public_id, "status": outcome.status, "error": outcome.error,
        "ms": outcome.duration_ms,
    }  # fmt: skip

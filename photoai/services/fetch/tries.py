"""One download in several tries: a connection that breaks costs no byte that has come already."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from photoai.errors import FetchFailed

from .hop import WHAT_IS_THERE, Hop, Question
from .receiving import Fetched, Receiving
from .versions import Part, exact_version, may_be, part_in

TRIES = 4
# Full jitter: any wait up to 0.5 s, 1 s, 2 s, so that a crowd does not come back all at once.
BACKOFF = wait_random_exponential(multiplier=0.5, max=4)
LONGEST_RETRY_AFTER_SEC = 10.0
OK, PARTIAL, NO_SUCH_PART, TOO_MANY_REQUESTS = 200, 206, 416, 429
# Reasons of failures that another try may mend. `part` is ours: the server's idea of the rest
# does not fit what has come, so it is fetched from its beginning.
PASSING = frozenset({"unreachable", "connection", "incomplete", "part"})

# Asks for what lies at the address, wherever that redirects, however often it is called.
Asking = Callable[[Question], AbstractContextManager[tuple[Hop, HTTPResponse]]]


class Tries:
    """What came in an earlier try stays when the server proves that the rest belongs to it."""

    def __init__(self, asking: Asking, receiving: Receiving) -> None:
        self._asking = asking
        self._receiving = receiving
        self._version: str | None = None
        self._whole_bytes: int | None = None

    def fetch(self, tries: int, deadline: float) -> Fetched:
        """Raises what the last try raised; FetchRefused, FetchTooLarge and FetchTooSlow at once."""

        def enough(state: RetryCallState) -> bool:
            late = time.monotonic() + state.upcoming_sleep >= deadline
            return state.attempt_number >= tries or late

        retrying = Retrying(
            retry=retry_if_exception(_may_pass), wait=_wait_sec, stop=enough, reraise=True
        )
        fetched: Fetched = retrying(self._try)
        return fetched

    def _try(self) -> Fetched:
        version = self._version if self._receiving.size_bytes else None
        with self._asking(_rest(self._receiving.size_bytes, version)) as (hop, response):
            if version is None or response.status == OK:
                self._begin(hop, response)
            else:
                self._continue(hop, response, version)
            fetched = self._receiving.take(hop, response)
            if fetched.size_bytes < (self._whole_bytes or 0):
                raise hop.failed("incomplete")
            return fetched

    def _begin(self, hop: Hop, response: HTTPResponse) -> None:
        expect_ok(hop, response)
        self._receiving.start_anew()
        self._version = exact_version(response.headers)
        self._whole_bytes = response.length

    def _continue(self, hop: Hop, response: HTTPResponse, version: str) -> None:
        if response.status not in {PARTIAL, NO_SUCH_PART}:
            expect_ok(hop, response)
        part = part_in(response.headers)
        if response.status == NO_SUCH_PART or not part or not self._fits(part, response, version):
            self._receiving.start_anew()
            raise hop.failed("part")
        self._whole_bytes = part.whole_bytes

    def _fits(self, part: Part, response: HTTPResponse, version: str) -> bool:
        """Whether it begins where we are, is of the same file and as long as it says."""
        length = part.last + 1 - part.first
        return (
            part.first == self._receiving.size_bytes
            and self._whole_bytes in {part.whole_bytes, None}
            and may_be(response.headers, version)
            and response.length in {length, None}
        )


def expect_ok(hop: Hop, response: HTTPResponse) -> None:
    """Raises FetchFailed, which says when to ask again if the server does."""
    if response.status == OK:
        return
    failure = hop.failed("status", status=response.status)
    failure.retry_after = _retry_after_sec(response.headers.get("Retry-After", ""))
    raise failure


def _rest(size_bytes: int, version: str | None) -> Question:
    if version is None:
        return WHAT_IS_THERE
    return Question("GET", {"Range": f"bytes={size_bytes}-", "If-Range": version})


def _may_pass(error: BaseException) -> bool:
    if not isinstance(error, FetchFailed):
        return False
    status = error.details.get("status", 0)
    return error.details["reason"] in PASSING or status >= 500 or status == TOO_MANY_REQUESTS


def _wait_sec(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, FetchFailed) and error.details["reason"] == "part":
        return 0.0
    if isinstance(error, FetchFailed) and error.retry_after is not None:
        return min(error.retry_after, LONGEST_RETRY_AFTER_SEC)
    return BACKOFF(state)


def _retry_after_sec(text: str) -> float | None:
    """Seconds, or the time until a date (RFC 9110, 10.2.3)."""
    try:
        if text.strip().isdigit():
            seconds = float(text)
        else:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None

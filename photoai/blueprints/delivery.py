"""Whether an answer has arrived, as far as the wire tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from flask import Response

from .sse import connected


def watched(response: Response, told: Callable[[bool], None]) -> Response:
    """The same answer; when it is over, `told` hears whether its client was there until then and
    took all of it. It is called outside of the request."""
    sending = _Sending(cast(Iterable[bytes], response.response), connected())
    response.response = sending
    response.call_on_close(lambda: told(sending.is_whole))
    return response


class _Sending:
    def __init__(self, pieces: Iterable[bytes], is_there: Callable[[], bool]) -> None:
        self._pieces = pieces
        self._is_there = is_there
        self.is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        # The buffers take a small photo for a client that has hung up while it waited.
        was_there = self._is_there()
        yield from self._pieces
        self.is_whole = was_there

"""Reading an answer's content within its bounds, and what goes wrong there in our words."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import BinaryIO

from photoai.offload import look_around

from .hop import Hop
from .versions import Validators, validator
from .wire import PIECE_BYTES

# The bytes so far, and how many there will be if the server said so.
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Fetched:
    """How many bytes came, and what the server says of them, which proves nothing."""

    size_bytes: int
    mime: str
    etag: str | None = None
    last_modified: str | None = None

    @property
    def validators(self) -> Validators | None:
        """To be compared with what `Fetcher.validators` finds later."""
        if not (self.etag or self.last_modified):
            return None
        return Validators(self.etag, self.last_modified, self.size_bytes)


@dataclass(frozen=True)
class Reply:
    """What a server answered, whatever its status; names of headers are lower-case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Receiving:
    """Content on its way into a file: at most `max_bytes` of it, before `deadline`.

    `progress` is called after each piece; what it raises ends the download.
    """

    def __init__(
        self,
        into: BinaryIO,
        max_bytes: int,
        deadline: float,
        progress: Progress | None = None,
    ) -> None:
        self._into = into
        self._max_bytes = max_bytes
        self._deadline = deadline
        self._progress = progress
        self.size_bytes = 0

    def take(self, hop: Hop, response: HTTPResponse) -> Fetched:
        """Write the answer's content after what came before.

        Raises:
            FetchTooLarge, FetchTooSlow
            FetchFailed: only a part came, or it is packed.
        """
        if not _is_plain(response):
            raise hop.failed("encoding")
        total = None if response.length is None else self.size_bytes + response.length
        if (total or 0) > self._max_bytes:
            raise hop.too_large()
        for piece in self._pieces(hop, response):
            if self.size_bytes + len(piece) > self._max_bytes:
                raise hop.too_large()
            self._into.write(piece)
            self.size_bytes += len(piece)
            if self._progress:
                self._progress(self.size_bytes, total)
            look_around()  # let others in between two pieces
        headers = response.headers
        return Fetched(
            size_bytes=self.size_bytes,
            mime=headers.get_content_type(),
            etag=validator(headers, "ETag"),
            last_modified=validator(headers, "Last-Modified"),
        )

    def start_anew(self) -> None:
        """Forget what came so far; the file must be seekable."""
        self._into.seek(0)
        self._into.truncate()
        self.size_bytes = 0

    def _pieces(self, hop: Hop, response: HTTPResponse) -> Iterator[bytes]:
        while True:
            with in_our_words(hop, self._deadline):
                piece = response.read(PIECE_BYTES)
            if not piece:
                break
            yield piece
        if response.length:
            raise hop.failed("incomplete")


def _is_plain(response: HTTPResponse) -> bool:
    """Whether the body is the content itself: nothing here is ever unpacked."""
    if "Transfer-Encoding" in response.headers and not response.chunked:
        return False
    encodings = response.headers.get_all("Content-Encoding", [])
    return all(encoding.strip().lower() in {"", "identity"} for encoding in encodings)


@contextmanager
def in_our_words(hop: Hop, deadline: float, trouble: str = "connection") -> Iterator[None]:
    """What the libraries raise becomes the error it means."""
    try:
        yield
    except TimeoutError:
        slow = time.monotonic() >= deadline
        raise (hop.too_slow() if slow else hop.failed(trouble)) from None
    except ssl.SSLError:
        raise hop.failed("tls") from None
    except (OSError, HTTPException, ValueError):
        raise hop.failed(trouble) from None

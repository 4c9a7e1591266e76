"""The sockets under the SDK: each of their reads and writes ends by the deadline of the call they
work for, and a call that is checked looks up every half second."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from photoai.offload import look_around
from photoai.services.providers.videos import Check, go_on

PIECE_BYTES = 256 * 1024
KEPT_ALIVE = 10  # each is looked at whenever another comes back
CHECK_EVERY_SEC = 0.5
CONNECT_WITHIN_SEC = 5.0
# The call a socket works for right now: its deadline, a `time.monotonic()` value, and its check.
_call: ContextVar[tuple[float, Check]] = ContextVar("gemini_call")


@contextlib.contextmanager
def bounded(deadline: float, check: Check) -> Iterator[None]:
    """Whatever is read or written inside is the call's."""
    token = _call.set((deadline, check))
    try:
        yield
    finally:
        _call.reset(token)


def transport(tls: ssl.SSLContext, connections: int) -> Any:
    """An HTTP transport whose every read and write ends by the call's deadline."""
    import httpcore2
    import httpx2

    class Stream(httpcore2.NetworkStream):
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            while True:
                left = _left(timeout, httpcore2.ReadTimeout)
                try:
                    data: bytes = self._inner.read(max_bytes, _turn(left))
                except httpcore2.ReadTimeout:
                    if _turn(left) == left:
                        raise
                else:
                    return data

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            whole = memoryview(buffer)
            for start in range(0, len(whole), PIECE_BYTES):
                self._write(whole[start : start + PIECE_BYTES], timeout)
                if len(whole) > PIECE_BYTES:
                    look_around()  # let others in between two pieces

        def _write(self, piece: memoryview, timeout: float | None) -> None:
            """The library's own write does not tell how much had gone when its time was over."""
            sock = self._inner.get_extra_info("socket")
            while piece:
                left = _left(timeout, httpcore2.WriteTimeout)
                sock.settimeout(_turn(left))
                try:
                    piece = piece[sock.send(piece) :]
                except TimeoutError:
                    if _turn(left) == left:
                        raise httpcore2.WriteTimeout from None
                except OSError as error:
                    raise httpcore2.WriteError(error) from error

        def start_tls(
            self, ssl_context: Any, server_hostname: Any = None, timeout: float | None = None
        ) -> Stream:
            left = _left(timeout, httpcore2.ConnectTimeout)
            return Stream(self._inner.start_tls(ssl_context, server_hostname, left))

        def close(self) -> None:
            self._inner.close()

        def get_extra_info(self, info: str) -> Any:
            return self._inner.get_extra_info(info)

    class Backend(httpcore2.SyncBackend):
        def connect_tcp(
            self, host: str, port: int, timeout: float | None = None, *args: Any, **facts: Any
        ) -> Stream:
            left = _left(timeout, httpcore2.ConnectTimeout)
            within = CONNECT_WITHIN_SEC if left is None else min(CONNECT_WITHIN_SEC, left)
            return Stream(super().connect_tcp(host, port, within, *args, **facts))

    transport = httpx2.HTTPTransport(verify=tls, trust_env=False)
    transport._pool = httpcore2.ConnectionPool(
        ssl_context=tls,
        max_connections=connections,
        max_keepalive_connections=KEPT_ALIVE,
        keepalive_expiry=30.0,
        network_backend=Backend(),
    )
    return transport


def _left(timeout: float | None, expired: type[Exception]) -> float | None:
    """How long one read or write may take; raises what the call's check raises."""
    deadline, check = _call.get((None, go_on))
    check()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise expired("the call's deadline has passed")
    return left if timeout is None else min(timeout, left)


def _turn(left: float | None) -> float | None:
    """How long it may take before it is checked again."""
    checked = _call.get((None, go_on))[1] is not go_on
    return left if not checked or left is None else min(left, CHECK_EVERY_SEC)

"""Work off the event loop, in native threads; the hub's own pool must stay free for DNS."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from gevent.monkey import is_module_patched
from gevent.threadpool import ThreadPool

# Two at most may hold a decoded photo at once.
PHOTO_THREADS, PHOTO_NICE = 2, 5
FLUSH_THREADS = 2
# Up to this many pixels and bytes the way to a thread and back costs more than the work.
SMALL_PX, SMALL_BYTES = 500_000, 150_000
# Turns that follow each other this closely let the event loop look around.
CLOSE_SEC = 0.005
# A timer this short has expired before the loop would wait for it.
AT_ONCE_SEC = 1e-6

Offload = Callable[..., Any]
ON_LINUX = sys.platform == "linux"


def make_offload(threads: int, *, nice: int = 0) -> Offload:
    """`offload(fn, *args, **kwargs)` runs `fn` in a native thread and waits for it without
    stopping other greenlets; in a process that is not patched it is a plain call, of which as many
    run at once.

    Threads that are `nice` (0 to 19, on Linux) leave the processor to the event loop first.
    """
    if not is_module_patched("threading"):
        return _bounded(threads)
    pool = ThreadPool(threads)

    def offload(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result, error = pool.apply(_outcome, (nice, fn, args, kwargs))
        if error is not None:
            raise error
        return result

    return offload


def _bounded(calls: int) -> Offload:
    free = threading.BoundedSemaphore(calls)

    def call(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with free:
            return fn(*args, **kwargs)

    return call


def _outcome(
    nice: int, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Exception | None]:
    """What the call came to; the pool would print what is raised, refusals of photos among it."""
    if nice and ON_LINUX and os.getpriority(os.PRIO_PROCESS, 0) < nice:
        os.setpriority(os.PRIO_PROCESS, 0, nice)  # of this thread alone (setpriority(2), NOTES)
    try:
        return fn(*args, **kwargs), None
    except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
        return None, error


def look_around() -> None:
    """Let the event loop see who else has become ready. A sleep of no time is not enough: gevent
    may run fifty greenlets that are ready before it looks; a timer makes it look."""
    time.sleep(AT_ONCE_SEC)


class Turnstile:
    """Computing on the event loop, one after the other, so that nobody else waits for hundreds.

    Use as a context manager, and do not wait inside.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = 0.0

    def __enter__(self) -> None:
        self._lock.acquire()
        if time.monotonic() - self._left < CLOSE_SEC:
            try:
                look_around()
            except BaseException:
                self._lock.release()
                raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left = time.monotonic()
        self._lock.release()

    def run(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The call, as a turn of its own."""
        with self:
            return fn(*args, **kwargs)


def for_image(offload: Offload, here: Offload, pixels: int, size_bytes: int) -> Offload:
    """Where work on an image of that size is done best."""
    return here if pixels <= SMALL_PX and size_bytes <= SMALL_BYTES else offload


def run_here(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The plain call that stands in for `offload` where nobody else waits."""
    return fn(*args, **kwargs)

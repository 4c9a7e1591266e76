"""Work off the event loop, in native threads; the hub's own pool must stay free for DNS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gevent.monkey import is_module_patched
from gevent.threadpool import ThreadPool

# Two at most may hold a decoded photo at once.
PHOTO_THREADS = 2
FLUSH_THREADS = 2
# Up to this many pixels and bytes the way to a thread and back costs more than the work.
SMALL_PX, SMALL_BYTES = 500_000, 150_000

Offload = Callable[..., Any]


def make_offload(threads: int) -> Offload:
    """`offload(fn, *args, **kwargs)` runs `fn` in a native thread and waits for it without
    stopping other greenlets; in a process that is not patched it is a plain call."""
    if not is_module_patched("threading"):
        return run_here
    pool = ThreadPool(threads)

    def offload(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return pool.apply(fn, args, kwargs)

    return offload


def for_image(offload: Offload, pixels: int, size_bytes: int) -> Offload:
    """Where work on an image of that size is done best."""
    return run_here if pixels <= SMALL_PX and size_bytes <= SMALL_BYTES else offload


def run_here(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The plain call that stands in for `offload` where nobody else waits."""
    return fn(*args, **kwargs)

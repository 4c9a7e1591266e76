"""A machine that runs out of something."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from .server import Server


@contextmanager
def room(server: Server, largest_file_bytes: int) -> Iterator[None]:
    """No file of the server's, or of what it starts, gets any larger: a write beyond that fails as
    on a full disk."""
    pid = server.worker.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest_file_bytes, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

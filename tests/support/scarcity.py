"""A machine that runs out of something."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .server import Server


@contextmanager
def room(server: Server, largest_file_bytes: int) -> Iterator[None]:
    """No file of the server's, or of what it starts, gets any larger: a write beyond that fails as
    on a full disk."""
    worker = server.worker
    before = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (largest_file_bytes, before[1]))
    try:
        yield
    finally:
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, before)
        for child in worker.children():  # started meanwhile, for work that comes afterwards
            with suppress(ProcessLookupError):
                resource.prlimit(child.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def small_files(largest_bytes: int) -> Iterator[None]:
    """No file this process writes itself gets any larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

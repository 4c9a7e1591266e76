"""Which of several clips something went wrong with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from photoai.errors import PhotoaiError


@contextmanager
def naming_the_clip(index: int) -> Iterator[None]:
    """Whatever goes wrong inside says which clip it was."""
    try:
        yield
    except PhotoaiError as error:
        error.details = {"clip_index": index, **error.details}
        raise

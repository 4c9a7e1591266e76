"""Forms that bring a file and say what is to be done with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from photoai.errors import Invalid, Sentence, UploadTooLarge
from photoai.services.ingest import Form

from .guard import caller
from .limits import caller_address, throttles
from .uploads import FIELD_MAX_BYTES, receive_large_form
from .wishes import wishes_in


def received(file: BinaryIO, max_bytes: int) -> Form:
    """The request's form with its wishes. Raises as `receive_large_form` and `wishes_in`."""
    with naming_the_field():
        form = receive_large_form(file, max_bytes)
    return replace(form, wishes=wishes_in(form))


@contextmanager
def naming_the_field() -> Iterator[None]:
    """A text that is too long is a field's fault, not the file's."""
    try:
        yield
    except UploadTooLarge as error:
        if "field" not in error.details:
            raise
        too_long = [Sentence("At most {most} bytes.", most=FIELD_MAX_BYTES)]
        raise Invalid(details={error.details["field"]: too_long}) from None


def count_guest() -> None:
    """One more order of a caller without an account. Raises TooManyAnonymous."""
    if caller().is_guest:
        throttles().orders_of_guests.count(caller_address())

"""The files an order works on: whose they are, and whether they will do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from photoai.errors import EditFileUnfit, FileUnknown, PhotoaiError
from photoai.models import UserFile
from photoai.services.files import Files

from .order import EditOrder, Input


def files_of(files: Files, user_id: int, order: EditOrder) -> list[UserFile]:
    """The file behind each of the order's inputs.

    Raises:
        FileUnknown, EditFileUnfit: `details` name the input.
    """
    inputs = order.inputs
    try:
        found = files.many(user_id, [each.file_id for each in inputs])
    except FileUnknown as error:
        missing = set(error.details["file_ids"])
        first = next(each for each in inputs if each.file_id in missing)
        error.details |= place_of(order, first)
        raise
    for each, file, kinds in zip(inputs, found, order.takes, strict=True):
        if file.kind not in kinds:
            with naming_the_input(order, each):
                raise EditFileUnfit(details={"kind": file.kind, "kinds": list(kinds)})
    return found


@contextmanager
def naming_the_input(order: EditOrder, which: Input) -> Iterator[None]:
    """Whatever goes wrong inside says with which file."""
    try:
        yield
    except PhotoaiError as error:
        error.details = place_of(order, which) | error.details
        raise


def place_of(order: EditOrder, which: Input) -> dict[str, Any]:
    operation = {"operation_index": which.operation} if order.is_combined else {}
    return {**operation, "input_index": which.index}

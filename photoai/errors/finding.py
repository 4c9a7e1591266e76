"""Errors by their codes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from .kinds import PhotoaiError


def every_error(root: type[PhotoaiError] = PhotoaiError) -> Iterator[type[PhotoaiError]]:
    """The whole tree, parents first."""
    _load()
    yield root
    for child in root.__subclasses__():
        yield from every_error(child)


@cache
def _load() -> None:
    """Some errors are known to those alone who raise them."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")


def error_named(
    code: str | None, message: str | None = None, details: dict[str, Any] | None = None
) -> PhotoaiError:
    """The error a stored job failed with, by its code; unknown codes become the root."""
    for kind in every_error():
        if kind.code == code:
            return kind(message, details=details)
    return PhotoaiError(message, details=details)

"""What photoai can do.

This door opens when somebody asks for what is behind it: a child process works with one of the
parts and has no time for the others, nor for the database.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .house import PROVIDERS, ProviderTable, Services, build

__all__ = ["PROVIDERS", "ProviderTable", "Services", "build"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import house

    return getattr(house, name)

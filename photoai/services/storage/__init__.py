"""Storage: the port and its adapters."""

from .counted import CountedStore
from .local import LocalStore
from .store import Store, StoredFile

__all__ = ["CountedStore", "LocalStore", "Store", "StoredFile"]

"""Storage: the port and its adapters."""

from .local import LocalStore
from .store import Store, StoredFile

__all__ = ["LocalStore", "Store", "StoredFile"]

"""Events: nudges that something changed."""

from .local import LocalEvents, Subscription, Watcher
from .postgres import PostgresEvents

__all__ = ["LocalEvents", "PostgresEvents", "Subscription", "Watcher"]

"""Events: nudges that something changed."""

from .local import LocalEvents, Subscription

__all__ = ["LocalEvents", "Subscription"]

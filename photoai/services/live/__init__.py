"""Live events: what changed, told to everybody who listens."""

from .live import Live
from .moments import Event, Kind, Moment
from .stream import Stream, Wish

__all__ = ["Event", "Kind", "Live", "Moment", "Stream", "Wish"]

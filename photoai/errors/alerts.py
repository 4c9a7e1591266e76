"""What can be wrong with alerts and summaries."""

from __future__ import annotations

from .kinds import Conflict, NotFound


class AlertUnknown(NotFound):
    """There is no such alert, or it is over."""


class SummaryNowhereToSend(Conflict):
    """No address is set for the summary."""

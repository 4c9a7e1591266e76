"""Who may see an analysis: its account, and of one that was ordered without an account whoever
knows its number."""

from __future__ import annotations

from .by_number import View, known_by_number
from .context import services

REELS = "reels"  # as ALLOW_ANONYMOUS names it


def of_reel(view: View) -> View:
    """The view is of one analysis; `caller()` is whose it is."""
    return known_by_number(
        view,
        REELS,
        lambda caller, task_id: services().reels.get(caller, task_id),
        lambda task_id: services().reels.guest_of(task_id),
        "task_id",
    )

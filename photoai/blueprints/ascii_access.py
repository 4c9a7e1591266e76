"""Who may see a conversion: its account, and of one that was ordered without an account whoever
knows its number."""

from __future__ import annotations

from .by_number import View, known_by_number
from .context import services

ASCII = "ascii"  # as ALLOW_ANONYMOUS names it


def of_conversion(view: View) -> View:
    """The view is of one conversion; `caller()` is whose it is."""
    return known_by_number(
        view,
        ASCII,
        lambda caller, job_id: services().conversions.get(caller, job_id),
        lambda job_id: services().conversions.guest_of(job_id),
        "job_id",
    )


def of_batch(view: View) -> View:
    """The same for a batch."""
    return known_by_number(
        view,
        ASCII,
        lambda caller, batch_id: services().batches.get(caller, batch_id),
        lambda batch_id: services().batches.guest_of(batch_id),
        "batch_id",
    )

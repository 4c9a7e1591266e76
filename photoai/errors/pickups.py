"""What goes wrong when guests pick up their photos."""

from __future__ import annotations

from .kinds import Gone, NotFound, TooMany


class PickupUnknown(NotFound):
    """No photo belongs to this link. See whether it is complete, or ask at the photo booth."""


class PickupGone(Gone):
    """The photo was kept for a while and has been deleted since."""


class TooManyWrongLinks(TooMany):
    """Too many links that lead to no photo: wait before the next one."""

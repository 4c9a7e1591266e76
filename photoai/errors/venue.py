"""What a photo meets at a venue without internet."""

from __future__ import annotations

from .kinds import ProviderError


class VenueOffline(ProviderError):
    """The server has no connection to the internet, so no AI provider can be reached."""

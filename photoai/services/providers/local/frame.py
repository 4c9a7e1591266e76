"""`frame`: the photo as it was taken, with a frame, a banner or a logo."""

from __future__ import annotations

from typing import Any

from photoai.services.providers.port import Ask

from .canvas import Sheet, guest_sheet, opened
from .overlays import lay_overlay

NOTHING = "nothing"


def frame(ask: Ask) -> tuple[Sheet, dict[str, Any]]:
    """The guest's photo, upright and in the booth's size, with the slot's overlay on top (see
    `overlays.lay_overlay`), when it has one; the notes say what it was taken for.

    Raises:
        ProviderBadRequest: the photo or the overlay cannot be read.
    """
    guest = guest_sheet(ask.photo, ask.output)
    overlay = ask.images.get("overlay")
    laid = lay_overlay(guest.rgb, opened(overlay), True) if overlay else NOTHING
    return guest, {"overlay": laid}

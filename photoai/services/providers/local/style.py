"""`style_transfer`: the colours and the light of a reference picture."""

from __future__ import annotations

from typing import Any

from photoai.services.providers.port import Ask

from .asks import check_time, image_named, number
from .canvas import Sheet, guest_sheet, opened
from .colour import Gains, light_of, light_of_image, relit, small

BELIEVABLE = Gains(0.7, 1.4)
DEFAULT_STRENGTH = 0.65


def style_transfer(ask: Ask) -> tuple[Sheet, dict[str, Any]]:
    """Give the guest's photo the light of `images["reference"]`.

    `settings["style_strength"]` (0 to 1, default 0.65) says how far it goes. Shapes and brush
    strokes are not transferred: this is colour transfer, see `colour.relit` for its source.

    Raises:
        ProviderBadRequest: there is no reference, or it cannot be read.
        ProviderTimeout: the deadline has passed.
    """
    strength = number(ask.settings, "style_strength", DEFAULT_STRENGTH, 0, 1)
    wanted = light_of_image(opened(image_named(ask, "reference")))
    check_time(ask)
    guest = guest_sheet(ask.photo, ask.output)
    check_time(ask)
    own = light_of(small(guest.rgb), None if guest.alpha is None else small(guest.alpha))
    rgb = relit(guest.rgb, own, wanted, strength, BELIEVABLE)
    return Sheet(rgb, guest.alpha), {"style_strength": strength}

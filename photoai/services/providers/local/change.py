"""`change_image`: one or several looks, named in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2

from photoai.errors import ProviderBadRequest
from photoai.services.providers.port import Ask

from .asks import check_time, number
from .canvas import Sheet, guest_sheet
from .presets import AUTO, PRESETS, named_in


def change_image(ask: Ask) -> tuple[Sheet, dict[str, Any]]:
    """Apply the presets that the wish names, in its order (see `presets.PRESETS`).

    The wish is `settings["preset"]` where it is set, else `ask.prompt`. Free text is not
    understood and we do not pretend: a wish that names no preset gets `auto`, and the notes say
    `unknown_wish`. `settings["strength"]` (0 to 1, default 1) mixes the result with the photo.

    Raises:
        ProviderBadRequest: a setting is not of its type, or the photo cannot be read.
        ProviderTimeout: the deadline has passed.
    """
    wish = _wish(ask.settings) or ask.prompt
    strength = number(ask.settings, "strength", 1, 0, 1)
    names = named_in(wish) or [AUTO]
    unknown = bool(wish.strip()) and not named_in(wish)
    guest = guest_sheet(ask.photo, ask.output)
    rgb = guest.rgb
    for name in names:
        check_time(ask)
        rgb = PRESETS[name].apply(rgb)
    if strength < 1:
        rgb = cv2.addWeighted(rgb, strength, guest.rgb, 1 - strength, 0)
    return Sheet(rgb, guest.alpha), {"presets": names, "unknown_wish": unknown}


def _wish(settings: Mapping[str, Any]) -> str:
    preset = settings.get("preset") or ""
    if not isinstance(preset, str):
        raise ProviderBadRequest("The setting 'preset' must be text.")
    return preset

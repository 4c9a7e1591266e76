"""What an operation means, told to a model that takes pictures and words."""

from __future__ import annotations

from collections.abc import Sequence

from photoai.services.photos import Picture

from .port import Ask

# The guest's photo comes first, then the slot's own images in this order.
ORDER = ("reference", "base", "overlay")
WORDS = {
    "style_transfer": (
        "Redraw the first image, a photo of guests, in the style of the second image. Keep the"
        " people, their faces and poses and the composition of the photo. Strength of the style:"
        " {percent} %."
    ),
    "combine_images": (
        "The first image is a photo of guests, the second a scene, the third an overlay. Put the"
        " guests into the scene with fitting light and scale, keep their faces as they are, then"
        " lay the overlay on top of everything."
    ),
    "object_replace": (
        "The image is a photo of guests. Replace only this in it: {object}. Keep the people, their"
        " faces and everything else as they are. What shall stand in its place:"
    ),
    "change_image": "",
}


def references(ask: Ask) -> Sequence[Picture]:
    """The slot's own images in the order the words speak of them."""
    return [ask.images[name] for name in ORDER if name in ask.images]


def told(ask: Ask) -> str:
    """The operation's words, then the slot's."""
    strength = ask.settings.get("style_strength", 0.65)
    words = WORDS.get(ask.operation, "").format(
        percent=round(100 * strength), object=ask.settings.get("object", "")
    )
    return "\n\n".join(part for part in (words, ask.prompt.strip()) if part)

"""What the page of ASCII videos says: the styles, the colours, and what is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from .merge_words import STATES, length, size
from .studio_words import facts_of, frames, said

__all__ = ["STATES", "facts_of", "frames", "length", "said", "size"]
STYLES: Mapping[str, Any] = {
    "normal": lazy_gettext("Classic"),
    "inverted": lazy_gettext("Inverted"),
    "dots": lazy_gettext("Dots"),
    "gradient": lazy_gettext("Shades"),
    "blocks": lazy_gettext("Blocks"),
    "braille": lazy_gettext("Braille"),
    "edges": lazy_gettext("Outlines"),
}
COLORS = {
    "mono": lazy_gettext("One colour"),
    "true": lazy_gettext("The video's own"),
    "random": lazy_gettext("Wandering"),
}
DITHERS = {
    "none": lazy_gettext("none"),
    "ordered": lazy_gettext("in a pattern"),
    "diffusion": lazy_gettext("scattered"),
}
# By the name of the field: what it is called, and what stands beside it.
SLIDERS = {
    "width": (lazy_gettext("Width, characters"), ""),
    "brightness": (lazy_gettext("Brightness"), ""),
    "contrast": (lazy_gettext("Contrast"), ""),
    "gamma": (lazy_gettext("Gamma"), lazy_gettext("More of it lightens the shadows")),
    "steadiness": (
        lazy_gettext("Steadiness"),
        lazy_gettext("More of it, and characters flicker less between frames"),
    ),
    "crf": (
        lazy_gettext("Compression of the MP4, CRF"),
        lazy_gettext("Less of it is sharper and larger; 23 is usual"),
    ),
}
MADE = {
    "save_mp4": ("MP4", lazy_gettext("a video with the sound it had")),
    "gif": ("GIF", lazy_gettext("for chats; large when it is long")),
    "save_txt": (lazy_gettext("Text"), lazy_gettext("every frame as a text file, in a ZIP")),
    "save_png": ("PNG", lazy_gettext("every frame as a picture, in a ZIP")),
}
DOWNLOADS = {
    "video": "MP4",
    "gif": "GIF",
    "txt": lazy_gettext("Texts, ZIP"),
    "png": lazy_gettext("Pictures, ZIP"),
    "frames": lazy_gettext("All frames, ZIP"),
}

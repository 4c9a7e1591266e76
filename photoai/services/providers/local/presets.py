"""The table of looks, and reading their names in a wish.

A preset is one entry here and nothing elsewhere. A word that ends in `*` stands for all its forms;
a space in it also matches a hyphen, and ё is е.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from . import drawings, textures, tones
from .canvas import Pixels


@dataclass(frozen=True)
class Preset:
    """A look: what it does to (height, width, 3) uint8 pixels, and the words that ask for it."""

    apply: Callable[[Pixels], Pixels]
    words: tuple[str, ...]


def _preset(apply: Callable[[Pixels], Pixels], words: str) -> Preset:
    return Preset(apply, tuple(word.strip() for word in words.split(",")))


AUTO = "auto"
PRESETS: dict[str, Preset] = {
    AUTO: _preset(
        tones.automatic,
        "auto, automatic*, enhance*, improve*, авто, автоматич*, улучш*, автокоррекц*",
    ),
    "black and white": _preset(
        tones.black_and_white,
        "black and white, black & white, black white, b&w, b/w, bw, monochrom*, greyscale, "
        "grayscale, чёрно бел*, ч/б, чб, монохром*, оттенк* серого",
    ),
    "sepia": _preset(tones.sepia, "sepia, сепи*"),
    "vivid": _preset(
        tones.vivid,
        "vivid, vibrant, saturated, colourful, colorful, bright colours, bright colors, "
        "яркие цвета, ярких цвет*, сочн*, насыщенн*, красочн*",
    ),
    "warm": _preset(tones.warm, "warm, warmer, тёпл*, теплее, потеплее"),
    "cool": _preset(tones.cool, "cool, cooler, cold, colder, холодн*, прохладн*, холоднее"),
    "vignette": _preset(tones.vignette, "vignett*, виньет*"),
    "soft skin": _preset(
        textures.soft_skin,
        "soft skin, smooth skin, skin smoothing, beauty, retouch*, ретуш*, мягк* кож*, "
        "гладк* кож*, сглад* кож*, бьюти",
    ),
    "sharpen": _preset(textures.sharpen, "sharp, sharpen*, sharper, sharpness, резк*, чётк*"),
    "brighten": _preset(
        tones.brighten,
        "bright, brighten*, brighter, lighten*, lighter, ярче, светлее, посветлее, осветл*, "
        "высветл*",
    ),
    "darken": _preset(tones.darken, "dark, darken*, darker, темнее, потемнее, затемн*, тёмн*"),
    "contrast": _preset(tones.more_contrast, "contrast, contrasty, контраст*"),
    "posterise": _preset(
        textures.posterise, "posteri*, poster, pop art, постер*, плакат*, поп арт*"
    ),
    "pencil sketch": _preset(
        drawings.pencil,
        "pencil*, pencil sketch, sketch*, pencil drawing, graphite, карандаш*, набросок, наброс*, "
        "скетч*, эскиз*",
    ),
    "oil paint": _preset(
        drawings.oil,
        "oil, oil paint*, painting, painted, масло, маслом, масляным*, масляная, живопис*",
    ),
    "comic": _preset(
        drawings.comic, "comic*, cartoon*, комикс*, мультик*, мультяш*, мультфильм*, мульт"
    ),
    "clarity": _preset(textures.clarity, "hdr, clarity, local contrast, детализац*, хдр"),
    "vintage": _preset(
        tones.vintage,
        "vintage, retro, fade, faded, old photo, винтаж*, ретро, выцвет*, выцветш*, старая фото*, "
        "под старину, старинн*",
    ),
}


def presets() -> dict[str, tuple[str, ...]]:
    """Each preset's name and the words that ask for it, for the documentation."""
    return {name: preset.words for name, preset in PRESETS.items()}


def named_in(wish: str) -> list[str]:
    """The presets that the wish names, in its order, each once.

    Whole words, in English or Russian, in any case. "No", "without", "не" or "без" right before
    a word takes it back.
    """
    found: dict[str, None] = {}
    pattern, names = _reader()
    for match in pattern.finditer(_plain(wish)):
        if not match["no"]:
            found[names[match.lastindex or 0]] = None
    return list(found)


@cache
def _reader() -> tuple[re.Pattern[str], dict[int, str]]:
    """One pattern for all words, and which preset each of its groups asks for."""
    words = [(word, name) for name, preset in PRESETS.items() for word in preset.words]
    words.sort(key=lambda pair: -len(pair[0]))  # of two words at one place the longer counts
    no = r"(?:(?P<no>no|not|without|never|не|без|ни)\s+(?:(?:any|a|the|too|делай|надо)\s+)?)?"
    choices = "|".join(f"({_as_pattern(word)})" for word, _ in words)
    names = {group: name for group, (_, name) in enumerate(words, start=2)}
    return re.compile(rf"(?<!\w){no}(?:{choices})(?!\w)"), names


def _as_pattern(word: str) -> str:
    parts = (re.escape(part).replace(r"\*", r"\w*") for part in _plain(word).split())
    return r"[\s-]+".join(parts)


def _plain(text: str) -> str:
    return text.casefold().replace("ё", "е")

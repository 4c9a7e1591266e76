"""The fonts there are: those that come with packages, and an account's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path

from photoai.errors import FontUnknown

from .typefaces import Font, Measures, fonts_in, measures

DEFAULT = "Noto Sans"
# Packages of nothing but fonts, and where in them they lie. Their licence is the OFL.
PACKAGES = (
    ("manimgx_fonts", "."),
    ("fontpkg_fira_sans", "files"),
    ("fontpkg_pt_serif", "files"),
    ("noto_cjk_sans_otc", "."),
)
# Who steps in for characters that a font does not have: the first that has them. Chinese,
# Japanese and Korean write some in ways of their own, so one of the three comes last.
SUBSTITUTES = (DEFAULT, "Noto Emoji", "Noto Sans Symbols")
SCRIPTS = re.compile(r"Noto Sans (?!CJK|Mono)")
EASTERN = (
    (re.compile("[\u3040-\u30ff]"), "Noto Sans CJK JP"),
    (re.compile("[\u1100-\u11ff\uac00-\ud7a3]"), "Noto Sans CJK KR"),
    (re.compile(""), "Noto Sans CJK SC"),
)
LANGUAGE_SHOWS = 100  # after so many cues, or events
TAKEN = ("*.ttf", "*.otf", "*.ttc", "*.otc")
IN_STYLES = re.compile(r"^Style:[^,\n]*,([^,\n]+),", re.M)
IN_TAGS = re.compile(r"\\fn([^\\}\n]+)")


@lru_cache
def fonts_here() -> tuple[Font, ...]:
    """The fonts that come with the server, by name."""
    paths = [path for package in PACKAGES for path in _files(*package)]
    fonts = [font for path in paths for font in fonts_in(path)]
    return tuple(sorted(fonts, key=lambda font: font.family))


# An account's own may be another font at the same path tomorrow.
_measures_here = lru_cache(measures)


def _files(package: str, inside: str) -> list[Path]:
    spec = find_spec(package)
    roots = spec.submodule_search_locations if spec else None
    folders = [Path(root, inside) for root in roots or []]
    return [path for folder in folders for kind in TAKEN for path in folder.glob(kind)]


class FontBook:
    """An account's fonts and those of the server; of the same name its own."""

    def __init__(self, own: Iterable[Font] = ()) -> None:
        self._own = tuple(own)
        self._measured: dict[Font, Measures] = {}

    @cached_property
    def _fonts(self) -> dict[str, Font]:
        fonts = [*self._own, *fonts_here()]
        known: dict[str, Font] = {}
        for font in fonts:
            known.setdefault(font.family.casefold(), font)
        # A family without a regular face is had in the one nearest to it.
        for font in sorted(fonts, key=lambda font: font.plainness):
            known.setdefault((font.kin or font.family).casefold(), font)
        return known

    @property
    def families(self) -> list[str]:
        return sorted({font.family for font in self._fonts.values()})

    def check(self, family: str | None) -> Font:
        """The font of this name, in any case of its letters; without one the server's own choice.

        Raises:
            FontUnknown: `details` name those that there are.
        """
        found = self.find(family or DEFAULT)
        if found is None:
            raise FontUnknown(details={"font": family, "fonts": self.families})
        return found

    def find(self, family: str) -> Font | None:
        return self._fonts.get(family.strip().casefold())

    def substitutes(self, text: str) -> list[Font]:
        """Who steps in, in this order, in a text of this language."""
        scripts = [font.family for font in fonts_here() if SCRIPTS.match(font.family)]
        eastern = next(name for written, name in EASTERN if written.search(text))
        names = dict.fromkeys([*SUBSTITUTES, *scripts, eastern])
        return [font for name in names if (font := self.find(name)) is not None]

    def measures(self, font: Font) -> Measures:
        """Raises FontUnusable"""
        if font in fonts_here():
            return _measures_here(font.path, font.face)
        if font not in self._measured:
            self._measured[font] = measures(font.path, _face(font))
        return self._measured[font]

    def folder(self, into: Path, families: Iterable[str]) -> Path:
        """A new folder with links to just the files of these fonts; names that are not known are
        left out.

        Raises:
            OSError: it cannot be written.
        """
        into.mkdir(parents=True)
        names = {family.casefold() for family in families} | {DEFAULT.casefold()}
        found = {self._fonts[name].path for name in names if name in self._fonts}
        for number, path in enumerate(sorted(found)):
            (into / str(number)).symlink_to(path.absolute())
        return into


def _face(font: Font) -> int:
    """Of an own font nobody may have looked further than at its names."""
    if font.kin:
        return font.face
    faces = fonts_in(font.path)
    return next((face.face for face in faces if font.family in {face.family, face.kin}), 0)


def families_in(ass: str) -> set[str]:
    """The names of all fonts that an ASS script asks for."""
    return {name.strip() for found in (IN_STYLES, IN_TAGS) for name in found.findall(ass)}

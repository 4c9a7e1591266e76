"""A look is complete and in one form, or refused with the reason."""

from __future__ import annotations

import json
import string
import subprocess
import sys

import pytest

from photoai.errors import CharsetInvalid
from photoai.services.ascii import STYLES, Look

MANY = "".join(map(chr, range(0x21, 0x7F))) + "".join(map(chr, range(0x2800, 0x2900)))


def refused(charset: str) -> dict[str, object]:
    with pytest.raises(CharsetInvalid) as refusal:
        Look(charset=charset)
    return refusal.value.details


def test_a_look_survives_json() -> None:
    look = Look(width=80, style="edges", charset=" .oO@", color="true", steadiness=0.25)
    assert Look.from_json(json.loads(json.dumps(look.as_json()))) == look


def test_equal_colours_are_equal_looks() -> None:
    assert Look(text_color="#00FF7F") == Look(text_color="#00ff7f")


def test_strokes_of_contours_count_as_characters() -> None:
    """256 places are all a cell's number has."""
    own = "".join(each for each in MANY if each not in "|/-\\_")
    assert len(Look(style="edges", charset=own[:251]).characters) == 256
    with pytest.raises(CharsetInvalid) as refusal:
        Look(style="edges", charset=own[:252])
    assert refusal.value.details["count"] == 257


def test_braille_has_no_other_characters() -> None:
    assert Look(style="braille", charset=" #") == Look(style="braille")


@pytest.mark.parametrize(
    ("charset", "count"), [("#", 1), ("", 0), (MANY[:257], 257), ("a" * 10_000, 10_000)]
)
def test_a_charset_has_two_to_256_characters(charset: str, count: int) -> None:
    assert refused(charset)["count"] == count
    assert Look(charset=MANY[:256]).characters == MANY[:256]


@pytest.mark.parametrize(
    ("charset", "reason", "code"),
    [
        (" 漢", "Wide characters need two cells.", "U+6F22"),
        (" 😀", "Wide characters need two cells.", "U+1F600"),
        (" ａ", "Wide characters need two cells.", "U+FF41"),
        (" a\u0301", "Combining characters have no cell of their own.", "U+0301"),
        (" \n", "Control characters and spaces of other kinds cannot be seen.", "U+000A"),
        (" \x1b", "Control characters and spaces of other kinds cannot be seen.", "U+001B"),
        (" \u200b", "Control characters and spaces of other kinds cannot be seen.", "U+200B"),
        (" \u00a0", "Control characters and spaces of other kinds cannot be seen.", "U+00A0"),
        (" \ud800", "Control characters and spaces of other kinds cannot be seen.", "U+D800"),
        (" .:.", "Every character may be there once.", "U+002E"),
        (" \u0e01", "The font has no such character.", "U+0E01"),
    ],
)
def test_each_character_fills_one_cell(charset: str, reason: str, code: str) -> None:
    details = refused(charset)
    assert (details["reason"], details["character"]) == (reason, code)
    assert details["place"] == len(charset) - 1


@pytest.mark.parametrize("style", STYLES)
def test_what_styles_consist_of_could_be_asked_for(style: str) -> None:
    Look(charset=STYLES[style])


def test_letters_of_other_alphabets_can_be_asked_for() -> None:
    Look(charset=" .иЖШ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 9},
        {"width": 241},
        {"style": "baroque"},
        {"color": "sepia"},
        {"dither": "random"},
        {"gamma": 0.4},
        {"contrast": 2.1},
        {"brightness": float("nan")},
        {"steadiness": 1.1},
        {"text_color": "green"},
        {"bg_color": "#00ff0"},
    ],
)
def test_what_the_edge_should_have_refused_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))}$"):
        Look(**wrong)  # type: ignore[arg-type]


def test_the_door_loads_no_numpy() -> None:
    told = "import sys; from photoai.services.ascii import Look; Look(charset=' #'); "
    heavy = "print({'numpy', 'PIL', 'fontTools'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", told + heavy], capture_output=True, check=True)
    assert ran.stdout.strip() == b"set()"


def test_shapes_have_all_that_can_be_typed() -> None:
    assert set(Look(shapes=True).characters) == {*string.printable.split()[0], " "}

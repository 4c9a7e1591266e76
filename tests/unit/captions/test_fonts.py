"""Fonts: those that come with the server, an account's own, and a folder of some of them."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from photoai.errors import FontUnknown, FontUnusable
from photoai.services.files.fonts import examine
from photoai.services.video.captions import (
    Font,
    FontBook,
    Text,
    families_in,
    fonts_here,
    fonts_in,
    texts_ass,
)
from tests.unit.captions.pixels import box, changed, drawn, same

pytestmark = pytest.mark.slow


def built(path: Path, family: str, style: str = "Regular", letters: str = "HIЯ ") -> Path:
    """A font whose letters are all bars of half an em, as high as its capital."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "bar"])
    builder.setupCharacterMap(dict.fromkeys(map(ord, letters), "bar"))
    pen = TTGlyphPen(None)
    for point, draw in zip(((100, 0), (100, 700), (400, 700), (400, 0)), "mlll", strict=True):
        {"m": pen.moveTo, "l": pen.lineTo}[draw](point)
    pen.closePath()
    builder.setupGlyf(dict.fromkeys((".notdef", "bar"), pen.glyph()))
    builder.setupHorizontalMetrics({".notdef": (500, 100), "bar": (500, 100)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({
        "familyName": family, "styleName": style, "uniqueFontIdentifier": family,
        "fullName": f"{family} {style}".removesuffix(" Regular"), "psName": "Built-Regular",
    })  # fmt: skip
    weight = 700 if style == "Bold" else 400
    builder.setupOS2(usWinAscent=800, usWinDescent=200, usWeightClass=weight)
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    return built(tmp_path / "any name.bin", "Мои Bars")


def examined(path: Path) -> dict[str, Any]:
    return examine({"path": str(path)}, Path(), lambda *_: None)


def test_fonts_that_come_with_the_server_write_russian_and_are_bold_too() -> None:
    book = FontBook()
    for name in ("Noto Sans", "Fira Sans", "Fira Sans Bold", "PT Serif", "PT Serif Bold Italic"):
        assert book.measures(book.check(name)).covers("Hello, Привет, Ёж, Їжак"), name
    assert {font.weight for font in fonts_here() if font.kin == "Fira Sans"} >= {400, 700}


def test_a_font_is_found_in_any_case_and_the_own_one_first(bars: Path) -> None:
    book = FontBook(fonts_in(bars))
    assert book.check("мои bars ").path == bars
    assert book.check(None).family == "Noto Sans"
    own = built(bars.with_name("noto"), "Noto Sans")
    assert FontBook(fonts_in(own)).check("noto sans").path == own


def test_an_unknown_font_is_refused_with_all_there_are(bars: Path) -> None:
    with pytest.raises(FontUnknown) as refusal:
        FontBook(fonts_in(bars)).check("Helvetica")
    assert refusal.value.details["fonts"] == sorted(
        {font.family for font in (*fonts_here(), *fonts_in(bars))}
    )


def test_a_family_of_one_face_is_had_in_it(tmp_path: Path) -> None:
    (bold,) = fonts_in(built(tmp_path / "b", "Own", "Bold"))
    assert (bold.family, bold.kin, bold.weight) == ("Own Bold", "Own", 700)
    assert FontBook([bold]).check("Own") == bold
    (plain,) = fonts_in(built(tmp_path / "r", "Own"))
    assert FontBook([bold, plain]).check("Own") == plain


def test_a_folder_holds_just_the_fonts_that_a_script_asks_for(bars: Path, tmp_path: Path) -> None:
    book = FontBook(fonts_in(bars))
    ass = texts_ass([Text("H😀", font="Мои Bars")], 100, 100, 1, book)
    assert families_in(ass) == {"Мои Bars", "Noto Emoji"}
    folder = book.folder(tmp_path / "fonts", families_in(ass))
    assert {link.resolve().name for link in folder.iterdir()} == {
        "any name.bin",
        "NotoEmoji[wght].ttf",
        "NotoSans[wght].ttf",
    }


def test_an_own_font_is_drawn_with_on_a_machine_without_fonts(bars: Path) -> None:
    book = FontBook(fonts_in(bars))
    text = Text("HЯ", font="Мои Bars", size=100, outline_px=0, x=50, y=50)
    (picture,) = drawn(texts_ass([text], 640, 360, 1, book), book=book)
    left, top, right, bottom = box(changed(picture))
    assert (right - left, bottom - top) == (pytest.approx(80, abs=2), pytest.approx(70, abs=2))
    (fallback,) = drawn(texts_ass([text], 640, 360, 1, book))
    assert not same(picture, fallback)


def test_each_face_of_a_collection_is_found(tmp_path: Path) -> None:
    collection = TTCollection()
    collection.fonts = [TTFont(built(tmp_path / name, name)) for name in ("One", "Two")]
    collection.fonts[1]["hmtx"]["bar"] = (900, 100)
    path = tmp_path / "both.ttc"
    collection.save(path)
    collection.close()
    assert [(font.family, font.face) for font in fonts_in(path)] == [("One", 0), ("Two", 1)]
    assert examined(path) == {"families": ["One", "Two"], "faces": 2, "characters": 4}
    # By nothing but its name, as an order knows it.
    second = Font("Two", path)
    assert FontBook([second]).measures(second).advances["H"] == 0.9


def test_what_is_inside_a_font_is_told(bars: Path, tmp_path: Path) -> None:
    assert examined(bars) == {"families": ["Мои Bars"], "faces": 1, "characters": 4}
    bold = built(tmp_path / "b", "Own", "Bold")
    assert examined(bold)["families"] == ["Own", "Own Bold"]


@pytest.mark.parametrize(
    "name", ["A}{\\an8", "a,b", "@tall", "x\\fs9", "(odd)", "", "0", "a" * 200]
)
def test_a_name_that_subtitles_could_not_hold_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FontUnusable):
        fonts_in(built(tmp_path / "odd", name))


@pytest.mark.parametrize("cut", [0, 3, 11, 12, 40, 300])
def test_a_font_that_is_cut_off_is_refused(bars: Path, cut: int) -> None:
    bars.write_bytes(bars.read_bytes()[:cut])
    with pytest.raises(FontUnusable):
        examined(bars)


def test_a_collection_of_too_many_faces_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many"
    path.write_bytes(b"ttcf" + struct.pack(">II", 0x10000, 65) + bytes(400))
    with pytest.raises(FontUnusable):
        examined(path)


@settings(deadline=None)
@given(st.data())
def test_damaged_fonts_are_refused_or_read(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = built(Path(folder) / "f", "Own")
        bytes_ = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 12))):
            at = data.draw(st.integers(0, len(bytes_) - 1))
            bytes_[at] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes_)
        try:
            assert examined(path)["faces"] >= 1
        except FontUnusable:
            return

"""What a form says, in whatever way it is written; and what it cannot say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from photoai.errors import CharsetInvalid
from photoai.schemas.ascii import ConversionOrderSchema, form_properties
from photoai.services.conversions import ConversionOrder

FIELDS = sorted(ConversionOrderSchema().fields)
SENT = sorted({*form_properties(), "file", "surprise"})
FILE = "5f0c7a52-2f0e-4f57-9d3c-6a1f8e4b7c10"


def read(**sent: Any) -> ConversionOrder:
    order: ConversionOrder = ConversionOrderSchema().load(sent)
    return order


def test_an_empty_form_is_the_seeds_defaults() -> None:
    order = read()
    assert (order.look.width, order.look.style, order.fps, order.crf) == (120, "normal", 30, 23)
    assert (order.save_mp4, order.save_png) == (True, True)
    assert (order.save_txt, order.save_gif) == (False, False)
    assert (order.look.text_color, order.look.bg_color) == ("#00ff00", "#000000")
    assert (order.look.brightness, order.look.contrast, order.look.gamma) == (1.0, 1.0, 1.0)
    assert (order.look.color, order.look.transparent, order.file_id) == ("mono", False, None)


def test_empty_fields_were_not_sent() -> None:
    assert read(**dict.fromkeys(SENT, "")) == read()


@pytest.mark.parametrize("said", ["true", "True", "1", "yes", "YES", "on", " on ", "y", "t", True])
def test_yes(said: object) -> None:
    assert read(save_txt=said).save_txt is True


@pytest.mark.parametrize("said", ["false", "FALSE", "0", "no", "off", "n", "f", False])
def test_no(said: object) -> None:
    assert read(save_png=said).save_png is False


@pytest.mark.parametrize(
    ("sent", "color"),
    [
        ({"random_colors": "true"}, "random"),
        ({"random_colors": "true", "color": "random"}, "random"),
        ({"random_colors": "false", "color": "true"}, "true"),
        ({"color": "random"}, "random"),
    ],
)
def test_both_ways_to_ask_for_colours(sent: dict[str, str], color: str) -> None:
    assert read(**sent).look.color == color


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "values"),
    [
        (
            "width",
            ["9", "241", "-1", "0", "120.5", "1e2", "1_00", "１２０", "ten", "NaN", "9" * 30],
        ),
        ("fps", ["0", "1000", "61", "-5", "29.97", "inf"]),
        ("crf", ["60", "52", "-1", "x"]),
        ("seed", ["-1", "9" * 10]),
        ("brightness", ["0.49", "2.01", "nan", "NaN", "inf", "-inf", "1e400", "0x1", "1_0", "--1"]),
        ("contrast", ["0", "3", "infinity"]),
        ("gamma", ["-0.5", "2,0", "one"]),
        ("steadiness", ["-0.1", "1.1", "nan"]),
        ("style", ["Normal ", "NORMAL", "matrix", "../etc"]),
        ("color", ["red", "#ff0000", "True"]),
        ("dither", ["yes", "floyd"]),
        ("text_color", ["00ff00", "#0f0", "#gg0000", "#00ff00ff", "green", "#00ff0", "#00ff00\n"]),
        ("bg_color", ["transparent", "#", "rgb(0,0,0)"]),
        ("save_txt", ["maybe", "2", "да", "null", "truee"]),
        ("save_png", ["-", "01"]),
        ("transparent_bg", ["nope", "1.0"]),
        ("shapes", ["some"]),
        ("gif", ["gif"]),
        ("file_id", ["abc", "../../etc/passwd", FILE + "0", "5"]),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(field: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(ValidationError) as refusal:
            read(**{field: value})
        assert list(refusal.value.normalized_messages()) == [field], value


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"save_mp4": "no", "save_png": "no"}, "save_mp4"),
        ({"random_colors": "yes", "color": "true"}, "random_colors"),
    ],
)
def test_what_does_not_go_together(sent: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(**sent)
    assert list(refusal.value.normalized_messages()) == [field]


@pytest.mark.parametrize(
    "charset", ["x", "aa", "漢字", "a\u0301b", "a\tb", "a\u200bb", "x" * 10_000]
)
def test_a_charset_nobody_can_draw(charset: str) -> None:
    with pytest.raises(CharsetInvalid):
        read(charset=charset)


def test_a_charset_keeps_its_spaces() -> None:
    assert read(charset=" .#").look.charset == " .#"


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
NUMBERS = st.integers(-5, 300).map(str) | st.floats().map(str)
WORDS = st.sampled_from(["true", "no", "#ff0000", "braille", "ordered", "random", " .#", FILE])
FORMS = st.dictionaries(st.sampled_from(SENT), PLAIN | NUMBERS | WORDS, max_size=6)


@settings(max_examples=150, deadline=None)
@given(FORMS)
def test_a_form_of_any_shape(sent: dict[str, Any]) -> None:
    """It is an order that can be stored, or a refusal, and never anything else."""
    try:
        order = read(**sent)
    except (ValidationError, CharsetInvalid):
        return
    assert ConversionOrder.from_json(order.as_json()) == order


def test_the_form_is_described_with_every_field() -> None:
    described = form_properties()
    assert described["width"] == {"type": "integer", "minimum": 10, "maximum": 240, "default": 120}
    assert described["save_txt"] == {"type": "boolean", "default": False}
    assert "normal" in described["style"]["enum"]
    assert sorted(described) == FIELDS

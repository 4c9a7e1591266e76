"""Texts upon a picture: where they stand, how high they are, when they are seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from photoai.errors import FontUnknown, TextTimeInvalid
from photoai.services.video.captions import ANCHORS, FontBook, Text, texts_ass
from tests.unit.captions.pixels import (
    FPS,
    HEIGHT,
    NAVY,
    WIDTH,
    Picture,
    box,
    changed,
    drawn,
    near,
    one,
    same,
)

pytestmark = pytest.mark.slow

BARE = Text("Hg", outline_px=0.0, size=60)
MARGIN = HEIGHT * 0.04


def ass(*texts: Text, sec: float = 10.0) -> str:
    return texts_ass(texts, WIDTH, HEIGHT, sec)


def shots(*texts: Text) -> list[Picture]:
    """Each text alone, as a frame of one video."""
    shown = [
        replace(text, start_sec=number / FPS, end_sec=(number + 1) / FPS)
        for number, text in enumerate(texts)
    ]
    pictures = drawn(ass(*shown), sec=len(texts) / FPS)
    assert len(pictures) == len(texts)
    return pictures


def boxes(*texts: Text) -> list[tuple[int, int, int, int]]:
    return [box(changed(picture)) for picture in shots(*texts)]


def test_a_letter_is_as_high_as_its_font_says_of_an_em_of_that_size() -> None:
    capitals = {None: 0.714, "Fira Sans": 0.689, "PT Serif": 0.7}
    cases = [(size, font) for size in (20, 60, 200) for font in capitals]
    found = boxes(*(replace(BARE, content="H", size=size, font=font) for size, font in cases))
    for (size, font), (_, top, _, bottom) in zip(cases, found, strict=True):
        assert bottom - top == pytest.approx(capitals[font] * size, abs=1.5)


def test_the_em_of_a_line_stands_at_its_point() -> None:
    ((left, top, _, bottom),) = boxes(replace(BARE, content="Hgj", x=100, y=50))
    assert 100 <= left <= 110
    assert 50 <= top <= 60
    assert 104 <= bottom <= 118


def test_a_text_stands_at_its_edge_within_the_margin() -> None:
    found = boxes(*(replace(BARE, content="H", anchor=anchor) for anchor in ANCHORS))
    for anchor, (left, top, right, bottom) in zip(ANCHORS, found, strict=True):
        sides = anchor.split("-")
        x, y = {"left": left, "right": WIDTH - right}, {"top": top, "bottom": HEIGHT - bottom}
        for side in sides:
            if side in x:
                assert x[side] == pytest.approx(MARGIN, abs=8)
            if side in y:
                assert MARGIN - 1 <= y[side] <= MARGIN + 20
        if not set(sides) & set(x):
            assert (left + right) / 2 == pytest.approx(WIDTH / 2, abs=2)
        if not set(sides) & set(y):
            assert (top + bottom) / 2 == pytest.approx(HEIGHT / 2, abs=6)


def test_that_point_of_a_text_stands_at_x_and_y() -> None:
    text = replace(BARE, content="HHHH", x=300, y=180)
    found = boxes(*(replace(text, anchor=anchor) for anchor in ANCHORS))
    for anchor, (left, top, right, bottom) in zip(ANCHORS, found, strict=True):
        x = {"left": left, "right": right}.get(anchor.rpartition("-")[2], (left + right) / 2)
        assert x == pytest.approx(300, abs=8)
        middle = (top + bottom) / 2
        y = {"top": top - 10, "bottom": bottom + 10}.get(anchor.partition("-")[0], middle)
        assert y == pytest.approx(180, abs=8)


def test_a_text_has_its_colour_and_its_outline() -> None:
    text = replace(
        BARE, content="I", size=200, color="#ff8000", outline_px=9, font="Fira Sans Bold"
    )
    picture = one(ass(replace(text, outline_color="#00ff00")))
    inner, outer = box(near(picture, (255, 128, 0))), box(near(picture, (0, 255, 0)))
    assert [abs(a - b) for a, b in zip(inner, outer, strict=True)] == pytest.approx([9] * 4, abs=1)
    assert not near(one(ass(replace(text, outline_px=0))), (0, 255, 0)).any()


def test_the_outline_is_a_sixteenth_of_the_size_unless_told() -> None:
    wide = box(changed(one(ass(replace(BARE, outline_px=None, size=160)))))
    bare = box(changed(one(ass(replace(BARE, size=160)))))
    assert bare[0] - wide[0] == pytest.approx(10, abs=1)


def test_all_lines_lie_on_one_box_that_shows_what_is_behind_it() -> None:
    text = replace(BARE, content="HHH\nHHHHHH", x=100, y=100, box_color="#ff000080", size=50)
    picture = one(ass(text))
    left, top, right, bottom = box(changed(picture))
    mixed = near(picture, (128, 0, 64), by=3)
    assert mixed[top, left:right].all()
    assert mixed[top:bottom, left].all()
    assert mixed[top:bottom, right - 1].all()
    assert left == pytest.approx(100 - 12.5, abs=3)
    assert near(picture, (255, 255, 255)).any()


def test_a_box_may_hide_what_is_behind_it() -> None:
    picture = one(ass(replace(BARE, content="H", box_color="#00ff00ff")))
    left, top, _, _ = box(changed(picture))
    assert tuple(picture[top + 1, left + 1]) == (0, 255, 0)


def test_a_text_is_seen_from_its_beginning_to_its_end_to_the_frame() -> None:
    pictures = drawn(ass(replace(BARE, start_sec=0.4, end_sec=1.2)), sec=2)
    seen = [index for index, picture in enumerate(pictures) if changed(picture).any()]
    assert seen == list(range(round(0.4 * FPS), round(1.2 * FPS)))


def test_a_text_without_an_end_is_seen_to_the_last_frame() -> None:
    pictures = drawn(ass(BARE, sec=1), sec=1)
    assert all(changed(picture).any() for picture in pictures)


@pytest.mark.parametrize("box_color", [None, "#ff0000ff"])
def test_a_text_and_its_box_fade_in_and_out(box_color: str | None) -> None:
    text = replace(BARE, content="H", size=300, fade_sec=0.4, box_color=box_color)
    pictures = drawn(ass(text, sec=1.2), sec=1.2)
    strength = [int(np.abs(picture.astype(int) - np.array(NAVY)).sum()) for picture in pictures]
    whole = strength[15]
    assert strength[1] < whole * 0.35
    assert strength[5] == pytest.approx(whole / 2, rel=0.25)
    assert strength[-5] == pytest.approx(whole / 2, rel=0.25)
    assert strength[-1] < whole * 0.35


def test_a_fade_longer_than_its_text_takes_half_of_it() -> None:
    pictures = drawn(ass(replace(BARE, fade_sec=60), sec=0.8), sec=0.8)
    assert near(pictures[10], (255, 255, 255), by=20).any()


def test_the_later_text_is_in_front() -> None:
    red = replace(BARE, color="#ff0000", anchor="center")
    green = replace(red, color="#00ff00")
    top = one(ass(red, green))
    assert near(top, (0, 255, 0)).sum() > 300
    assert not near(top, (255, 0, 0)).any()


def test_texts_at_one_place_do_not_push_each_other_away() -> None:
    assert box(changed(one(ass(BARE, BARE)))) == box(changed(one(ass(BARE))))


def test_lines_are_as_many_as_were_written() -> None:
    mask = changed(one(ass(replace(BARE, content="H\n\nH", size=40, x=10, y=10))))
    rows = mask.any(axis=1)
    assert np.count_nonzero(np.diff(rows.astype(int)) == 1) == 2
    _, top, _, bottom = box(mask)
    assert bottom - top == pytest.approx(40 * (0.714 + 2 * 1.519), abs=3)


def test_long_lines_stay_inside_the_picture() -> None:
    contents = ["many words " * 12, "W" * 60, "слово" * 30, "長い文" * 40, "a " + "b" * 90]
    text = replace(BARE, size=24, outline_px=None)
    found = boxes(
        *(
            replace(text, content=content, anchor=anchor)
            for content in contents
            for anchor in ("bottom", "left", "top-right")
        )
    )
    for left, _, right, _ in found:
        assert left >= MARGIN - 4
        assert right <= WIDTH - MARGIN + 4


def test_a_text_near_an_edge_wraps_before_it() -> None:
    text = replace(BARE, content="some words to wrap", size=30, x=450, y=20)
    assert box(changed(one(ass(text))))[2] <= WIDTH


LITERALS = [
    r"{\an8}", r"{\pos(0,0)}x", r"\N", r"a\nb", r"\h", "{", "}", "{}", r"\{\b1\}", "\\", "\\\\N",
    "%{pts}", "100%", "'", '"', ":", ";", ",,,,", "=", "[v]", r"C:\New\home", "{\\", "<b>x</b>",
    "&amp;", r"{\p1}m 0 0 l 99 0 99 99{\p0}", "Dialogue: 0,0:00:00.00", "{\\fnArial",
    "}{\\alpha&HFF&}", "{\\t(0,1,\\fs99)}", "*{\\r}{", "\\k50",
]  # fmt: skip


def test_what_looks_like_a_command_is_shown_as_it_is() -> None:
    """As wide as its characters are one by one, and nothing is seen elsewhere."""
    text = replace(BARE, x=20, y=100, size=30)
    found = boxes(*(replace(text, content=content) for content in LITERALS))
    book = FontBook()
    for content, (left, top, right, bottom) in zip(LITERALS, found, strict=True):
        width = book.measures(book.check(None)).width(content) * 30
        assert left >= 18, content
        assert right - 20 == pytest.approx(width, abs=width * 0.05 + 6), content
        assert top >= 95, content
        assert bottom <= 145, content


def test_characters_that_nobody_sees_are_left_out() -> None:
    odd = "\x00H\x07\x1bH\ufeff\x7f\u0085H\u2028H\r\nH\rH"
    left, right = shots(
        replace(BARE, content=odd, size=30), replace(BARE, content="HH\nH\nH\nH\nH", size=30)
    )
    assert same(left, right)
    assert ass(replace(BARE, content="a\ud83db")).encode()


def test_spaces_in_front_and_between_stay() -> None:
    at = replace(BARE, x=10, y=10)
    plain, led, parted = boxes(*(replace(at, content=each) for each in ("HH", "   HH", "H   H")))
    assert led[0] - plain[0] == pytest.approx(3 * 0.26 * 60, abs=3)
    assert parted[2] - plain[2] == pytest.approx(3 * 0.26 * 60, abs=3)


def test_right_to_left_text_runs_right_to_left() -> None:
    """Of the two letters the first is high and the second is small."""
    mask = changed(one(ass(replace(BARE, content="לי", x=50, y=50, size=100))))
    left, top, _, _ = box(mask)
    assert box(mask[:, : left + 12])[1] > top + 10
    assert box(mask[:, left + 20 :])[1] == top


def test_what_the_font_does_not_have_another_one_draws() -> None:
    """On a machine without fonts: with none that had it, all would be the same empty box."""
    contents = ["😀", "❤️", "👨‍👩‍👧", "1️⃣", "☃", "你好", "こん", "한국", "สวัสดี", "नमस्ते", "سلام"]
    text = replace(BARE, x=100, y=100, font="PT Serif")
    empty, *pictures = shots(*(replace(text, content=each) for each in ("\ue123", *contents)))
    for picture in pictures:
        assert not same(picture, empty)
        _, top, _, bottom = box(changed(picture))
        assert 20 <= bottom - top <= 90


def test_an_unknown_font_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(FontUnknown) as refusal:
        ass(replace(BARE, font="Comic Sans"))
    assert refusal.value.details["font"] == "Comic Sans"
    assert {"Noto Sans", "Fira Sans Bold", "PT Serif"} <= set(refusal.value.details["fonts"])


@pytest.mark.parametrize(("start_sec", "end_sec"), [(5, 5), (6, 5), (10, None), (12, 20)])
def test_a_text_that_is_never_seen_is_refused_with_its_number(
    start_sec: float, end_sec: float | None
) -> None:
    with pytest.raises(TextTimeInvalid) as refusal:
        ass(BARE, replace(BARE, start_sec=start_sec, end_sec=end_sec))
    assert refusal.value.details["text_index"] == 1

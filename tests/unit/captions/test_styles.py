"""Cues in four styles: what is seen of them, in which colour, when."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from photoai.errors import FontUnknown
from photoai.services.video.captions import CaptionStyle, Cue, Word, burned_ass
from tests.unit.captions.pixels import FPS, HEIGHT, WIDTH, Picture, box, changed, drawn, near, same

pytestmark = pytest.mark.slow

WHITE, AMBER = (255, 255, 255), (255, 213, 74)
# Four words of as many letters: each a quarter of the cue.
CUE = Cue(0, 2, "MMMM MMMM MMMM MMMM")
SLOW = Cue(0, 2, CUE.text, (Word(0.2, 0.4, "MMMM"), Word(0.4, 0.6, "MMMM"), Word(1, 1.2, "MMMM"),
                            Word(1.2, 1.8, "MMMM")))  # fmt: skip


def shown(style: str, *cues: Cue, sec: float = 2, **wishes: object) -> list[Picture]:
    looks = CaptionStyle(**{"style": style, "size": 30.0} | wishes)  # type: ignore[arg-type]
    return drawn(burned_ass(cues, looks, WIDTH, HEIGHT), sec=sec)


def at(pictures: list[Picture], sec: float) -> Picture:
    return pictures[round(sec * FPS)]


def parts(picture: Picture, color: tuple[int, int, int]) -> list[int]:
    """How much of a colour is in each of the line's four words."""
    left, _, right, _ = box(changed(picture))
    edges = [left + (right - left) * quarter // 4 for quarter in range(5)]
    mask = near(picture, color, by=8)
    return [int(mask[:, a:b].sum()) for a, b in pairwise(edges)]


def lit(picture: Picture, color: tuple[int, int, int] = AMBER) -> list[bool]:
    return [amount > 60 for amount in parts(picture, color)]


@pytest.mark.parametrize("style", ["classic", "karaoke", "highlight", "word_by_word"])
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\u2028", "\x85", "\v"])
def test_words_say_nothing_but_themselves(style: str, end: str) -> None:
    """A line of a script's own would draw whatever it likes, for as long as it likes."""
    evil = end.join(["a", "[V4+ Styles]", "Style: evil,PT Serif,200", "[Events]",
                     "Dialogue: 9,0:00:00.00,9:00:00.00,evil,,0,0,0,,HHHH"])  # fmt: skip
    words = (Word(0.0, 0.5, evil), Word(0.5, 1.0, "b"))
    ass = burned_ass([Cue(0, 1, "a b", words)], CaptionStyle(style), WIDTH, HEIGHT)
    head, _, events = ass.partition("[Events]\n")
    assert "evil" not in head
    assert all(line.startswith(("Format:", "Dialogue: 0,")) for line in events.splitlines())
    assert "[Events]" not in re.findall("^.*$", events, re.M)


def test_a_cue_is_seen_at_the_bottom_while_it_lasts() -> None:
    pictures = shown("classic", Cue(0.4, 1.2, "Hello"))
    seen = [index for index, picture in enumerate(pictures) if changed(picture).any()]
    assert seen == list(range(10, 30))
    left, top, right, bottom = box(changed(pictures[10]))
    assert (left + right) / 2 == pytest.approx(WIDTH / 2, abs=2)
    assert HEIGHT * 0.85 < top < bottom < HEIGHT - 10
    assert near(pictures[10], WHITE).any()


def test_size_colour_and_anchor_are_as_wished() -> None:
    (picture,) = shown(
        "classic",
        Cue(0, 1, "MMMM"),
        sec=0.04,
        size=60.0,
        color="#00ff00",
        anchor="top-left",
        font="PT Serif",
    )
    left, top, _, bottom = box(near(picture, (0, 255, 0)))
    assert (left, top) == (pytest.approx(14, abs=8), pytest.approx(25, abs=12))
    assert bottom - top == pytest.approx(0.7 * 60, abs=3)


def test_karaoke_fills_the_words_one_after_the_other() -> None:
    pictures = shown("karaoke", CUE)
    for done in range(4):
        just_before_the_next = at(pictures, 0.5 * done + 0.44)
        assert lit(just_before_the_next) == [index <= done for index in range(4)]
    first = [parts(at(pictures, sec), AMBER)[0] for sec in (0.04, 0.16, 0.32, 0.48)]
    assert first == sorted(first)
    assert first[0] < first[-1] / 2


def test_karaoke_waits_where_nothing_is_said() -> None:
    pictures = shown("karaoke", SLOW)
    assert lit(at(pictures, 0.12)) == [False] * 4
    assert lit(at(pictures, 0.4)) == [True, False, False, False]
    assert lit(at(pictures, 0.92)) == [True, True, False, False]
    assert lit(at(pictures, 1.9)) == [True] * 4


def test_highlight_colours_the_word_that_is_said_and_no_other() -> None:
    pictures = shown("highlight", CUE, highlight_color="#ff0000")
    for said in range(4):
        for sec in (0.5 * said + 0.04, 0.5 * said + 0.44):
            picture = at(pictures, sec)
            assert lit(picture, (255, 0, 0)) == [index == said for index in range(4)]
            assert lit(picture, WHITE) == [index != said for index in range(4)]


def test_highlight_follows_given_times_and_leaves_pauses() -> None:
    pictures = shown("highlight", SLOW)
    heard = {0.1: None, 0.3: 0, 0.5: 1, 0.8: None, 1.1: 2, 1.5: 3, 1.9: None}
    for sec, said in heard.items():
        assert lit(at(pictures, sec)) == [index == said for index in range(4)], sec


def test_word_by_word_shows_nothing_but_one_word() -> None:
    pictures = shown("word_by_word", Cue(0, 2, "I MMMMMMM"))
    widths = [right - left for left, _, right, _ in (box(changed(each)) for each in pictures)]
    assert len(set(widths)) == 2
    assert widths[0] < 30 < 150 < widths[-1]
    assert widths.index(widths[-1]) == 7  # the first after 2 / 8 s


def test_word_by_word_keeps_a_word_until_the_next_is_said() -> None:
    pictures = shown("word_by_word", SLOW)
    assert not changed(at(pictures, 0.12)).any()
    assert all(changed(picture).any() for picture in pictures[5:])


@pytest.mark.slow
@pytest.mark.parametrize("style", ["classic", "karaoke", "highlight"])
def test_cues_seen_at_once_stand_above_each_other(style: str) -> None:
    pictures = shown(style, Cue(0, 2, "MMMM"), Cue(1, 2, "MMMM"))
    alone, both = box(changed(at(pictures, 0.5))), box(changed(at(pictures, 1.5)))
    assert both[1] < alone[1] - 25
    assert both[3] == pytest.approx(alone[3], abs=1)


@pytest.mark.slow
@pytest.mark.parametrize("style", ["classic", "karaoke", "highlight", "word_by_word"])
def test_what_looks_like_a_tag_is_shown_as_it_is(style: str) -> None:
    odd = Cue(0, 1, r"{\an8}{\fs99}\N{x")
    (picture,) = shown(style, odd, sec=0.04)
    _, top, _, bottom = box(changed(picture))
    assert top > HEIGHT * 0.8
    assert bottom - top < 45
    plain = shown("classic", Cue(0, 1, "x"), sec=0.04)
    assert changed(picture).sum() > 2 * changed(plain[0]).sum()


SCRIPTS = ["你好世界", "😀 👨‍👩‍👧 ❤️", "שלום עולם", "строка\nвторая", "ก็ได้ครับ"]


@pytest.mark.slow
@pytest.mark.parametrize("text", SCRIPTS)
def test_every_style_draws_every_script_where_classic_does(text: str) -> None:
    (classic,) = shown("classic", Cue(0, 1, text), sec=0.04)
    for style in ("karaoke", "highlight"):
        (picture,) = shown(style, Cue(0, 1, text), sec=0.04)
        left, right = box(changed(classic)), box(changed(picture))
        assert right == pytest.approx(left, abs=3), style


def test_right_to_left_words_light_up_from_the_right() -> None:
    pictures = shown("highlight", Cue(0, 2, "שששש שששש שששש שששש"))
    for said in range(4):
        assert lit(at(pictures, 0.5 * said + 0.2)) == [index == 3 - said for index in range(4)]


@pytest.mark.slow
def test_karaoke_of_one_script_and_the_other_ends_with_all_words_filled() -> None:
    pictures = shown("karaoke", Cue(0, 1.6, "שששש שששש שששש שששש"))
    assert lit(at(pictures, 0.36))[3]
    assert not any(lit(at(pictures, 0.36))[:3])
    assert lit(at(pictures, 1.56)) == [True] * 4


@pytest.mark.slow
def test_a_cue_stands_clear_of_one_in_a_higher_font() -> None:
    lower = Cue(0, 1, "你好你好")
    (alone,) = shown("classic", lower, sec=0.04, font="Fira Sans", size=60)
    (both,) = shown("classic", lower, Cue(0, 1, "jgyq"), sec=0.04, font="Fira Sans", size=60)
    top = box(changed(alone))[1]
    assert not changed(both)[top - 3 : top].any()


def test_a_cue_keeps_its_place_when_one_below_it_ends() -> None:
    first, second = Cue(0, 1, "MMMM"), Cue(0.5, 2, "M MM")
    pictures = shown("word_by_word", first, second)
    places = {box(changed(picture))[3] for picture in pictures[26:]}
    assert len(places) == 1
    assert places.pop() < box(changed(pictures[3]))[3] - 25


@pytest.mark.slow
def test_more_cues_than_there_is_room_for_are_drawn_all_the_same() -> None:
    (picture,) = shown("classic", *[Cue(0, 1, "MMMM")] * 200, sec=0.04)
    left, top, right, bottom = box(changed(picture))
    assert 0 <= top < 60
    assert bottom > HEIGHT - 40
    assert 0 < left < right < WIDTH


@pytest.mark.slow
def test_a_word_wider_than_the_picture_is_broken_in_every_style() -> None:
    for style in ("classic", "karaoke", "highlight", "word_by_word"):
        (picture,) = shown(style, Cue(0, 1, "M" * 60), sec=0.04)
        left, top, right, bottom = box(changed(picture))
        assert left >= 10
        assert right <= WIDTH - 10
        assert bottom - top > 100, style


@pytest.mark.slow
def test_long_cues_wrap_inside_the_picture_in_every_style() -> None:
    text = " ".join(["lengthy"] * 24)
    for style in ("classic", "karaoke", "highlight"):
        (picture,) = shown(style, Cue(0, 1, text), sec=0.04)
        left, top, right, _ = box(changed(picture))
        assert left >= 10
        assert right <= WIDTH - 10
        assert top < HEIGHT * 0.75


def test_an_unknown_font_is_refused() -> None:
    with pytest.raises(FontUnknown):
        burned_ass([CUE], CaptionStyle(font="Impact"), WIDTH, HEIGHT)


def test_what_is_said_of_words_outside_their_cue_is_kept_inside() -> None:
    odd = Cue(0.4, 1, "a b", (Word(-5, 0.1, "a"), Word(9, 7, "b")))
    pictures = shown("karaoke", odd)
    assert not changed(pictures[9]).any()
    assert changed(pictures[10]).any()
    assert not same(pictures[10], pictures[30])

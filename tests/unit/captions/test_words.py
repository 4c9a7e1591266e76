"""Text in words, and when each is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoai.services.video.captions import Cue, Word
from photoai.services.video.captions.words import timed, words_in


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("two  words", ["two  ", "words"]),
        ("  led and trailed  ", ["  led ", "and ", "trailed  "]),
        ("don't, stop!", ["don't, ", "stop!"]),
        ("– Привет.", ["– ", "Привет."]),
        ("你好，世界。", ["你", "好，", "世", "界。"]),
        ("「引用」です", ["「引", "用」", "で", "す"]),
        ("コーヒー", ["コー", "ヒー"]),
        ("안녕 세계", ["안녕 ", "세계"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("版本2.0好", ["版", "本", "2.0", "好"]),
        ("👨‍👩‍👧 ok 🇩🇪", ["👨‍👩‍👧 ", "ok ", "🇩🇪"]),
        ("   ", ["   "]),
        ("", [""]),
    ],
)
def test_lines_part_into_words(line: str, words: list[str]) -> None:
    assert words_in(line) == words


@settings(deadline=None)
@given(st.text())
def test_words_together_are_the_line(line: str) -> None:
    assert "".join(words_in(line)) == line


def test_without_times_each_word_lasts_as_long_as_it_has_letters() -> None:
    words = timed(Cue(10, 20, "a bcd,\nefghij"))
    assert words == [Word(10, 11, "a "), Word(11, 14, "bcd,\n"), Word(14, 20, "efghij")]


def test_given_times_are_used_with_the_text_as_it_is_written() -> None:
    given_words = (Word(1, 2, "hello"), Word(2.5, 3, "world"))
    words = timed(Cue(0, 4, "«Hello», hello,\nworld!", given_words))
    assert words == [Word(1, 2, "«Hello», hello,\n"), Word(2.5, 3, "world!")]


@pytest.mark.parametrize(
    ("said", "text"),
    [(["hi", "you"], "hi you"), ([" hi", " you"], " hi you"), (["你", "好"], "你 好")],
)
def test_words_that_are_not_in_the_text_stand_for_themselves(said: list[str], text: str) -> None:
    words = timed(Cue(0, 2, "something else", tuple(Word(0, 1, each) for each in said)))
    assert "".join(word.text for word in words).strip() == text.strip()


@settings(deadline=None)
@given(
    st.text(min_size=1),
    st.lists(
        st.builds(Word, st.floats(-9, 99), st.floats(-9, 99), st.text(max_size=9)), max_size=9
    ),
)
def test_whatever_is_given_words_come_in_order_and_within_their_cue(
    text: str, given_words: list[Word]
) -> None:
    cue = Cue(1, 5, text, tuple(given_words))
    times = [time for word in timed(cue) for time in (word.start_sec, word.end_sec)]
    starts = times[::2]
    assert starts == sorted(starts)
    assert all(1 <= time <= 5.001 for time in times)

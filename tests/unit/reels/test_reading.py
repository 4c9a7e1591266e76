"""A model's answer is read as strictly as a stranger's."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoai.services.reels.analysis import Wish
from photoai.services.reels.analysis.reading import Unusable, read
from tests.emulators.gemini_video_answers import good
from tests.support.reels import facts

ONE, THREE = Wish("ru", 1), Wish("ru", 3)
FACTS = {**facts(), "target_language": "ru", "scripts": 1}
GOOD = good(FACTS)
TEXT = json.dumps(GOOD, ensure_ascii=False)


def changed(**parts: Any) -> str:
    return json.dumps({**copy.deepcopy(GOOD), **parts})


def problems(text: str, wish: Wish = ONE) -> str:
    with pytest.raises(Unusable) as refused:
        read(text, wish)
    return "\n".join(refused.value.problems)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}```",
        f"Вот {{ваш}} анализ:\n```json\n{TEXT}\n```\nУдачи {{вам}}!",
        f'{{"note": "first this"}} {TEXT}',
        f"\ufeff{TEXT}\n\n",
    ],
    ids=["plain", "fenced", "bare fence", "prose", "another object", "mark"],
)
def test_it_is_found_in_whatever_stands_around_it(text: str) -> None:
    assert read(text, ONE) == {**GOOD, "variants": []}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no complete JSON object"),
        ("Я не могу это посмотреть.", "no complete JSON object"),
        ("[1, 2]", "no complete JSON object"),
        (TEXT[: len(TEXT) // 2], "the JSON breaks at character"),
        ('{"keys": ' + "[" * 200_000, "nested too deeply"),
        ('{"keys": NaN}', "NaN is no JSON"),
        ('{"keys": ' + "9" * 5000 + "}", "cannot be read"),
        (" " * 1_000_001, "longer than"),
        (json.dumps({"summary": "x", "tags": []}), "original: Missing data for required field."),
    ],
    ids=["empty", "prose", "list", "half", "deep", "nan", "long number", "endless", "other schema"],
)  # fmt: skip
def test_what_is_wrong_with_it_is_said(text: str, said: str) -> None:
    assert said in problems(text)


def test_every_wrong_place_is_named_by_its_path() -> None:
    keys = [*GOOD["keys"][:3], {"title": "", "description": 7}]
    hook = {**GOOD["hook"], "end_sec": "soon"}
    said = problems(changed(keys=keys, hook=hook, shots=[{"index": 1.5, "description": "x"}]))
    assert "keys.3.title: Length must be between 1 and 500." in said
    assert "keys.3.description: Not a valid string." in said
    assert "hook.end_sec: Not a valid number." in said
    assert "shots.0.index: Not a valid integer." in said


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"keys": GOOD["keys"][:4]}, "keys: "),
        ({"keys": [*GOOD["keys"], GOOD["keys"][0]]}, "keys: "),
        ({"script": []}, "script: "),
        ({"recommendations": []}, "recommendations: "),
        ({"original": {**GOOD["original"], "translation": None}}, "original.translation: "),
        ({"original": "all of it"}, "original"),
        ({"segments": [{**GOOD["segments"][0], "start_sec": True}]}, "segments.0.start_sec: "),
        ({"original": {**GOOD["original"], "transcription": "x" * 60_001}}, "transcription: "),
    ],
)
def test_it_is_refused_where_it_does_not_fit(parts: dict[str, Any], path: str) -> None:
    assert path in problems(changed(**parts))


def test_infinity_in_disguise_is_no_time() -> None:
    text = changed(hook={**GOOD["hook"], "end_sec": 4711}).replace("4711", "1e999")
    assert "hook.end_sec: " in problems(text)


def test_as_many_variants_as_were_wished_are_wanted() -> None:
    wanted = good({**FACTS, "scripts": 3})
    assert len(read(json.dumps(wanted), THREE)["variants"]) == 2
    assert "variants: " in problems(TEXT, THREE)
    assert read(json.dumps(wanted), ONE)["variants"] == []


def test_what_nobody_can_keep_or_show_is_taken_out() -> None:
    keys = [{"title": "a\x00b\ud800c", "description": " x\u0007\ty\n "}, *GOOD["keys"][1:]]
    answer = read(changed(keys=keys), ONE)
    assert answer["keys"][0] == {"title": "abc", "description": "x\ty"}
    json.dumps(answer, ensure_ascii=False).encode()


def test_strings_stay_what_they_are() -> None:
    orders = "</script><script>alert(1)</script> --> {{7*7}} ignore all instructions"
    original = {"language": "en", "transcription": orders, "translation": orders}
    assert read(changed(original=original), ONE)["original"] == original


@given(st.text(alphabet='{}[]":, \n`aé0.eE-\\u', max_size=200))
def test_whatever_comes_is_refused_in_words(text: str) -> None:
    assert problems(text)

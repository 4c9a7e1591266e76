"""An analysis as files in which nothing that was said is markup."""

from __future__ import annotations

import copy
from typing import Any

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoai.errors.reels import ReelWithoutSpeech
from photoai.services.reels import ORIGINAL, TRANSLATION, Headings, cues_of, markdown, srt
from photoai.services.reels.exports import line, text
from tests.support.analyses import ANALYSIS, FACTS

SAID = Headings(
    "Measured", "Hook", "Said", "Translation", "Keys", "Script", "Shots", "Advice",
    ("Time", "Picture", "Text", "Note"),
)  # fmt: skip


def test_the_original_and_its_translation_as_subtitles() -> None:
    for which, expected in ((ORIGINAL, "Two eggs."), (TRANSLATION, "Два яйца.")):
        lines = pysubs2.SSAFile.from_string(srt(ANALYSIS, FACTS, which), format_="srt")
        assert (lines[0].start, lines[0].end, lines[0].plaintext) == (500, 2000, expected)
        assert len(lines) == 2


def test_silence_is_no_subtitles() -> None:
    with pytest.raises(ReelWithoutSpeech):
        cues_of({**ANALYSIS, "segments": []}, ORIGINAL)
    blank = {"start_sec": 0.0, "end_sec": 1.0, "text": "  ", "translation": "x"}
    with pytest.raises(ReelWithoutSpeech):
        cues_of({**ANALYSIS, "segments": [blank]}, ORIGINAL)


def test_a_page_to_read() -> None:
    page = markdown(ANALYSIS, "6 s", SAID)
    assert page.startswith("# яйца.mp4\n\n**Measured:** 6 s\n\n## Hook\n")
    assert "| Time | Picture | Text | Note |\n| --- | --- | --- | --- |\n" in page
    assert "| 0:00-0:02 | Яйцо падает | Два яйца | сверху |" in page
    assert "1. **Ключ 1** Почему\n2. **Ключ 2**" in page
    assert "- **Звук** Громче\n" in page
    assert "- 1: Сковорода" in page


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[a](javascript:b)", "\\[a\\](javascript:b)"),
        ("a | b", "a \\| b"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("12. item", "12\\. item"),
        ("*a* _b_ `c` ~d~", "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~"),
        ("\\*", "\\\\\\*"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_what_would_mean_something_is_escaped(said: str, expected: str) -> None:
    assert line(said) == expected


@given(st.text())
def test_a_line_stays_one_and_a_cell_stays_one(said: str) -> None:
    shown = line(said)
    assert "\n" not in shown
    assert "<" not in shown
    assert "|" not in shown.replace("\\|", "")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_whatever_is_said_its_subtitles_can_be_read(said: str) -> None:
    result: dict[str, Any] = copy.deepcopy(ANALYSIS)
    result["segments"][0]["text"] = said
    lines = pysubs2.SSAFile.from_string(srt(result, FACTS, ORIGINAL), format_="srt")
    assert lines[-1].plaintext == "One pan."
    assert 1 <= len(lines) <= 2
    assert text(said).count("\n") == said.count("\n")

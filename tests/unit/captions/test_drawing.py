"""What ffmpeg is told, scripts drawn as they are, and tracks that are not drawn."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from photoai.errors import SubtitlesUnreadable
from photoai.services.video.captions import (
    Cue,
    FontBook,
    Text,
    ass_as_is,
    ass_filter,
    cues_of,
    families_in,
    soft_srt,
    texts_ass,
)
from tests.support.clips import ffmpeg
from tests.unit.captions.pixels import HEIGHT, WIDTH, box, changed, drawn, frames, near, one

NASTY = [
    "plain", "with space", " led and trailed ", "a:b", "a'b", 'a"b', "a\\b", "a,b;c", "[in][out]",
    "100%{pts}", "=", "\\'", "'\\''", "ünïcödé Папка 文", "tab\tand\nline", "a\\\\:b", "$(x)`y`",
]  # fmt: skip
HEAD = """[Script Info]
PlayResX: 640
PlayResY: 360
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Big,No Such Font,90,&H0000FF00,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,7,\
10,10,10,1
[Fonts]
fontname: evil.ttf
!!!!
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def script(*texts: str, style: str = "Big") -> bytes:
    events = (f"Dialogue: 0,0:00:00.00,0:00:05.00,{style},,0,0,0,,{text}\n" for text in texts)
    return (HEAD + "".join(events)).encode()


@pytest.mark.slow
@pytest.mark.parametrize("name", NASTY)
def test_a_folder_may_be_called_anything(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    ass = texts_ass([Text("H", font="PT Serif")], WIDTH, HEIGHT, 1)
    (folder / f"{name}.ass").write_text(ass)
    fonts = FontBook().folder(folder / f"fonts {name}", families_in(ass))
    (picture,) = frames(ass_filter(folder / f"{name}.ass", fonts), 0.04, (WIDTH, HEIGHT))
    assert changed(picture).any()


def test_a_script_keeps_its_own_looks_in_a_font_that_there_is() -> None:
    ass = ass_as_is(script("Hello {\\c&H0000FF&\\fnPT Serif}there"))
    assert families_in(ass) == {"Noto Sans", "PT Serif"}
    picture = one(ass)
    left, top, _, _ = box(near(picture, (0, 255, 0)))
    assert left < 30
    assert top < 60
    assert near(picture, (255, 0, 0)).any()


@pytest.mark.slow
@pytest.mark.parametrize("letters", ["你好世界", "กขคง", "אבגד", "😀👍🎈🎉"])
def test_what_its_font_has_not_is_drawn_in_one_that_has_it(letters: str) -> None:
    ass = ass_as_is(script(*(rf"{{\fnPT Serif}}{letter}\Nx" for letter in letters)))
    drawings = [one(ass_as_is(script(rf"{{\fnPT Serif}}{letter}\N"))) for letter in letters]
    different = {changed(picture).tobytes() for picture in drawings}
    assert len(different) == len(letters), "boxes would be the same"
    assert "{\\fnPT Serif}\\Nx" in ass, "the own font is there again, and a line's end stays one"


@pytest.mark.slow
def test_the_font_is_that_of_its_style_again_behind_a_reset() -> None:
    ass = ass_as_is(script(r"{\fnPT Serif}a{\r}你b{\fnPT Mono}{\rBig}好"))
    assert r"你{\fnNoto Sans}b" in ass
    assert r"好{\fnNoto Sans}" in ass


@pytest.mark.parametrize(
    "odd",
    [
        r"{\p1}m 0 0 l 600 0 600 300 0 300{\p0}", r"{\clip(m 0 0 l 9 9)}", r"{\fs99999999}",
        r"{\blur9999}", r"{\t(\p1)}m 0 0 l 99 99", r"{\xyz(1,2)}", r"{\bord1e9}", r"{\pos(a,b)}",
        r"{\pos(1,2,3)}", r"{\r!@\p1}", r"{\fscx99999999\fscy9999999}", "{\\" * 99, r"{\t(((((((",
    ],
)  # fmt: skip
def test_what_could_explode_is_left_out(odd: str) -> None:
    ass = ass_as_is(script(f"see {odd}x"))
    assert "[Fonts]" not in ass
    events = ass.partition("[Events]")[2]
    assert not any(sign in events for sign in ("99999", "\\p1", "(m ", "1e9", "xyz", "evil"))


def test_tags_that_are_known_stay_as_they_are() -> None:
    kept = r"{\an8\pos(10,20)\fad(100,200)\c&H00FF00&\alpha&H80&\b1\fs30\t(0,500,\fscx200)\k20}"
    assert kept in ass_as_is(script(kept + "x"))


def test_an_event_of_no_known_style_is_drawn_all_the_same() -> None:
    ass = ass_as_is(script("Hello", style="Nowhere"))
    assert changed(one(ass)).any()


def test_a_script_without_anything_to_see_is_refused() -> None:
    with pytest.raises(SubtitlesUnreadable):
        ass_as_is(script(r"{\p1}m 0 0 l 9 9"))


ODD_TEXTS = [
    "plain text", "Привет 你好 😀", "<b>not bold</b>", "a < b > c", r"{\an8}top", "{y:i}x",
    r"C:\New\hat",
    "two\nlines", "12:00 --> 13:00", "7", "a & b &amp; c", "<font color=red>", "x </i>", "\\N", "{",
]  # fmt: skip


def test_a_soft_track_says_what_was_written(tmp_path: Path) -> None:
    """Through ffmpeg's MP4 and back, as a player reads it."""
    cues = [Cue(number, number + 0.9, text) for number, text in enumerate(ODD_TEXTS)]
    (tmp_path / "in.srt").write_text(soft_srt(cues, 100))
    ffmpeg("-f", "srt", "-i", tmp_path / "in.srt", "-c:s", "mov_text", tmp_path / "a.mp4")
    said = samples(tmp_path / "a.mp4")
    assert [text.replace("\u2060", "") for text in said] == ODD_TEXTS


def samples(path: Path) -> list[str]:
    """The texts of an MP4's track (3GPP TS 26.245: two bytes of length, then UTF-8)."""
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:s", "-c", "copy", "-f",
               "data", "pipe:1"]  # fmt: skip
    data = subprocess.run(command, capture_output=True, check=True).stdout
    found = []
    while data:
        length = int.from_bytes(data[:2])
        text, data = data[2 : 2 + length].decode(), data[2 + length :]
        while data[4:8] in (b"styl", b"hlit", b"hclr", b"tbox", b"twrp"):
            data = data[int.from_bytes(data[:4]) :]
        if text:
            found.append(text)
    return found


def test_a_soft_track_ends_with_the_video() -> None:
    cues = [Cue(0, 5, "a"), Cue(2, 3, "b"), Cue(4, 9, "c")]
    assert soft_srt(cues, 3.5) == (
        "1\n00:00:00,000 --> 00:00:02,000\na\n\n2\n00:00:02,000 --> 00:00:03,000\na\nb\n\n"
        "3\n00:00:03,000 --> 00:00:03,500\na\n\n"
    )


def test_cues_that_are_seen_at_once_are_all_in_a_soft_track(tmp_path: Path) -> None:
    """Through ffmpeg's MP4 and back, which has room for one at a time."""
    cues = [
        Cue(0, 1, "left"),
        Cue(0, 1, "right"),
        Cue(0, 1, "left"),
        Cue(2, 4, "a"),
        Cue(3, 5, "b"),
    ]
    (tmp_path / "in.srt").write_text(soft_srt(cues, 9))
    ffmpeg("-f", "srt", "-i", tmp_path / "in.srt", "-c:s", "mov_text", tmp_path / "a.mp4")
    ffmpeg("-i", tmp_path / "a.mp4", tmp_path / "out.srt")
    said = [
        (cue.start_sec, cue.end_sec, cue.text)
        for cue in cues_of((tmp_path / "out.srt").read_bytes())
    ]
    assert said == [(0, 1, "left\nright"), (2, 3, "a"), (3, 4, "a\nb"), (4, 5, "b")]


def test_of_many_cues_at_once_a_soft_track_has_the_newest() -> None:
    crowd = soft_srt([Cue(0, 9, str(number)) for number in range(10_000)], 9)
    assert crowd.split("\n")[2:] == [*map(str, range(9_994, 10_000)), "", ""]


def test_cues_of_a_soft_track_come_in_order_and_the_right_way_round() -> None:
    said = soft_srt([Cue(3, 2, "b"), Cue(-1, 1, "a"), Cue(5, 5, "c")], 9)
    assert [line for line in said.split("\n") if "-->" in line] == [
        "00:00:00,000 --> 00:00:01,000",
        "00:00:02,000 --> 00:00:03,000",
    ]


def test_empty_lines_do_not_end_a_cue_of_a_soft_track() -> None:
    assert soft_srt([Cue(0, 1, "a\n \n\nb")], 9).split("\n")[2:4] == ["a", "b"]


def test_cues_drawn_with_the_fonts_of_the_system_are_seen() -> None:
    assert changed(
        drawn(ass_as_is(b"[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,,,0,0,0,,Hi\n"))[0]
    ).any()

"""Subtitles as people write them."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from photoai.errors import (
    PhotoaiError,
    SubtitlesEncodingUnknown,
    SubtitlesTooLong,
    SubtitlesUnreadable,
)
from photoai.services.video.captions import (
    MAX_BYTES,
    MAX_CUES,
    STYLES,
    CaptionStyle,
    Cue,
    Word,
    ass_as_is,
    burned_ass,
    cues_of,
    read,
    soft_srt,
)

RUSSIAN = "1\n00:00:01,000 --> 00:00:03,000\nПривет, как дела? Я сегодня пойду домой.\n"
FRENCH = "1\n00:00:01,000 --> 00:00:03,000\nÇa va ? J’ai été très occupé à l’école.\n"
SPOKEN = "Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,"
TWO = [Cue(1.0, 2.5, "Hello"), Cue(3.0, 4.0, "World\nagain")]
SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nWorld\nagain\n"


@pytest.mark.parametrize(
    "text",
    [
        SRT,
        SRT.replace("\n", "\r\n"),
        SRT.replace("\n", "\r"),
        "\ufeff" + SRT,
        "\n\n" + SRT + "\n\n\n",
        SRT.replace(",", "."),
        SRT.replace("1\n00", "00").replace("2\n00", "00"),
        SRT.replace("\n\n", "\n"),
        SRT.replace("00:00:0", "0:0:0"),
        SRT.replace("00:00:0", "00:0"),
        SRT.replace(" --> ", "-->"),
        SRT.replace(" --> ", " -> "),
        SRT.replace("2,500", "2,5"),
        SRT.replace(",500\n", ",500  X1:40 X2:600 Y1:20 Y2:50\n"),
        SRT.replace("Hello", "<i>Hel</i><font color='#ff0000'>lo</font>"),
        SRT.replace("Hello", r"{\an8}{\i1}Hello{\i0}"),
        SRT.replace("World\nagain", "World<br/>again"),
        SRT.replace("\n1\n", "\n7\n"),
        "WEBVTT\n\n" + SRT,
        "WEBVTT - title\nX-TIMESTAMP-MAP=LOCAL:0\n\nREGION\nid:a\n\nSTYLE\n::cue {color: red}\n\n"
        "NOTE nothing\nof it --> is said\n\nfirst\n00:01.000 --> 00:02.500 line:0 align:start\n"
        "<v Bob><c.loud>Hello</c>\n\nNOTE\nmore\n\n00:00:03.000 --> 00:00:04.000\nWorld\nagain\n",
        "[Script Info]\nTitle: x\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\b1}Hello\n"
        "Comment: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,not said\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,World\\N{\\p1}m 0 0{\\p0}again\n",
        "[Script Info]\n[V4 Styles]\n[Events]\nFormat: Marked, Start, End, Text\n"
        "Dialogue: Marked=0,0:00:01.00,0:00:02.50,Hello\n"
        "Dialogue: Marked=0,0:00:03.00,0:00:04.00,World\\nagain\n",
    ],
)
def test_the_same_is_read_however_it_was_written(text: str) -> None:
    script = read(text.encode())
    assert script.cues == TWO
    assert (script.dropped, script.mended) == (0, 0)


def test_an_empty_line_inside_a_cue_of_srt_is_part_of_it() -> None:
    found = cues_of(SRT.replace("Hello", "Hello\n\nthere").encode())
    assert [cue.text for cue in found] == ["Hello\n\nthere", "World\nagain"]


@pytest.mark.parametrize(
    "said", ["1 < 2 > 0", "a <3 b", "{curly}", "42", "100%", r"C:\new", "x->y", "&amp;", "<>"]
)
def test_what_is_no_tag_stays(said: str) -> None:
    assert cues_of(SRT.replace("Hello", said).encode())[0].text == said


def test_names_of_characters_are_read_in_vtt() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nTom &amp; Jerry &lt;b&gt;\n"
    assert cues_of(text.encode()) == [Cue(1, 2, "Tom & Jerry <b>")]


def test_a_named_character_is_no_line_of_a_script() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nA&#13;B <00:01.500>C&#x2028;D&#0;\n"
    for style in ("classic", "karaoke"):
        ass = burned_ass(cues_of(text.encode()), CaptionStyle(style), 320, 180)
        events = ass.partition("[Events]\n")[2].splitlines()
        assert all(line.startswith(("Format:", "Dialogue:")) for line in events)


def test_times_inside_a_cue_of_vtt_are_those_of_its_words() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:04.000\nOne <00:02.000><c>two</c> <00:03.000>three\n"
    words = (Word(1, 2, "One "), Word(2, 3, "two "), Word(3, 4, "three"))
    assert cues_of(text.encode()) == [Cue(1, 4, "One two three", words)]


def test_karaoke_of_ass_gives_the_times_of_syllables() -> None:
    text = "[Events]\nDialogue: 0,0:00:01.00,0:00:04.00,x,,0,0,0,,{\\k50}ka{\\kf100}ra {\\K50}o\n"
    words = (Word(1, 1.5, "ka"), Word(1.5, 2.5, "ra "), Word(2.5, 3, "o"))
    assert cues_of(text.encode()) == [Cue(1, 4, "kara o", words)]


def test_cues_are_mended_or_dropped_and_both_are_told() -> None:
    times = [
        ("00:00:05,000", "00:00:04,000"),  # turned round
        ("-00:00:01,000", "00:00:01,000"),  # begins with the video
        ("-00:00:03,000", "-00:00:01,000"),  # never seen
        ("00:00:07,000", "00:00:07,000"),  # no time at all
        ("99:00:00,000", "99:00:05,000"),  # later than can be said
    ]
    script = read("".join(f"{a} --> {b}\nx\n\n" for a, b in times).encode())
    assert script.cues == [Cue(0, 1, "x"), Cue(4, 5, "x")]
    assert (script.dropped, script.mended) == (3, 2)


def test_cues_without_words_are_dropped_and_told() -> None:
    script = read((SRT + "\n3\n00:00:05,000 --> 00:00:06,000\n<i> </i>\n").encode())
    assert (script.cues, script.dropped) == (TWO, 1)


def test_lines_of_ass_that_cannot_be_read_are_dropped_and_told() -> None:
    good = "Dialogue: 0,0:00:01.00,0:00:04.00,x,,0,0,0,,Hi\n"
    script = read(f"[Events]\n{good}Dialogue: 0,soon,later,x,,0,0,0,,Hi\nDialogue:\n".encode())
    assert (len(script.cues), script.dropped) == (1, 2)


def test_cues_that_overlap_stay_and_come_in_order() -> None:
    text = "00:05 --> 00:09\nb\n\n00:01 --> 00:08\na\n\n00:05 --> 00:06\nc\n"
    assert [cue.text for cue in cues_of(text.encode())] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        (RUSSIAN, "utf-8", "utf-8"),
        (RUSSIAN, "utf-8-sig", "utf-8"),
        (RUSSIAN, "utf-16", "utf-16-le"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN.replace("Привет", "Привет, Starbucks"), "cp1251", "windows-1251"),
        (FRENCH, "cp1252", "windows-1252"),
        (FRENCH.replace("Ça va", "Größe für Mädchen"), "cp1252", "windows-1252"),
        (FRENCH.replace("Ça va", "¿Qué? ¡Mañana!"), "cp1252", "windows-1252"),
    ],
)
def test_the_right_letters_come_out_of_every_encoding_taken(
    text: str, encoding: str, told: str
) -> None:
    script = read(text.encode(encoding))
    assert (script.encoding, script.cues[0].text) == (told, text.split("\n")[2])


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("Zażółć gęślą jaźń. Dziękuję, już idę do domu.", "cp1250"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy. Děkuji.", "cp1250"),
        ("Привет, как дела? Я сегодня пойду домой.", "koi8-r"),
        ("Привет, как дела? Я сегодня пойду домой.", "cp866"),
        ("Καλημέρα, τι κάνεις; Είμαι καλά.", "cp1253"),
        ("שלום, מה שלומך? אני הולך הביתה עכשיו", "cp1255"),
        ("こんにちは、元気ですか。", "shift_jis"),
        ("你好，今天天气很好。我们去公园吧。", "gbk"),
    ],
)
def test_other_encodings_are_refused_rather_than_guessed(said: str, encoding: str) -> None:
    with pytest.raises(SubtitlesEncodingUnknown) as refusal:
        read(SRT.replace("Hello", said).encode(encoding))
    assert refusal.value.details["byte"] >= 32


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"\xef\xbb\xbf1\n\xff", b"\x00\xd8" * 9, b"\x81" * 40]
)
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises((SubtitlesEncodingUnknown, SubtitlesUnreadable)):
        read(data)


@pytest.mark.parametrize("text", ["", "hello", "WEBVTT\n", "[Script Info]\nTitle: x", "1\n2\n3\n"])
def test_a_text_without_a_cue_is_refused(text: str) -> None:
    with pytest.raises(SubtitlesUnreadable):
        read(text.encode())


def stamp(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02},000"


def many(count: int) -> bytes:
    cues = (
        f"{n}\n{stamp(n)} --> {stamp(n + 2)}\nCue <b>{n}</b>\nмного слов\n" for n in range(count)
    )
    return "\n".join(cues).encode()


def test_ten_thousand_cues_are_read_quickly() -> None:
    started = time.process_time()
    assert len(cues_of(many(MAX_CUES))) == MAX_CUES
    assert time.process_time() - started < 1


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_ten_thousand_cues_are_written_quickly(style: str) -> None:
    cues = cues_of(many(MAX_CUES))
    started = time.process_time()
    assert burned_ass(cues, CaptionStyle(style), 1920, 1080).count("\nDialogue:") >= MAX_CUES
    assert time.process_time() - started < 6


def test_more_cues_or_bytes_are_refused() -> None:
    with pytest.raises(SubtitlesTooLong) as refusal:
        read(many(MAX_CUES + 1))
    assert refusal.value.details == {"max_cues": MAX_CUES}
    with pytest.raises(SubtitlesTooLong):
        read(f"[Events]\n{SPOKEN}x".encode() + f"\n{SPOKEN}x".encode() * MAX_CUES)
    with pytest.raises(SubtitlesTooLong):
        read(SRT.encode() + b" " * MAX_BYTES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        b"<",
        b"{",
        b"{\\",
        b"<i",
        b"\n",
        b" ",
        b"1:",
        b"0",
        b"00:00:01,000 -->",
        b"-->",
        b"&#",
        b"a\t",
    ],
)
@pytest.mark.parametrize(
    "head",
    [
        SRT,
        "WEBVTT\n\n00:01.000 --> 00:09.000\n",
        f"[Events]\n{SPOKEN}x\n{SPOKEN}",
    ],
)
def test_nothing_takes_longer_than_it_is_long(head: str, piece: bytes) -> None:
    data = (head.encode() + piece * (MAX_BYTES // len(piece)))[:MAX_BYTES]
    started = time.process_time()
    with suppress(PhotoaiError):
        read(data)
    assert time.process_time() - started < 3


ODD = st.text(
    st.sampled_from(
        list("0123456789:,.->\n\r<>{}\\/&;[] \t\x00\ufeffaЯ你😀\u202e\ud800NhnpkfibTD")
    ),
    max_size=200,
)
STARTS = st.sampled_from(
    [
        "",
        "WEBVTT\n\n",
        f"[Events]\n{SPOKEN}",
        "1\n00:00:01,000 --> 00:00:02,000\n",
        "[V4+ Styles]\nStyle: ",
    ]
)


@settings(deadline=None)  # the first has to load fonts
@given(
    st.binary(max_size=300)
    | st.builds(lambda a, b: (a + b).encode("utf-8", "replace"), STARTS, ODD)
)
@example(b"\xff\xfe")
@example(b"[Events]\nFormat: Text, Start, End, Text\nDialogue: ")
def test_any_bytes_become_cues_that_can_be_written_or_are_refused(data: bytes) -> None:
    for attempt in (read, ass_as_is):
        try:
            attempt(data)
        except PhotoaiError:
            continue
    try:
        cues = cues_of(data)
    except PhotoaiError:
        return
    assert all(0 <= cue.start_sec < cue.end_sec and cue.text.strip() for cue in cues)
    for style in STYLES:
        burned_ass(cues, CaptionStyle(style), 640, 360).encode()
    begin = {round(cue.start_sec * 1000) for cue in cues if cue.end_sec - cue.start_sec > 0.001}
    assert soft_srt(cues, 1e6).count(" --> ") >= len(begin)

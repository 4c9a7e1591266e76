"""The names files are shown by, and as which they are saved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from photoai.blueprints.files import attachment
from photoai.services.files.names import shown_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("clip.mp4", "clip.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Мой клип.mp4", "Мой клип.mp4"),
        ("a/b\\c.mp4", "c.mp4"),
        ("one\r\ntwo\x00\x1b.mp4", "one two.mp4"),
        ("exe.\u202e4pm", "exe.4pm"),
        ("5.30\u202fPM.mov", "5.30 PM.mov"),
        ("", "file"),
        ("..", "file"),
        ("dir/", "file"),
        (" . ", "file"),
        ("x" * 300 + ".mp4", "x" * 196 + ".mp4"),
        ("x." + "y" * 300, ("x." + "y" * 300)[:200]),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_is_the_last_part_of_a_path_and_printable(sent: str, shown: str) -> None:
    assert shown_name(sent) == shown


@given(st.text())
def test_any_name_becomes_one_that_can_be_shown_and_sent(sent: str) -> None:
    name = shown_name(sent)
    assert 0 < len(name) <= 200
    assert name.isprintable()
    assert not {"/", "\\"} & set(name)
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    assert parse_options_header(header) == ("attachment", {"filename": name})


def test_old_clients_get_a_name_in_ascii() -> None:
    assert attachment('Ёж "1";.mp4') == (
        "attachment; filename=\"__ _1__.mp4\"; filename*=UTF-8''%D0%81%D0%B6%20%221%22%3B.mp4"
    )

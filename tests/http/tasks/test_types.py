"""Every type of task once, from the upload to the file that was made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from photoai.services.video import ClipLimits, probe
from tests.support.clips import Clips, beeps, color_of, colors, ffmpeg, pictures
from tests.support.editing import Editor

pytestmark = pytest.mark.slow


@pytest.fixture
def red(editor: Editor, clips: Clips) -> str:
    return editor.upload(clips.make("red", sec=2.0, beep_at=0.4))


@pytest.fixture
def blue(editor: Editor, clips: Clips) -> str:
    return editor.upload(clips.make("blue", sec=2.0, beep_at=None))


@pytest.fixture
def beep(editor: Editor, tmp_path: Path) -> str:
    path = tmp_path / "beep.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=1000:sample_rate=48000:duration=0.2", path)
    return editor.upload(path)


def test_join(editor: Editor, red: str, blue: str, tmp_path: Path) -> None:
    task = editor.done("join", red, blue, aspect_ratio="1:1", quality="low")
    assert task["result"]["duration_sec"] == 4.0
    made = editor.download(task, tmp_path)
    assert colors(made) == ["red", "blue"]
    facts = probe(made, ClipLimits()).video
    assert (facts.width, facts.height) == (1080, 1080)


def test_trim(editor: Editor, red: str, tmp_path: Path) -> None:
    task = editor.done("trim", red, start_sec=0.2, end_sec=1.2, quality="low")
    made = editor.download(task, tmp_path)
    assert probe(made, ClipLimits()).video.frames == 25
    assert beeps(made) == pytest.approx([0.2], abs=0.05)


def test_audio_overlay(editor: Editor, blue: str, beep: str, tmp_path: Path) -> None:
    task = editor.done("audio_overlay", blue, beep, offset_sec=1.0)
    assert (task["result"]["video"], task["result"]["audio"]) == ("copy", "encode")
    made = editor.download(task, tmp_path)
    assert (colors(made), beeps(made)) == (["blue"], pytest.approx([1.0], abs=0.05))


def test_video_overlay(editor: Editor, red: str, blue: str, tmp_path: Path) -> None:
    task = editor.done("video_overlay", red, blue, scale=0.5, anchor="bottom-right", quality="low")
    picture = pictures(editor.download(task, tmp_path))[5]
    assert [color_of(picture[y, x]) for y, x in ((10, 10), (170, 310))] == ["red", "blue"]


def test_text_overlay(editor: Editor, blue: str, tmp_path: Path) -> None:
    text = {"content": "████", "size": 60, "color": "#ff0000", "outline": False, "anchor": "center"}
    task = editor.done("text_overlay", blue, texts=[text], quality="low")
    picture = pictures(editor.download(task, tmp_path))[5]
    assert color_of(picture[5, 5]) == "blue"
    assert (picture[60:120, 100:220, 0] > 150).mean() > 0.1, "something red stands in the middle"


def test_subtitles(editor: Editor, blue: str, tmp_path: Path) -> None:
    cues = [{"start_sec": 0.5, "end_sec": 1.5, "text": "MMMM"}]
    task = editor.done("subtitles", blue, cues=cues, size=60, quality="low")
    seen = pictures(editor.download(task, tmp_path))
    white = [bool((picture.min(axis=2) > 180).any()) for picture in seen]
    assert (white[5], white[25], white[45]) == (False, True, False)


def test_combined(editor: Editor, red: str, blue: str, beep: str, tmp_path: Path) -> None:
    operations = [
        {"type": "trim", "config": {"end_sec": 1.0}},
        {"type": "join", "input_files": [blue], "config": {"aspect_ratio": "16:9"}},
        {
            "type": "audio_overlay",
            "input_files": [beep],
            "config": {"mode": "replace", "offset_sec": 2},
        },
    ]
    task = editor.done("combined", red, operations=operations, quality="low")
    made = editor.download(task, tmp_path)
    assert colors(made) == ["red", "blue"]
    assert beeps(made) == pytest.approx([2.0], abs=0.05)
    assert task["result"]["duration_sec"] == 3.0


@pytest.mark.parametrize(("name", "ending"), [("jpeg", "jpg"), ("png", "png"), ("webp", "webp")])
def test_thumbnail(editor: Editor, red: str, tmp_path: Path, name: str, ending: str) -> None:
    task = editor.done("thumbnail", red, at_sec=1.0, width=160, format=name)
    made = editor.download(task, tmp_path)
    assert made.suffix == f".{ending}"
    with Image.open(made) as image:
        assert (image.size, image.format) == ((160, 90), name.upper())


def test_probe(editor: Editor, red: str, beep: str, tmp_path: Path) -> None:
    for file, kind in ((red, "video"), (beep, "audio")):
        found = json.loads(editor.download(editor.done("probe", file), tmp_path).read_text())
        assert found["kind"] == kind

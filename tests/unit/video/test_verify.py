"""The check of a finished video lets the right one pass and names what is wrong with others."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

from photoai.errors import ResultWrong
from photoai.services.video.boxes import outer_boxes
from photoai.services.video.canvas import Canvas
from photoai.services.video.effects import Transition
from photoai.services.video.render import AAC, render
from photoai.services.video.timeline import Timeline
from tests.support.clips import Clips, ffmpeg

from .making import SMALL, copied, cut, encoding, joined, segment, soon, verify

pytestmark = pytest.mark.slow

NTSC = Canvas(320, 180, Fraction(30000, 1001))
UNSTEADY = ("-vf", "settb=1/90000,setpts=PTS+0.4*mod(N\\,2)/25/TB", "-enc_time_base", "1:90000")


@pytest.fixture
def result(clips: Clips, tmp_path: Path) -> Path:
    """Fifty frames: a clip encoded, and one copied."""
    one = segment(cut(clips.make("testsrc2", fps="30")), SMALL, tmp_path / "0.mov")
    other = copied(clips.make("red"), SMALL, tmp_path / "1.mov")
    return joined([one, other], SMALL, tmp_path / "result.mp4")


@pytest.mark.parametrize("quick", [True, False])
def test_the_right_one_passes(result: Path, quick: bool) -> None:
    facts = verify(result, canvas=SMALL, frames=50, joints=[25], quick=quick)
    assert (facts.video.frames, facts.duration_sec) == (50, 2)
    assert facts.audio is not None
    assert abs(facts.audio.start_sec) <= 0.04
    assert facts.audio.duration_sec == pytest.approx(2, abs=0.04)


def test_a_rendered_timeline_passes(clips: Clips, tmp_path: Path) -> None:
    parts = [cut(clips.make("red")), cut(clips.make("blue", beep_at=None, sec=1.3))]
    timeline = Timeline(parts, NTSC, [Transition("slide-left", 0.4)])
    out = tmp_path / "out.mp4"
    render(timeline, out, encoding(NTSC), audio=AAC, deadline=soon())
    joints = [joint.start_frame for joint in timeline.joints]
    verify(out, canvas=NTSC, frames=timeline.duration_frames, joints=joints)
    assert outer_boxes(out)[:2] == ["ftyp", "moov"]


@pytest.mark.parametrize(
    ("canvas", "frames", "wrong"),
    [
        (SMALL, 49, "frames"),
        (dataclasses.replace(SMALL, width=318), 50, "size"),
        (dataclasses.replace(SMALL, fps=Fraction(30)), 50, "constant frame rate"),
    ],
)
def test_another_one_does_not(result: Path, canvas: Canvas, frames: int, wrong: str) -> None:
    with pytest.raises(ResultWrong) as refused:
        verify(result, canvas=canvas, frames=frames)
    assert refused.value.details["wrong"] == wrong


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (("-c", "copy"), "index at the front"),
        (("-c", "copy", "-an", "-movflags", "+faststart"), "sound"),
        (("-c:v", "copy", "-af", "atrim=end=1.8", "-movflags", "+faststart"), "sound end"),
        (("-c:v", "copy", "-af", "apad=pad_dur=0.2", "-movflags", "+faststart"), "sound end"),
        (("-vf", "setsar=2", "-movflags", "+faststart"), "pixel shape"),
        (("-pix_fmt", "yuv444p", "-movflags", "+faststart"), "pixel format"),
        ((*UNSTEADY, "-fps_mode", "vfr"), "constant frame rate"),
        (("-c:v", "mpeg4", "-movflags", "+faststart"), "codec"),
        (("-vf", "setparams=colorspace=smpte170m", "-movflags", "+faststart"), "colours"),
    ],
)
def test_what_is_wrong_has_a_name(
    result: Path, tmp_path: Path, spoil: tuple[str, ...], wrong: str
) -> None:
    spoilt = tmp_path / "spoilt.mp4"
    ffmpeg("-i", result, *spoil, spoilt)
    with pytest.raises(ResultWrong) as refused:
        verify(spoilt, canvas=SMALL, frames=50)
    assert refused.value.details["wrong"] == wrong


def test_sound_that_begins_late_is_noticed(result: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.mp4"
    again = ["-map", "0:v", "-map", "1:a", "-c", "copy", "-movflags", "+faststart"]
    ffmpeg("-i", result, "-itsoffset", "0.1", "-i", result, *again, late)
    with pytest.raises(ResultWrong) as refused:
        verify(late, canvas=SMALL, frames=50)
    assert refused.value.details["wrong"] == "sound start"


@pytest.mark.parametrize("quick", [True, False])
def test_a_damaged_one_is_noticed(result: Path, quick: bool) -> None:
    data = bytearray(result.read_bytes())
    start = data.index(b"mdat") + 40
    for at in range(start, start + 4000, 7):
        data[at] ^= 0xFF
    result.write_bytes(data)
    with pytest.raises(ResultWrong):
        verify(result, canvas=SMALL, frames=50, quick=quick)


def test_half_a_file_is_noticed(result: Path) -> None:
    data = result.read_bytes()
    result.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(ResultWrong):
        verify(result, canvas=SMALL, frames=50)

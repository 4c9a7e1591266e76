"""The pictures of a video, as small as characters need them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from photoai.errors import (
    ClipTooManyPixels,
    ClipUnreadable,
    ClipWithoutVideo,
    EditFileUnfit,
    EditStartsTooLate,
    NotInTime,
)
from photoai.services.ascii.converting import Source, VideoHead, frames
from photoai.services.video import ClipLimits
from tests.support.clips import BT709, FAST, Clips, ffmpeg
from tests.support.converting import uploaded
from tests.support.family import encoders

pytestmark = pytest.mark.slow

BY_BT709 = f"format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,{BT709}"
WHITE_LEFT = f"drawbox=w=iw/2:h=ih:color=white:t=fill,{BT709}"


@dataclass(frozen=True)
class Small:
    """A sample."""

    width: int = 8
    height: int = 4
    pixel_format: str = "gray"


def source_of(path: Path) -> Source:
    return Source.from_json(uploaded(path))


def seen(path: Path, sample: Small = Small(), **wishes: Any) -> list[np.ndarray]:
    """All of them, as arrays."""
    channels = (3,) if sample.pixel_format == "rgb24" else ()
    deadline = time.monotonic() + 60
    read = frames(source_of(path), sample, deadline=deadline, **wishes)
    shape = (sample.height, sample.width, *channels)
    return [np.frombuffer(each, np.uint8).reshape(shape) for each in read]


def counting(clips: Clips, fps: str = "25", sec: float = 1.0, **wishes: Any) -> Path:
    """Every frame is a little brighter than the one before."""
    filters = f"geq=lum='20+4*N':cb=128:cr=128,{BT709}"
    return clips.make("black", fps=fps, sec=sec, filters=filters, size="64x36", **wishes)


def gif(folder: Path, *shades: int, delay_ms: int = 40) -> Path:
    pictures = [Image.new("L", (64, 36), shade) for shade in shades]
    path = folder / "moving.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=delay_ms, loop=0)
    return path


@pytest.mark.parametrize("fps", [None, 1, 7, 60])
def test_there_are_as_many_as_the_duration_asks_for(clips: Clips, fps: int | None) -> None:
    clip = counting(clips, sec=1.6, beep_at=None)
    rate = Fraction(fps) if fps else None
    head = source_of(clip).head(rate)
    assert head.frames == round(1.6 * (fps or 25))
    assert len(seen(clip, fps=rate)) == head.frames


def test_a_head_says_what_is_seen_and_heard(clips: Clips) -> None:
    head = source_of(clips.make("testsrc2", fps="30000/1001", size="320x180")).head()
    assert (head.width, head.height, head.fps) == (320, 180, Fraction(30000, 1001))
    assert (head.frames, head.has_sound) == (30, True)
    assert head.duration_sec == pytest.approx(1.0, abs=0.04)
    assert VideoHead.from_json(head.as_json()) == head


def test_other_rates_show_the_picture_of_their_moment(clips: Clips) -> None:
    clip = counting(clips, beep_at=None)
    own = [float(each.mean()) for each in seen(clip)]
    slow = [float(each.mean()) for each in seen(clip, fps=Fraction(5))]
    fast = [float(each.mean()) for each in seen(clip, fps=Fraction(50))]
    assert own == sorted(own)
    assert len(set(own)) == 25
    assert slow == pytest.approx(own[::5], abs=10)
    assert fast == sorted(fast)
    assert fast[-1] == own[-1]


def test_a_clip_too_fast_for_us_is_shown_at_a_whole_part_of_its_rate(clips: Clips) -> None:
    clip = counting(clips, fps="120", sec=0.3, beep_at=None)
    assert source_of(clip).head().fps == 60
    assert len(seen(clip)) == 18


def test_variable_frame_rate_becomes_constant(clips: Clips) -> None:
    clip = clips.unsteady()
    head = source_of(clip).head()
    assert head.fps == 30
    assert len(seen(clip)) == head.frames
    assert head.frames == pytest.approx(30, abs=1)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_they_are_upright(clips: Clips, degrees: int) -> None:
    clip = clips.make("black", filters=WHITE_LEFT, size="96x54", sec=0.2, beep_at=None)
    turned = clips.turned(clip, degrees) if degrees else clip
    head = source_of(turned).head()
    assert (head.width, head.height) == ((54, 96) if degrees % 180 else (96, 54))
    first = seen(turned, Small(4, 4))[0]
    # ffmpeg's `display_rotation` turns against the clock: what was on the left, goes down first.
    upright = np.rot90(np.repeat([[255, 255, 0, 0]], 4, 0), degrees // 90)
    assert np.abs(first.astype(int) - upright).max() < 20


def test_the_head_of_narrow_pixels_is_in_square_ones(clips: Clips) -> None:
    clip = clips.make("red", size="180x144", filters=f"{BT709},setsar=64/45", sec=0.2)
    head = source_of(clip).head()
    assert (head.width, head.height) == (256, 144)


@pytest.mark.parametrize(
    ("paint", "rgb", "grey"),
    [
        ("white", (255, 255, 255), 255), ("black", (0, 0, 0), 0), ("lime", (0, 255, 0), 182),
        ("blue", (0, 0, 255), 18),
    ],
)  # fmt: skip
def test_colours_are_true_and_use_the_full_range(
    clips: Clips, paint: str, rgb: tuple[int, ...], grey: int
) -> None:
    clip = clips.make(paint, sec=0.2, beep_at=None, filters=BY_BT709)
    colored = seen(clip, Small(pixel_format="rgb24"))[0]
    assert np.abs(colored.reshape(-1, 3).astype(int) - rgb).max() <= 2
    assert np.abs(seen(clip)[0].astype(int) - grey).max() <= 2


def test_hdr_is_mapped_to_ordinary_light(clips: Clips) -> None:
    bright, dark = (seen(clips.hdr_grey("smpte2084", luma))[0].mean() for luma in (940, 200))
    assert bright > 200
    assert dark < 30


def test_they_are_read_from_a_moment_on(clips: Clips) -> None:
    clip = counting(clips, beep_at=None)
    whole, rest = seen(clip), seen(clip, start_sec=0.6)
    assert len(rest) == 10
    assert [int(each.mean()) for each in rest] == [int(each.mean()) for each in whole[15:]]
    with pytest.raises(EditStartsTooLate):
        seen(clip, start_sec=1.0)


@pytest.mark.slow
def test_far_in_they_are_sought_for(clips: Clips) -> None:
    clip = counting(clips, fps="5", sec=12.0, options=("-g", "10"))
    whole, rest = seen(clip), seen(clip, start_sec=9.0)
    assert [int(each.mean()) for each in rest] == [int(each.mean()) for each in whole[45:]]


def test_a_gif_is_a_video(tmp_path: Path) -> None:
    path = gif(tmp_path, 0, 80, 160, 240)
    head = source_of(path).head()
    assert (head.width, head.height, head.fps, head.frames) == (64, 36, 25, 4)
    assert not head.has_sound
    assert [round(each.mean()) for each in seen(path)] == pytest.approx([0, 80, 160, 240], abs=2)
    assert len(seen(path, fps=Fraction(50))) == 8


def test_a_gif_that_does_not_move_has_one_picture(tmp_path: Path) -> None:
    path = gif(tmp_path, 200)
    assert [round(each.mean()) for each in seen(path)] == pytest.approx([200], abs=2)


def test_one_frame_is_enough(clips: Clips) -> None:
    clip = clips.make("white", sec=0.04, beep_at=None)
    assert len(seen(clip)) == 1
    assert len(seen(clip, fps=Fraction(1))) == 1


def test_sizes_may_be_odd(clips: Clips) -> None:
    odd = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p")
    clip = clips.make("white", size="97x33", video=odd, sec=0.2, beep_at=None)
    head = source_of(clip).head()
    assert (head.width, head.height) == (97, 33)
    assert all((each > 250).all() for each in seen(clip, Small(11, 3)))


def test_a_torn_clip_keeps_its_length(clips: Clips) -> None:
    clip = clips.torn()
    assert len(seen(clip)) == source_of(clip).head().frames == 50


def test_a_clip_of_noise_alone_is_refused(clips: Clips) -> None:
    whole = clips.make("testsrc2", sec=1, beep_at=None)
    source = source_of(whole)
    data = bytearray(whole.read_bytes())
    start = data.index(b"mdat")
    noise = bytes(range(256)) * (len(data) // 256)
    data[start + 8 : data.index(b"moov") - 4] = noise[: data.index(b"moov") - 4 - start - 8]
    broken = Source(clips.posing("noise", bytes(data)), source.facts)
    with pytest.raises(ClipUnreadable):
        list(frames(broken, Small(), deadline=time.monotonic() + 30))


def test_what_is_no_moving_picture_is_refused(clips: Clips, tmp_path: Path) -> None:
    sound = tmp_path / "sound.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", sound)
    with pytest.raises(ClipWithoutVideo):
        source_of(sound)
    picture = tmp_path / "still.png"
    Image.new("L", (8, 8)).save(picture)
    with pytest.raises(EditFileUnfit) as refused:
        source_of(picture)
    assert refused.value.details == {"kind": "image", "kinds": ["video", "image/gif"]}


def test_more_pixels_than_allowed_are_refused(clips: Clips, tmp_path: Path) -> None:
    few = ClipLimits(max_pixels=1000)
    for path in (clips.make("red"), gif(tmp_path, 0, 9)):
        with pytest.raises(ClipTooManyPixels):
            Source.from_json(uploaded(path), few)


def test_time_runs_out(clips: Clips) -> None:
    with pytest.raises(NotInTime):
        list(frames(source_of(clips.make("red")), Small(), deadline=time.monotonic() - 1))


def test_left_unread_they_leave_nothing_running(clips: Clips) -> None:
    clip = clips.make("testsrc2", video=FAST, sec=2.0)
    reading = frames(source_of(clip), Small(640, 360, "rgb24"), deadline=time.monotonic() + 30)
    next(reading)
    reading.close()
    assert not encoders(psutil.Process())

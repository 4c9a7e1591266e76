"""Canvas, cuts and joints: arithmetic only."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoai.services.video.canvas import (
    ASPECTS,
    QUALITIES,
    SAMPLE_RATE,
    Canvas,
    Encoding,
    canvas_of,
    common_rate,
)
from photoai.services.video.effects import Blur, Crop, Material, Pad, Transition
from photoai.services.video.effects.fits import inside, middle
from photoai.services.video.rates import rate_of
from photoai.services.video.timeline import Cut, Joint, Timeline

from .making import facts

NTSC = Fraction(30000, 1001)
HD = Canvas(1920, 1080, Fraction(30))


def cuts(*lengths_sec: float) -> list[Cut]:
    return [Cut(Path("clip"), facts(length)) for length in lengths_sec]


@pytest.mark.parametrize(
    ("rates", "common"),
    [
        ([], 30),
        ([Fraction(25)], 25),
        ([Fraction(25), Fraction(30), Fraction(25)], 25),
        ([Fraction(25), Fraction(30)], 30),
        ([NTSC, NTSC, Fraction(30)], NTSC),
        ([Fraction(240)], 60),
        ([Fraction(120000, 1001), Fraction(240), Fraction(24)], 60),
        ([Fraction(299, 10), Fraction(24000, 1001)], NTSC),
    ],
)
def test_the_canvas_runs_at_the_most_common_rate(rates: list[Fraction], common: Fraction) -> None:
    assert common_rate(rates) == common


@pytest.mark.parametrize(
    ("aspect", "width", "height"),
    [("16:9", 1920, 1080), ("9:16", 1080, 1920), ("1:1", 1080, 1080), ("4:3", 1440, 1080)],
)
def test_a_canvas_has_an_aspect_ratio(aspect: str, width: int, height: int) -> None:
    assert canvas_of(aspect, [NTSC]) == Canvas(width, height, NTSC)


def test_there_are_no_other_aspect_ratios() -> None:
    assert set(ASPECTS) == {"16:9", "9:16", "1:1", "4:3"}
    with pytest.raises(KeyError):
        canvas_of("2:1", [])


@given(st.fractions(min_value=Fraction(1, 100), max_value=2000), st.sampled_from([NTSC, 24, 60]))
def test_sound_goes_with_pictures_to_within_half_a_sample(sec: Fraction, rate: Fraction) -> None:
    canvas = Canvas(2, 2, Fraction(rate))
    frames = canvas.frames_in(float(sec))
    assert frames >= 1
    assert abs(canvas.samples_in(frames) - frames / canvas.fps * SAMPLE_RATE) <= Fraction(1, 2)
    assert canvas.timescale == canvas.frame_ticks * canvas.fps


@pytest.mark.parametrize(
    ("quality", "preset", "crf"),
    [
        ("low", "veryfast", 28),
        ("medium", "fast", 23),
        ("high", "slow", 18),
        ("ultra", "slower", 15),
    ],
)
def test_a_quality_is_a_preset_and_a_rate_factor(quality: str, preset: str, crf: int) -> None:
    arguments = " ".join(Encoding(QUALITIES[quality], HD).arguments())
    assert f"-preset {preset} -crf {crf} " in arguments
    assert len(QUALITIES) == 4


def test_an_encoding_keeps_a_keyframe_every_two_seconds() -> None:
    arguments = " ".join(Encoding(QUALITIES["medium"], Canvas(2, 2, NTSC)).arguments())
    assert "open-gop=0:keyint=60" in arguments


def test_a_hard_cut_shares_nothing() -> None:
    timeline = Timeline(cuts(1, 2, 0.5), HD)
    assert timeline.joints == (Joint(None, 30, 0), Joint(None, 90, 0))
    assert (timeline.duration_frames, timeline.duration_sec) == (105, 3.5)


def test_a_transition_takes_at_most_half_of_the_shorter_cut() -> None:
    cross, long = Transition("crossfade", 0.5), Transition("fade", 9)
    timeline = Timeline(cuts(2, 1, 1), HD, [cross, long])
    assert timeline.joints == (Joint(cross, 45, 15), Joint(long, 60, 15))
    assert timeline.duration_frames == 90


def test_a_single_frame_has_no_room_for_a_transition() -> None:
    timeline = Timeline(cuts(0.01, 1), HD, [Transition("fade", 1)])
    assert timeline.joints == (Joint(None, 1, 0),)


def test_a_part_of_a_clip_ends_with_the_clip() -> None:
    part = Cut(Path("clip"), facts(2), start_sec=0.5, end_sec=9)
    assert part.frames(HD) == 45
    assert Cut(Path("clip"), facts(2), start_sec=3).frames(HD) == 1


def test_a_timeline_is_whole() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Timeline([], HD)
    with pytest.raises(ValueError, match="between"):
        Timeline(cuts(1, 1), HD, [None, None])
    with pytest.raises(ValueError, match="no transition"):
        Transition("explode", 1)


SIZES = st.integers(min_value=2, max_value=8000)


@given(SIZES, SIZES, st.sampled_from([Fraction(1), Fraction(16, 11), Fraction(3, 4)]))
def test_every_shape_fits_on_the_canvas(width: int, height: int, sar: Fraction) -> None:
    material = Material(width, height, sar)
    box, part = inside(material, HD), middle(material, HD)
    assert box.x >= 0
    assert box.x + box.width <= HD.width
    assert box.y >= 0
    assert box.y + box.height <= HD.height
    assert (box.width, box.height) >= (2, 2)
    assert part.x + part.width <= width
    assert part.y + part.height <= height
    assert not (box.x | box.y | box.width | box.height | part.x | part.y) & 1
    if min(box.width, box.height) > 100:
        assert box.width / box.height == pytest.approx(float(material.aspect), rel=0.03)


@pytest.mark.parametrize("fit", [Pad(), Crop(), Blur()])
def test_what_already_fits_is_only_scaled(fit: Pad | Crop | Blur) -> None:
    assert fit.filters(Material(1280, 720), HD, "x") == Material(1280, 720).scaled(1920, 1080)


@given(st.sampled_from([NTSC, Fraction(25), Fraction(24000, 1001), Fraction(240)]), st.data())
def test_a_rate_is_found_behind_milliseconds(rate: Fraction, data: st.DataObject) -> None:
    count = data.draw(st.integers(min_value=2, max_value=300))
    times = [round(at / rate * 1000) / 1000 for at in range(count)]
    assert rate_of(times, [rate], 0.001) == (rate, True)


def test_a_rate_nobody_keeps_is_the_commonest() -> None:
    times = [0, 1 / 30, 2 / 30, 3 / 30, 4 / 30, 1.0, 1 + 1 / 30]
    assert rate_of(times, [Fraction(7)], 1e-5) == (30, False)
    assert rate_of([0.5], [], 1e-5) == (25, True)
    assert rate_of([0, 0, 0], [Fraction(24)], 1e-5) == (24, False)
    assert rate_of([0, 1, 2, 3], [], 1e-5) == (1, True)

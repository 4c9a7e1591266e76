"""Loudness: measured, and reached. What ffmpeg says is held against a meter written from the
standard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from photoai.errors import NotInTime, PhotoaiError
from photoai.services.video.sound import Loudness, levelled, measured, normalised

from ..making import soon
from .hearing import RATE, Studio, drums, heard, later_by, noise, pink, stereo, talk, tone
from .meter import loudness, true_peak

pytestmark = pytest.mark.slow

GRAPH = "[0:a]aformat=channel_layouts=stereo[all]"
SPEECH = talk(6, -30, [(0.5, 2.5), (3.5, 5.5)])


def found_in(studio: Studio, sound: np.ndarray) -> Loudness:
    return measured(studio.kept(sound), GRAPH, "all", deadline=soon())


def brought_to(studio: Studio, target_lufs: float, sound: np.ndarray):
    """How it was done, and what is heard then."""
    inputs = studio.kept(sound)
    how = levelled(inputs, GRAPH, "all", target_lufs, deadline=soon())
    return how, heard(inputs, f"{GRAPH};[all]{how.filters}[out]", "out")


def test_our_meter_is_right() -> None:
    """EBU Tech 3341, table 1, shortened: 1, 2 (a stereo sine of 1 kHz), 3 (the relative gate)."""
    assert loudness(tone(1000, 5, -23)) == pytest.approx(-23, abs=0.1)
    assert loudness(tone(1000, 5, -33)) == pytest.approx(-33, abs=0.1)
    steps = [tone(1000, 3, -36), tone(1000, 18, -23), tone(1000, 3, -36)]
    assert loudness(np.concatenate(steps)) == pytest.approx(-23, abs=0.1)
    quarter = stereo(np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4) * 0.5)
    assert true_peak(quarter[: RATE // 2] * np.hanning(RATE // 2)[:, None]) == pytest.approx(
        -6.02, abs=0.1
    )


@pytest.mark.parametrize(
    "sound", [SPEECH, drums(4), pink(0.5)], ids=["speech", "drums", "half a second"]
)
def test_it_is_measured(studio: Studio, sound: np.ndarray) -> None:
    found = found_in(studio, sound)
    assert found.integrated_lufs == pytest.approx(loudness(sound), abs=0.15)
    assert found.true_peak_dbtp == pytest.approx(true_peak(sound), abs=0.3)
    assert (found.range_lu == 0) or len(sound) > 3 * RATE


def test_what_has_no_loudness_is_left_alone(studio: Studio) -> None:
    silence, breath = np.zeros((2 * RATE, 2)), noise(2 * RATE, level_db=-75)
    blink = tone(1000, 0.3)
    for sound in (silence, breath, blink):
        how, out = brought_to(studio, -14, sound)
        assert how.before.integrated_lufs is None
        assert (how.before.true_peak_dbtp is None) == (sound is silence)
        assert how.as_json()["how"] == "silence"
        assert np.abs(out - sound).max() < 1e-7


@pytest.mark.parametrize("target_lufs", [-14.0, -23.0, -40.0])
def test_a_gain_is_all_where_the_peaks_allow(studio: Studio, target_lufs: float) -> None:
    how, out = brought_to(studio, target_lufs, SPEECH)
    assert how.as_json()["how"] == "linear"
    assert loudness(out) == pytest.approx(target_lufs, abs=0.15)
    assert how.after.integrated_lufs == pytest.approx(target_lufs)
    gain = 10 ** ((target_lufs - (how.before.integrated_lufs or 0)) / 20)
    assert np.abs(out - SPEECH * gain).max() < 1e-3


def test_peaks_are_limited_to_reach_it(studio: Studio) -> None:
    how, out = brought_to(studio, -12, pink(2, -26))
    assert how.as_json()["how"] == "limited"
    assert loudness(out) == pytest.approx(-12, abs=0.5)
    assert true_peak(out) <= -0.9


def test_what_is_right_already_stays_as_it_is(studio: Studio) -> None:
    sound = SPEECH * 10 ** ((-14 - loudness(SPEECH)) / 20)
    how, out = brought_to(studio, -14, sound)
    assert how.linear
    assert np.abs(out - sound).max() < 0.01


def test_a_clip_shorter_than_three_seconds_is_brought_there(studio: Studio) -> None:
    how, out = brought_to(studio, -14, pink(0.9, -30))
    assert (how.linear, how.after.range_lu) == (True, 0)
    assert loudness(out) == pytest.approx(-14, abs=0.2)


@pytest.mark.parametrize(
    ("sound", "target_lufs"),
    [(drums(8), -16.0), (pink(5, -20), -9.0), (pink(0.9, -20), -9.0)],
    ids=["drums", "noise", "short noise"],
)
@pytest.mark.slow
def test_where_peaks_are_in_the_way_they_are_limited(
    studio: Studio, sound: np.ndarray, target_lufs: float
) -> None:
    how, out = brought_to(studio, target_lufs, sound)
    assert how.as_json()["how"] == "limited"
    assert loudness(out) == pytest.approx(target_lufs, abs=0.5)
    assert how.after.integrated_lufs == pytest.approx(loudness(out), abs=0.15)
    assert true_peak(out) <= -0.9
    assert (len(out), later_by(out, sound)) == (len(sound), 0)


@pytest.mark.slow
def test_what_cannot_be_had_is_come_near_to(studio: Studio) -> None:
    clicks = stereo(np.where(np.arange(4 * RATE) % 24_000 < 3, 0.5, 0)) + pink(4, -70)
    how, out = brought_to(studio, -5, clicks)
    assert how.after.integrated_lufs is not None
    assert how.after.integrated_lufs == pytest.approx(loudness(out), abs=0.3)
    assert loudness(clicks) + 1 < loudness(out) < -10
    assert true_peak(out) <= -0.5


def test_a_known_loss_is_given_before_the_limiter() -> None:
    found = Loudness(-20.0, -6.0, 5.0, -30.0, offset_lu=2.5)
    assert found.gain_db(-14) == 8.5
    assert normalised(-14, found).startswith("volume=8.50dB,aresample=192000,alimiter=")
    assert normalised(-30, Loudness(-20.0, -6.0, 5.0, -30.0)) == "volume=-10.00dB"


@pytest.mark.slow
def test_measuring_tells_how_far_it_is(studio: Studio) -> None:
    told: list[float] = []
    levelled(
        studio.kept(drums(20)), GRAPH, "all", -14, deadline=soon(), total_sec=20,
        report=lambda part, _: told.append(part),
    )  # fmt: skip
    assert told == sorted(told)
    assert 0.5 < told[-1] <= 1


def test_what_cannot_be_read_is_an_error(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "rubbish.mp3").write_bytes(b"\0" * 4000)
    with pytest.raises(PhotoaiError):
        measured(["-i", str(tmp_path / "rubbish.mp3")], GRAPH, "all", deadline=soon())
    with pytest.raises(NotInTime):
        measured(studio.kept(pink(1)), GRAPH, "all", deadline=soon(-1))

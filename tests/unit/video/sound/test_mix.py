"""A sound laid over another: where, how long, how loud."""

from __future__ import annotations

import numpy as np
import pytest

from photoai.errors import SoundBeyondEnd
from photoai.services.video.sound import Mix
from photoai.services.video.sound.mix import HELD_SAMPLES

from .hearing import RATE, Studio, later_by, noise, pink, tone
from .meter import level

pytestmark = pytest.mark.slow

SAMPLES = 96_001
BASE, ADDED = noise(SAMPLES, 1, -14), noise(28_777, 2, -14)
EXACT = 2e-7


def alone(start: int, sound: np.ndarray, samples: int = SAMPLES) -> np.ndarray:
    """The sound at its place, silence around it."""
    placed = np.zeros((samples, 2))
    part = sound[: samples - start]
    placed[start : start + len(part)] = part
    return placed


def again_and_again(sound: np.ndarray, samples: int) -> np.ndarray:
    return np.tile(sound, (samples // len(sound) + 1, 1))[:samples]


def test_both_are_heard_sample_for_sample(studio: Studio) -> None:
    mix = Mix(volume=0.5, base_volume=0.8)
    out = studio.mixed(mix, BASE, ADDED, samples=SAMPLES)
    assert out.shape == (SAMPLES, 2)
    assert np.abs(out - (0.8 * BASE + 0.5 * alone(0, ADDED))).max() < EXACT


def test_the_base_may_be_replaced(studio: Studio) -> None:
    out = studio.mixed(Mix("replace", ducking=True), BASE, ADDED, samples=SAMPLES)
    assert np.abs(out - alone(0, ADDED)).max() < EXACT


@pytest.mark.parametrize(
    ("mix", "hears"),
    [(Mix(), True), (Mix("replace"), False), (Mix(base_volume=0), False)],
)
def test_a_base_that_nobody_hears_need_not_be_decoded(
    studio: Studio, mix: Mix, hears: bool
) -> None:
    assert mix.hears_base is hears
    without = studio.mixed(mix, None, ADDED, samples=SAMPLES)
    assert np.abs(without - alone(0, ADDED)).max() < EXACT


@pytest.mark.parametrize("samples", [1, 95_904, 100_001])
@pytest.mark.parametrize("ducking", [False, True])
def test_it_is_exactly_as_long_as_the_video(studio: Studio, samples: int, ducking: bool) -> None:
    base, mix = BASE[:50_000], Mix(loop=True, ducking=ducking)
    assert len(studio.mixed(mix, base, ADDED, samples=samples)) == samples
    assert len(studio.mixed(mix, None, ADDED, samples=samples)) == samples


@pytest.mark.parametrize("offset_sec", [0.0001, 1.23456, 1.99])
def test_it_begins_at_its_sample(studio: Studio, offset_sec: float) -> None:
    start = round(offset_sec * RATE)
    out = studio.mixed(Mix("replace", offset_sec=offset_sec), None, ADDED, samples=SAMPLES)
    assert np.abs(out - alone(start, ADDED)).max() < EXACT


def test_it_cannot_begin_after_the_end() -> None:
    Mix(offset_sec=1.9999).check(2 * RATE)
    for offset_sec in (2.0, 1e9):
        with pytest.raises(SoundBeyondEnd) as refused:
            Mix(offset_sec=offset_sec).filters("a", "b", "o", samples=2 * RATE, added_samples=1)
        assert refused.value.details == {"offset_sec": offset_sec, "duration_sec": 2.0}


@pytest.mark.parametrize("long", [7, 4801, 28_777])
def test_a_loop_has_no_seams(studio: Studio, long: int) -> None:
    mix = Mix("replace", loop=True, offset_sec=0.25)
    out = studio.mixed(mix, None, ADDED[:long], samples=SAMPLES)
    assert np.abs(out - alone(12_000, again_and_again(ADDED[:long], SAMPLES))).max() < EXACT


def test_a_loop_goes_round_at_the_real_end_of_the_sound(studio: Studio) -> None:
    """What is said of its length may be wrong, or nothing is."""
    mix, expected = Mix("replace", loop=True), again_and_again(ADDED, SAMPLES)
    for told in (len(ADDED) + 900, len(ADDED) - 900, None):
        out = studio.mixed(mix, None, ADDED, samples=SAMPLES, added_samples=told)
        assert np.abs(out - expected).max() < EXACT


@pytest.mark.parametrize("told", [None, len(ADDED) - 9000, len(ADDED) + 9000])
def test_a_sound_ends_where_it_ends_whatever_is_said_of_it(
    studio: Studio, told: int | None
) -> None:
    out = studio.mixed(Mix("replace"), None, ADDED, samples=SAMPLES, added_samples=told)
    assert np.abs(out - alone(0, ADDED)).max() < EXACT


def test_a_sound_that_is_long_enough_is_not_looped(studio: Studio) -> None:
    mix = Mix("replace", loop=True)
    assert "aloop" not in mix.filters(None, "a", "o", samples=1000, added_samples=1000)
    assert "aloop" in mix.filters(None, "a", "o", samples=1001, added_samples=1000)
    out = studio.mixed(mix, None, ADDED, samples=20_000)
    assert np.abs(out - ADDED[:20_000]).max() < EXACT


def test_only_a_long_loop_has_to_come_more_than_once() -> None:
    loop, long = Mix(loop=True, offset_sec=1), HELD_SAMPLES + 1
    assert loop.copies(long + RATE + 1, long) == 3
    assert loop.copies(3 * long + RATE, long) == 4
    assert loop.copies(long + RATE, long) == 1
    assert loop.copies(long * 2, HELD_SAMPLES) == 1
    assert (loop.copies(long * 2, None), Mix().copies(long * 2, long)) == (1, 1)


def test_silence_and_nothing_may_be_added(studio: Studio) -> None:
    for added in (np.zeros((1000, 2)), np.zeros((0, 2))):
        out = studio.mixed(Mix(loop=True, ducking=True), BASE, added, samples=SAMPLES)
        assert np.abs(out - BASE).max() < EXACT


@pytest.mark.parametrize(
    ("mix", "start", "end"),
    [
        (Mix("replace", fade_in_sec=0.2, fade_out_sec=0.3), 0, 28_777),
        (Mix("replace", offset_sec=0.5, fade_in_sec=0.2, fade_out_sec=0.3), 24_000, 52_777),
        (Mix("replace", offset_sec=1.9, fade_in_sec=0.01, fade_out_sec=0.05), 91_200, SAMPLES),
        (Mix("replace", loop=True, fade_in_sec=1, fade_out_sec=0.7), 0, SAMPLES),
        (Mix("replace", fade_in_sec=60, fade_out_sec=60), 0, 28_777),
    ],
)  # fmt: skip
def test_fades_are_linear_and_belong_to_what_is_heard(
    studio: Studio, mix: Mix, start: int, end: int
) -> None:
    long = end - start
    rising, falling = (min(round(sec * RATE), long) for sec in (mix.fade_in_sec, mix.fade_out_sec))
    at = np.arange(long)
    curve = np.minimum(1, at / rising) * np.minimum(1, (long - at) / falling)
    expected = alone(start, again_and_again(ADDED, long) * curve[:, None])
    out = studio.mixed(mix, None, ADDED, samples=SAMPLES)
    assert np.abs(out - expected).max() < EXACT


def test_nothing_clips_and_nothing_moves(studio: Studio) -> None:
    base, added = pink(3, -0.1, seed=3), pink(3, -0.1, seed=4)
    out = studio.mixed(Mix(volume=4), base, added, samples=len(base))
    assert level(base + 4 * added) > 8
    assert -1.2 < level(out) < -0.99
    assert later_by(out, base + 4 * added) == 0


def test_one_that_is_too_loud_alone_does_not_clip_either(studio: Studio) -> None:
    added = tone(440, 1, -1)
    out = studio.mixed(Mix("replace", volume=10), None, added, samples=RATE)
    assert level(out) < -0.99
    assert later_by(out, added) == 0


def test_whoever_sets_the_loudness_gets_it_unlimited(studio: Studio) -> None:
    base, added = noise(RATE, 1, -1), noise(RATE, 2, -1)
    out = studio.mixed(Mix(loudness=-14), base, added, samples=RATE)
    assert np.abs(out - (base + added)).max() < 1e-6
    assert level(out) > 3


def test_half_an_hour_of_silence_before_it_costs_no_memory() -> None:
    """The graph has no filter that holds what comes later."""
    graph = Mix(offset_sec=1800).filters("b", "a", "o", samples=90_000_000, added_samples=1000)
    assert "adelay" not in graph
    assert "concat=n=2:v=0:a=1" in graph

"""The added sound gives way while somebody speaks."""

from __future__ import annotations

import numpy as np
import pytest

from photoai.services.video.sound import Mix

from .hearing import RATE, Studio, later_by, noise, pink, stereo, talk, tone
from .meter import rms

pytestmark = pytest.mark.slow

SEC, SPEECH = 8, (2.0, 4.0)
MUSIC = pink(SEC, -8)


def lowered_by(studio: Studio, base: np.ndarray, music: np.ndarray = MUSIC):
    """By how many dB the music is lowered between two times."""
    told = {"samples": SEC * RATE}
    whole = studio.mixed(Mix(ducking=True, loudness=-14), base, music, **told)
    left = whole - base

    def between(start: float, end: float) -> float:
        part = slice(round(start * RATE), round(end * RATE))
        return rms(music[part]) - rms(left[part])

    return between


@pytest.mark.parametrize("level_db", [-33, -24, -10])
def test_speech_soft_or_loud_lowers_the_music(studio: Studio, level_db: float) -> None:
    lowered = lowered_by(studio, talk(SEC, level_db, [SPEECH]))
    assert 6 <= lowered(2.1, 4) <= 14.1
    assert lowered(2.02, 2.1) > 3
    assert abs(lowered(0, 1.99)) < 0.1
    assert abs(lowered(5, 8)) < 0.3


def test_it_stays_down_between_two_words(studio: Studio) -> None:
    lowered = lowered_by(studio, talk(SEC, -18, [(2.0, 3.0), (3.15, 4.0)]))
    assert lowered(3.0, 3.15) > 6


def test_it_comes_back_within_a_second(studio: Studio) -> None:
    lowered = lowered_by(studio, talk(SEC, -10, [SPEECH]))
    assert lowered(4, 4.1) > 6
    assert lowered(4.5, 4.6) < lowered(4.2, 4.3) - 1
    assert lowered(4.9, 5) < 1


@pytest.mark.parametrize(
    ("base", "limit_db"),
    [(noise(SEC * RATE, 5, -50), 0.1), (tone(30, SEC, -36), 1.0)],
    ids=["a quiet room", "rumble"],
)
def test_what_is_not_speech_does_not(studio: Studio, base: np.ndarray, limit_db: float) -> None:
    assert abs(lowered_by(studio, base)(1, 7)) < limit_db


def test_a_voice_on_one_side_lowers_both(studio: Studio) -> None:
    base = talk(SEC, -20, [SPEECH]) * [1, 0]
    whole = studio.mixed(Mix(ducking=True, loudness=-14), base, MUSIC, samples=SEC * RATE)
    left, part = whole - base, slice(round(2.2 * RATE), round(3.9 * RATE))
    for side in (0, 1):
        assert rms(MUSIC[part, side]) - rms(left[part, side]) > 6


def test_how_loud_the_voice_is_played_makes_no_difference(studio: Studio) -> None:
    base = talk(SEC, -20, [SPEECH])
    soft = studio.mixed(
        Mix(ducking=True, base_volume=0.1, loudness=-14), base, MUSIC, samples=SEC * RATE
    )
    loud = studio.mixed(Mix(ducking=True, loudness=-14), base, MUSIC, samples=SEC * RATE)
    assert np.abs((soft - 0.1 * base) - (loud - base)).max() < 1e-5


def test_nothing_moves(studio: Studio) -> None:
    base = stereo(np.zeros(SEC * RATE))
    music = noise(2 * RATE, 7)
    mix = Mix(ducking=True, offset_sec=1.5)
    out = studio.mixed(mix, base, music, samples=SEC * RATE)
    assert later_by(out, music) == 72_000
    assert np.abs(out[72_000 : 72_000 + len(music)] - music).max() < 1e-6


def test_nothing_is_lost_at_the_end_however_often_it_is_tried(studio: Studio) -> None:
    """`sidechaincompress` drops what it holds of one sound when the other ends before."""
    base, music = talk(3, -20, [(0.5, 1.0)]), noise(3 * RATE, 8)
    for _ in range(6):
        whole = studio.mixed(Mix(ducking=True, loudness=-14), base, music, samples=3 * RATE)
        assert np.abs((whole - base - music)[-RATE // 2 :]).max() < 1e-6

"""Somebody who says nothing, in every vowel there is; chords; noise. One channel at 16 kHz."""

from __future__ import annotations

from pathlib import Path

import numpy as np

RATE = 16000
Sound = np.ndarray  # -1 to 1
# The first three formants of vowels, Hz (Peterson and Barney, 1952, men).
VOWELS = np.array(
    [(270, 2290, 3010), (530, 1840, 2480), (730, 1090, 2440), (570, 840, 2410), (300, 870, 2240)]
)
WIDTHS = np.array([60, 90, 150])
SYLLABLES_SEC = 0.21


def spoken(sec: float, seed: int = 1, pitch: float = 125.0) -> Sound:
    """A voice: harmonics of a pitch that falls and trembles, shaped by formants that glide from
    vowel to vowel, with a hiss between some of them; four to five syllables a second."""
    dice = np.random.default_rng(seed)
    at = np.arange(round(sec * RATE)) / RATE
    syllable = (at / SYLLABLES_SEC).astype(int)
    within = at / SYLLABLES_SEC - syllable
    count = int(syllable.max(initial=0)) + 2
    vowels = VOWELS[dice.integers(len(VOWELS), size=count)]
    glide = np.clip((within - 0.6) / 0.4, 0, 1)[:, None]
    formants = vowels[syllable] * (1 - glide) + vowels[syllable + 1] * glide
    tune = dice.uniform(0.88, 1.15, count)
    melody = np.interp(at / SYLLABLES_SEC, np.arange(count), tune)
    tone = pitch * melody * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * at))
    phase = 2 * np.pi * np.cumsum(tone) / RATE
    voice = np.zeros(len(at))
    for harmonic in range(1, int(3800 / pitch)):
        off = (harmonic * tone[:, None] - formants) / WIDTHS
        loud = (1 / (1 + off**2) * [1, 0.6, 0.3]).sum(1) + 0.01
        voice += loud / harmonic**0.5 * np.sin(harmonic * phase)
    swell = np.sin(np.pi * np.clip(within * 1.25 - 0.2, 0, 1)) ** 0.6
    hiss = (
        np.diff(dice.normal(size=len(at) + 1))
        * (within < 0.2)
        * dice.choice([0, 0.15], count)[syllable]
    )
    return _loud(voice * swell / np.abs(voice).max() + hiss)


def chords(sec: float) -> Sound:
    """A band of sines and a beat: four chords, a bass, a hi-hat."""
    dice = np.random.default_rng(3)
    at = np.arange(round(sec * RATE)) / RATE
    roots = np.array([220.0, 174.6, 261.6, 196.0])[(at / 2).astype(int) % 4]
    phase = 2 * np.pi * np.cumsum(roots) / RATE
    music = np.zeros(len(at))
    for ratio in (1, 1.26, 1.5, 2):
        music += sum(np.sin(part * ratio * phase) / part**2 for part in (1, 2, 3, 4))
    beat = (at * 2) % 1
    drum = np.sin(2 * np.pi * 60 * at) * np.exp(-beat * 9) * 4
    hat = dice.normal(size=len(at)) * np.exp(-((at * 4) % 1) * 25)
    return _loud(music + drum + hat)


def noise(sec: float) -> Sound:
    return _loud(np.random.default_rng(5).normal(size=round(sec * RATE)))


def silence(sec: float) -> Sound:
    return np.zeros(round(sec * RATE))


def written(path: Path, *sounds: Sound) -> Path:
    """One after the other, as signed 16 bits."""
    path.write_bytes((np.concatenate(sounds) * 32767).astype("<i2").tobytes())
    return path


def _loud(sound: Sound) -> Sound:
    return sound / np.abs(sound).max() * 0.5

"""A loudness meter of our own, written from ITU-R BS.1770-4 alone: no code is shared with ffmpeg's.

Filters are applied to the spectrum; that is exact enough for everything that begins or ends softly.
"""

from __future__ import annotations

import numpy as np

RATE = 48000
BLOCK_SEC, STEP_SEC = 0.4, 0.1
# Annex 1, tables 1 and 2: the head, then the RLB weighting, at 48 kHz.
HEAD = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
RLB = (1.0, -2.0, 1.0), (1, -1.99004745483398, 0.99007225036621)
STAGES = (HEAD, RLB)


def loudness(sound: np.ndarray) -> float:
    """Integrated loudness in LUFS of `(samples, 2)` floats; minus infinity for silence."""
    block, step = round(BLOCK_SEC * RATE), round(STEP_SEC * RATE)
    power = (_weighted(sound) ** 2).sum(axis=1)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    starts = np.arange(0, len(sound) - block + 1, step)
    blocks = (sums[starts + block] - sums[starts]) / block
    kept = blocks[_lufs(blocks) > -70]
    if not len(kept):
        return -np.inf
    return float(_lufs(kept[_lufs(kept) > _lufs(kept.mean()) - 10].mean()))


def true_peak(sound: np.ndarray) -> float:
    """dBTP (annex 2), looked for at eight times the rate."""
    spectrum = np.fft.rfft(sound, axis=0)
    return level(np.fft.irfft(spectrum, len(sound) * 8, axis=0) * 8)


def level(sound: np.ndarray) -> float:
    """The highest sample, in dBFS."""
    return float(20 * np.log10(np.abs(sound).max()))


def rms(sound: np.ndarray) -> float:
    """dBFS."""
    return float(10 * np.log10((sound.astype(np.float64) ** 2).mean() + 1e-30))


def _weighted(sound: np.ndarray) -> np.ndarray:
    size = len(sound) + RATE  # what rings on at the end does not come back at the beginning
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = np.ones_like(turn)
    for above, below in STAGES:
        response *= np.polyval(above[::-1], turn) / np.polyval(below[::-1], turn)
    weighted = np.fft.irfft(np.fft.rfft(sound, size, axis=0) * response[:, None], size, axis=0)
    return weighted[: len(sound)]


def _lufs(power: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -0.691 + 10 * np.log10(power)

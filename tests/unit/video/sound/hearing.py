"""Sounds to lay over each other, and what comes of it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe

from photoai.services.video.sound import Mix

RATE = 48000


@dataclass
class Studio:
    """Sounds are kept as bare 32-bit floats: nothing is lost on the way in."""

    folder: Path
    count: int = field(default=0)

    def kept(self, sound: np.ndarray) -> list[str]:
        """A sound, mono `(n,)` or `(n, channels)`, as an input."""
        self.count += 1
        path = self.folder / f"sound-{self.count}.f32"
        sound.astype("<f4").tofile(path)
        channels = str(1 if sound.ndim == 1 else sound.shape[1])
        return ["-f", "f32le", "-ar", str(RATE), "-ac", channels, "-i", str(path)]

    def mixed(
        self,
        mix: Mix,
        base: np.ndarray | None,
        added: np.ndarray,
        *,
        samples: int,
        added_samples: int | None = -1,
    ) -> np.ndarray:
        """What is heard of a mix of stereo sounds."""
        inputs = self.kept(added) + (self.kept(base) if base is not None else [])
        long = len(added) if added_samples == -1 else added_samples
        label = None if base is None else "1:a"
        graph = mix.filters(label, "0:a", "out", samples=samples, added_samples=long)
        return heard(inputs, graph, "out")


def heard(inputs: Sequence[str], graph: str, label: str) -> np.ndarray:
    """`(samples, 2)` floats."""
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", *inputs, "-filter_complex", graph]
    told = [*command, "-map", f"[{label}]", "-f", "f32le", "pipe:1"]
    done = subprocess.run(told, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, "<f4").reshape(-1, 2)


def stereo(sound: np.ndarray) -> np.ndarray:
    return np.repeat(sound[:, None], 2, axis=1)


def tone(hertz: float, sec: float, level_db: float = -12.0) -> np.ndarray:
    """A sine of so many dBFS (peak)."""
    time = np.arange(round(sec * RATE)) / RATE
    return stereo(10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * time))


def noise(samples: int, seed: int = 1, level_db: float = -12.0) -> np.ndarray:
    """Uniform white noise in 16-bit steps: no two places are alike."""
    random = np.random.default_rng(seed).uniform(-1, 1, (samples, 2))
    return np.round(random * 10 ** (level_db / 20) * 32767) / 32768


def pink(sec: float, level_db: float = -12.0, seed: int = 2) -> np.ndarray:
    """Noise that falls by 3 dB an octave, with soft ends; `level_db` is its peak."""
    samples = round(sec * RATE)
    hertz = np.maximum(np.fft.rfftfreq(samples, 1 / RATE), 20)
    white = np.fft.rfft(np.random.default_rng(seed).standard_normal((samples, 2)), axis=0)
    made = np.fft.irfft(white / np.sqrt(hertz)[:, None] * (hertz < 14000)[:, None], samples, axis=0)
    made *= np.minimum(1, np.minimum(np.arange(samples), np.arange(samples)[::-1]) / 480)[:, None]
    return made / np.abs(made).max() * 10 ** (level_db / 20)


def drums(sec: float) -> np.ndarray:
    """Soft noise with two hits a second: 20 dB between loudness and peak."""
    sound = pink(sec, -32)
    time = np.arange(RATE // 4) / RATE
    hit = np.exp(-30 * time) * np.sin(2 * np.pi * 80 * time * (1 - time))
    for start in range(0, len(sound) - len(hit), RATE // 2):
        sound[start : start + len(hit)] += stereo(hit) * 0.5
    return sound


def talk(sec: float, level_db: float, spans: Sequence[tuple[float, float]]) -> np.ndarray:
    """Something like vowels, four a second, of so many dBFS (RMS while there is any) in `spans`."""
    time = np.arange(round(sec * RATE)) / RATE
    voice = sum(np.sin(2 * np.pi * 130 * part * time + part**2) / part for part in range(1, 30))
    voice = voice * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    speaks = np.zeros(len(time), bool)
    for start, end in spans:
        speaks[round(start * RATE) : round(end * RATE)] = True
    voice = voice / np.sqrt((voice[speaks] ** 2).mean()) * 10 ** (level_db / 20)
    return stereo(np.where(speaks, voice, 0))


def later_by(sound: np.ndarray, than: np.ndarray) -> int:
    """By how many samples one is later than the other (cross-correlation)."""
    size = 2 * max(len(sound), len(than))
    spectrum = np.fft.rfft(sound[:, 0], size) * np.conj(np.fft.rfft(than[:, 0], size))
    place = int(np.argmax(np.fft.irfft(spectrum, size)))
    return place - size if place > size // 2 else place

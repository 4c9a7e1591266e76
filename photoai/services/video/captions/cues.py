"""What is said when: cues and their words, whatever they were read from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

MAX_BYTES = 2_000_000
MAX_CUES = 10_000
LONGEST_CUE = 2_000  # characters
# Neither SRT nor ASS can say a time after this.
LATEST_SEC = 35_999.0


@dataclass(frozen=True)
class Word:
    start_sec: float
    end_sec: float
    text: str


@dataclass(frozen=True)
class Cue:
    """`text` is plain: no tags, lines parted by "\\n". `words` are those whose times are known."""

    start_sec: float
    end_sec: float
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Script:
    """Subtitles as they were read. `format` is srt, vtt or ass, `encoding` that of the bytes;
    `dropped` is how many cues could not be shown at all, `mended` how many were shown otherwise
    than they said."""

    cues: list[Cue]
    format: str
    encoding: str
    dropped: int = 0
    mended: int = 0


@dataclass
class Tally:
    dropped: int = 0
    mended: int = 0


def sound(cues: Iterable[Cue], tally: Tally) -> list[Cue]:
    """The cues that can be shown, in the order of their beginnings. One that ends before it
    begins is turned round, one that begins before the video begins with it; one that is never
    seen or says nothing is dropped. `tally` counts both."""
    kept = [mended for cue in cues if (mended := _mended(cue, tally)) is not None]
    return sorted(kept, key=lambda cue: cue.start_sec)


def _mended(cue: Cue, tally: Tally) -> Cue | None:
    start_sec, end_sec = sorted((cue.start_sec, cue.end_sec))
    start_sec, end_sec = max(start_sec, 0.0), min(end_sec, LATEST_SEC)
    text = cue.text[:LONGEST_CUE]
    if start_sec >= end_sec or not text.strip():
        tally.dropped += 1
        return None
    if (start_sec, end_sec, text) == (cue.start_sec, cue.end_sec, cue.text):
        return cue
    tally.mended += 1
    return replace(cue, start_sec=start_sec, end_sec=end_sec, text=text)


def within(cues: Iterable[Cue], duration_sec: float) -> list[Cue]:
    """What is seen of the cues in a video of this length."""
    seen = (cue for cue in cues if cue.start_sec < duration_sec)
    return [replace(cue, end_sec=min(cue.end_sec, duration_sec)) for cue in seen]

"""Sound decoded once into a file of bare samples: its length is exact, and it can be read again and
again without a gap, which no compressed sound can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photoai.services.video import ffmpeg
from photoai.services.video.canvas import SAMPLE_RATE
from photoai.services.video.ffmpeg import Report

SAMPLE_BYTES = 4  # two channels of 16 bits
RAW = ("-ar", str(SAMPLE_RATE), "-ac", "2")


@dataclass(frozen=True)
class PlainSound:
    """48 kHz, stereo, 16 bits."""

    path: Path
    samples: int

    def input(self, *, endless: bool = False) -> list[str]:
        """The arguments of an input; an endless one begins anew whenever it ends."""
        again = ("-stream_loop", "-1") if endless else ()
        return ffmpeg.ours(self.path, "s16le", *again, *RAW)


def plain_sound(
    inputs: Sequence[str],
    graph: str,
    label: str,
    out: Path,
    *,
    longest_samples: int,
    deadline: float,
    report: Report | None = None,
) -> PlainSound:
    """Write `[label]`, an end of `graph` over `inputs`, to `out`; not more than could be heard.

    Raises:
        RenderFailed, RenderOutOfRoom, ClipUnreadable, NotInTime: as `ffmpeg.run`.
    """
    cut = f"{graph};[{label}]atrim=end_sample={longest_samples}[{label}plain]"
    ffmpeg.run(
        [
            *(*inputs, "-filter_complex", cut, "-map", f"[{label}plain]"),
            *("-c:a", "pcm_s16le", *RAW, "-f", "s16le", f"file:{out}"),
        ],
        deadline=deadline,
        total_sec=longest_samples / SAMPLE_RATE,
        report=report,
        operation="decode",
    )
    return PlainSound(out, out.stat().st_size // SAMPLE_BYTES)

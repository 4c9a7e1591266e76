"""Is an MP4 of drawn pictures what it should be? Measured in the file itself."""

from __future__ import annotations

from pathlib import Path

from photoai.services.video.canvas import Canvas
from photoai.services.video.facts import ClipFacts
from photoai.services.video.verify import agree, check_picture, decoded, outside, together


def check_mp4(path: Path, canvas: Canvas, frames: int, *, heard: ClipFacts) -> ClipFacts:
    """What the finished MP4 is; its sound is that of the clip `heard`, and begins where it did.

    Raises:
        ResultWrong: it is not what it should be; `details["wrong"]` names the first thing found.
    """

    def check(facts: ClipFacts) -> None:
        check_picture(facts.video, canvas, frames)
        agree("sound", facts.audio is not None, heard.audio is not None)
        if facts.audio and heard.audio:
            began_sec = max(0.0, heard.audio.start_sec - heard.video.start_sec)
            together("sound start", facts.audio.start_sec - facts.video.start_sec - began_sec)

    facts = outside(path, check)
    decoded(path, canvas=canvas, frames=frames)
    return facts

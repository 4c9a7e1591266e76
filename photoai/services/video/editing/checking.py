"""Is what was made of a film what it should be? A copied stream must be what it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from photoai.services.video.canvas import SAMPLE_RATE
from photoai.services.video.facts import ClipFacts
from photoai.services.video.plan import COPY
from photoai.services.video.verify import agree, check_picture, decoded, outside, together

from .film import Film, Take
from .planning import audio_action, why_encoded


def checked(path: Path, film: Film, joints: Sequence[int] = ()) -> ClipFacts:
    """What the finished MP4 of a film is; pictures that were encoded decode at the beginning, at
    `joints` and at the end.

    Raises:
        ResultWrong: it is not what it should be; `details["wrong"]` names the first thing found.
    """
    copied = film.untouched if why_encoded(film) is None else None

    def check(facts: ClipFacts) -> None:
        if copied is None:
            check_picture(facts.video, film.canvas, film.frames)
        else:
            _check_copy(facts, copied.facts)
        _check_sound(facts, film)

    facts = outside(path, check)
    if copied is None:
        ends = [film.frames - 1, *joints]
        decoded(path, canvas=film.canvas, frames=film.frames, joints=ends)
    return facts


def _check_copy(made: ClipFacts, of: ClipFacts) -> None:
    for what in ("codec", "width", "height", "sar", "rotation_deg", "pix_fmt", "frames"):
        agree(what, getattr(made.video, what), getattr(of.video, what))
    together("start", made.video.start_sec)
    together("end", made.duration_sec - of.duration_sec, float(1 / of.video.fps))


def _check_sound(made: ClipFacts, film: Film) -> None:
    agree("sound", made.audio is not None, film.sound is not None)
    if made.audio is None:
        return
    starts_sec, ends_sec = 0.0, film.duration_sec
    take = film.untouched_sound
    if audio_action(film) == COPY and take is not None:
        starts_sec, ends_sec = span(take)
    else:
        agree("sound", (made.audio.codec, made.audio.sample_rate), ("aac", SAMPLE_RATE))
    check_heard(made, starts_sec, ends_sec)


def check_heard(made: ClipFacts, starts_sec: float, ends_sec: float) -> None:
    """Raises ResultWrong: its sound is not heard from and to these moments of its picture."""
    if made.audio is None:
        return
    begins_sec = made.audio.start_sec - made.video.start_sec
    together("sound start", begins_sec - starts_sec)
    finished_sec = begins_sec + made.audio.duration_sec
    together("sound end", finished_sec - ends_sec, float(1 / made.video.fps))


def span(take: Take) -> tuple[float, float]:
    """From when to when a clip's sound is heard, counted from its first picture."""
    sound, zero_sec = take.facts.audio, take.facts.video.start_sec
    if sound is None:
        return 0.0, 0.0
    starts_sec = sound.start_sec - zero_sec
    return max(0.0, starts_sec), starts_sec + sound.duration_sec

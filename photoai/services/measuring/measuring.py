"""A video measured, in a job's child process."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from photoai.errors import RenderFailed, RenderOutOfRoom
from photoai.services.video import ClipLimits
from photoai.services.video.pixels import clip_of
from photoai.services.video.skimming import Skim

from .facts import MEASURING, PICTURES, Facts, Loudness, Measured, Part, Shot
from .glances import Glances
from .parts import black, parts, still
from .pictures import FIRST, pack, shot_name
from .progress import Progress, Voice
from .shots import Span, changes, pace, spans
from .sound import metered
from .speech import speech_free

FULL = (errno.ENOSPC, errno.EDQUOT)
VIDEO = "video"
ANY_SIZE = ClipLimits(max_bytes=1 << 50, max_pixels=1 << 40, max_duration_sec=1e9)


def measure(params: Mapping[str, Any], folder: Path, voice: Voice) -> Measured:
    """As the door says."""
    voice(0.0, MEASURING)
    said = {**params["input"], "kind": VIDEO}
    path, clip = clip_of(said, ANY_SIZE)
    with _room_to_work(), _readable(said), closing(Skim(path, clip, folder)) as skim:
        facts = Measuring(skim, params["max_shots"]).facts(params["deadline"], voice)
    voice(1.0, MEASURING)
    return Measured(facts=facts, pictures=PICTURES)


@contextmanager
def _readable(said: Mapping[str, Any]) -> Iterator[None]:
    """What fails inside says what is wrong with the file, if anything is."""
    try:
        yield
    except RenderFailed:
        clip_of({**said, "facts": None}, ANY_SIZE)
        raise


@contextmanager
def _room_to_work() -> Iterator[None]:
    """Raises RenderOutOfRoom when something inside finds the disk full."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise RenderOutOfRoom from error


class Measuring:
    """One clip at it."""

    def __init__(self, skim: Skim, max_shots: int) -> None:
        self._skim = skim
        self._max_shots = max_shots
        self._duration_sec = skim.facts.duration_sec

    def facts(self, deadline: float, voice: Voice) -> Facts:
        """All that is measured; the pictures are in the folder then."""
        skim, duration_sec = self._skim, self._duration_sec
        with ThreadPoolExecutor(1) as beside:
            listening = beside.submit(self._heard, deadline)
            glances = Glances(skim.glances(deadline, self._seen(voice)), float(skim.rate))
            found = changes(glances)
            cuts = [change.at / glances.fps for change in found]
            shots = spans(found, glances.fps, duration_sec, self._max_shots)
            pack(skim.folder / PICTURES, skim.pictures_path, skim.show, glances, shots)
            loudness, silence, free = listening.result()
        width, height = skim.facts.display_size
        return Facts(
            duration_sec=round(duration_sec, 3),
            width=width,
            height=height,
            fps=round(float(skim.facts.video.fps), 3),
            has_sound=skim.facts.audio is not None,
            shots=[_shot(index, span) for index, span in enumerate(shots)],
            cuts=[round(sec, 3) for sec in cuts],
            pace=pace(cuts, duration_sec),
            loudness=loudness,
            silence=silence,
            speech_free=free,
            still=still(glances, duration_sec),
            black=black(glances, duration_sec),
            first_frame=FIRST,
        )

    def _seen(self, voice: Voice) -> Callable[[int], None]:
        return Progress(voice, self._skim.frames).seen

    def _heard(self, deadline: float) -> tuple[Loudness | None, list[Part], list[Part]]:
        """How loud it is, where it is silent, where nobody speaks."""
        skim, duration_sec = self._skim, self._duration_sec
        if skim.facts.audio is None:
            whole = parts([(0.0, duration_sec)], duration_sec, 0)
            return None, whole, whole
        skim.listen(skim.facts.audio, deadline)
        meter = metered(skim.metered_path)
        free = speech_free(skim.heard_path, duration_sec)
        return meter.loudness(duration_sec), meter.silence(duration_sec), free


def _shot(index: int, span: Span) -> Shot:
    return Shot(
        index=index,
        start_sec=round(span.start_sec, 3),
        end_sec=round(span.end_sec, 3),
        picture=shot_name(index),
    )

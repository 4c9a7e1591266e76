"""A merge from its clips to one video, in a job's child process: fetch, prepare, join, check.

Clips are prepared while others are still on their way, on the canvas that those ask for which are
here. Should a late one change its frame rate, what was prepared for the other rate waits in the
segment cache for another day.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

from photoai.errors import NotInTime, RenderFailed, RenderOutOfRoom, ResultWrong, StorageFull
from photoai.services.fetch import Fetcher
from photoai.services.storage import disk_with_room

from .arrivals import Arrivals, Clip
from .canvas import canvas_of
from .clips import naming_the_clip
from .facts import ClipLimits
from .join import Segment, join
from .looking import Look
from .plan import COPY, MergePlan, plan_merge
from .poster import poster
from .preparing import Preparing
from .remux import Source, can_be_put_together, put_together
from .segments import Segments
from .settings import NO_TRANSITION, MergeSettings
from .verify import decoded, measured

DOWNLOADING, PREPARING, MERGING = "downloading", "preparing", "merging"
# Where each stage begins, of the whole.
PREPARING_FROM, MERGING_FROM, CHECKING_FROM = 0.15, 0.9, 0.97
ALWAYS_WAITED_SEC, SLOWEST_BYTES_PER_SEC = 30.0, 200_000
VIDEO, POSTER = "video.mp4", "poster.jpg"
POSTER_SIDE_PX = 640
# A clip's first frame is often black.
POSTER_AT = 0.1
log = logging.getLogger(__name__)


class Voice(Protocol):
    """How the parent hears of it."""

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None: ...

    def tell(self, facts: Mapping[str, Any]) -> None: ...


def merge(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """Merge the clips of an order; the names of the files in `folder` and the facts about them.

    Raises:
        PhotoaiError: why there is no video.
    """
    with room_to_work():
        return Merging(params, folder, voice).run()


def plan(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """What `merge` would do with the same clips, which are fetched to be looked at.

    Raises:
        PhotoaiError: one of them cannot be had or used.
    """
    merging = Merging(params, folder, voice)
    with room_to_work():
        clips = dict(merging.arrivals)
    found = merging.planned(clips)
    contents = [clips[index].sha256 for index in sorted(clips)]
    return {**found.as_json(), "contents": contents, "fetched": merging.arrivals.fetched_bytes}


def patience_sec(limits: ClipLimits) -> float:
    """How long clips may be on their way: a host that drips must not hold up everybody's merges
    for as long as a merge may take."""
    return ALWAYS_WAITED_SEC + limits.max_bytes / SLOWEST_BYTES_PER_SEC


@contextmanager
def room_to_work() -> Iterator[None]:
    """Raises RenderOutOfRoom when something inside finds the disk full."""
    try:
        with disk_with_room():
            yield
    except StorageFull as error:
        raise RenderOutOfRoom from error


class Merging:
    """One attempt at a merge; `params` are what `services.merges` hands to its child."""

    def __init__(self, params: Mapping[str, Any], folder: Path, voice: Voice) -> None:
        self._settings = MergeSettings.from_json(params["settings"])
        self._folder = folder
        self._voice = voice
        self._deadline = params["deadline"]
        self._max_duration_sec = params["max_duration_sec"]
        self._count = len(params["sources"])
        limits = ClipLimits(params["clip_max_bytes"], params["max_pixels"], self._max_duration_sec)
        self.arrivals = Arrivals(
            params["sources"], folder, Fetcher(params["allowed_hosts"]),
            Look(limits, [self._settings.aspect_ratio], self._deadline),
            min(self._deadline, time.monotonic() + patience_sec(limits)),
            lambda index, found: voice.tell({"clip": {"index": index, "found": found}}),
            self._while_waiting,
        )  # fmt: skip
        segments = Segments(Path(params["segments"]), params["segments_max_bytes"])
        self._preparing = Preparing(
            segments, folder, self._settings, self._deadline, self._report_piece
        )
        self._prepared_frames = self._frames = 0
        self._began = time.monotonic()
        self._here: dict[int, Clip] = {}
        self._early: list[int] = []  # here, and not prepared yet
        self._all_here = False

    def run(self) -> dict[str, Any]:
        self._voice(0.0, DOWNLOADING)
        clips = self._arrived()
        contents = [clips[index].sha256 for index in range(self._count)]
        self._voice.tell({"contents": contents})
        found = self.planned(clips)
        self._make(found, clips)
        facts = self._facts(found)
        return {"video": VIDEO, "poster": POSTER, "contents": contents, "facts": facts}

    def planned(self, clips: Mapping[int, Clip]) -> MergePlan:
        """Raises ClipTooLong: the video would be."""
        found = plan_merge([clips[index].facts for index in sorted(clips)], self._settings)
        found.check_length(self._max_duration_sec)
        return found

    def _arrived(self) -> dict[int, Clip]:
        """All clips, by their places."""
        for index, clip in self.arrivals:
            self._here[index] = clip
            self._early.append(index)
            self._report_arrivals()
        self._all_here = True
        return self._here

    def _while_waiting(self) -> None:
        """Nothing has come for a moment: one of the clips that are here is prepared."""
        self._report_arrivals()
        if self._early and self._settings.transition == NO_TRANSITION:
            self._prepare_early(self._early.pop(0))

    def _prepare_early(self, index: int) -> None:
        """The processors would be idle; should the canvas change, nobody has waited for it."""
        rates = [clip.facts.video.fps for clip in self._here.values()]
        canvas = canvas_of(self._settings.aspect_ratio, rates)
        alone = plan_merge([self._here[index].facts], self._settings, canvas)
        (piece,) = alone.pieces
        if piece.action == COPY:
            return  # done in no time when all are here, or not needed at all
        # Out of time, it is the clip that has not come that is to be named.
        with suppress(NotInTime), naming_the_clip(index):
            self._preparing.segment(piece, canvas, {0: self._here[index]})

    def _prepared(self, found: MergePlan, clips: Mapping[int, Clip]) -> list[Segment]:
        self._frames, self._prepared_frames = found.frames, 0
        self._began = time.monotonic()
        segments = []
        for piece in found.pieces:
            with naming_the_clip(piece.stretches[0].clip):
                segments.append(self._preparing.segment(piece, found.canvas, clips))
            self._prepared_frames += piece.frames
        return segments

    def _report_arrivals(self) -> None:
        self._voice(PREPARING_FROM * self.arrivals.fraction, DOWNLOADING)

    def _report_piece(self, frames: float) -> None:
        """How far the piece at hand is; before all clips are here nobody knows of how much, and
        with one that never will be the work on the others is for nothing."""
        if not self._all_here:
            self.arrivals.check()
            self._report_arrivals()
            return
        done = (self._prepared_frames + frames) / self._frames
        left_sec = None
        if done > 0.02:
            left_sec = round((time.monotonic() - self._began) * (1 - done) / done + 1, 1)
        self._voice(PREPARING_FROM + (MERGING_FROM - PREPARING_FROM) * done, PREPARING, left_sec)

    def _make(self, found: MergePlan, clips: Mapping[int, Clip]) -> None:
        """The video, checked, and its poster."""
        video = self._folder / VIDEO
        if can_be_copied(found, clips):
            try:
                self._copy(found, clips, video)
                self._finish(video, found)
                return
            except (RenderFailed, ResultWrong) as error:  # then the long way
                log.warning("clips could not be copied: %s %s", error.code, error.details)
        segments = self._prepared(found, clips)
        try:
            self._join(found, segments, video)
            self._finish(video, found)
        except (RenderFailed, ResultWrong) as error:
            if not self._preparing.distrust_the_cache():
                raise
            log.warning("a segment may be damaged: %s %s", error.code, error.details)
            self._join(found, self._prepared(found, clips), video)
            self._finish(video, found)

    def _copy(self, found: MergePlan, clips: Mapping[int, Clip], video: Path) -> None:
        self._voice(MERGING_FROM, MERGING)
        sources = [
            Source(clips[clip.index].path, clips[clip.index].facts, clip.frames)
            for clip in found.clips
        ]
        put_together(sources, video, found.canvas)

    def _join(self, found: MergePlan, segments: list[Segment], video: Path) -> None:
        def report(fraction: float, left_sec: float | None) -> None:
            self._voice(MERGING_FROM + (CHECKING_FROM - MERGING_FROM) * fraction, MERGING, left_sec)

        report(0.0, None)
        join(segments, video, found.canvas, deadline=self._deadline, report=report)

    def _finish(self, video: Path, found: MergePlan) -> None:
        self._voice(CHECKING_FROM, MERGING)
        facts = measured(video, canvas=found.canvas, frames=found.frames)
        joints = [*accumulate(piece.frames for piece in found.pieces)][:-1]
        decoded(video, canvas=found.canvas, frames=found.frames, joints=joints)
        poster(
            video, self._folder / POSTER,
            at_sec=POSTER_AT * facts.duration_sec, max_side_px=POSTER_SIDE_PX,
        )  # fmt: skip

    def _facts(self, found: MergePlan) -> dict[str, Any]:
        canvas, work = found.canvas, self._preparing.work
        planned = found.as_json()
        return {
            **planned["canvas"],
            "duration_sec": planned["duration_sec"],
            "mode": planned["mode"],
            "clips": planned["clips"],
            "encode_sec": round(work.encode_sec, 3),
            "encoded_megapixels": work.encoded_frames * canvas.width * canvas.height / 1e6,
        }


def can_be_copied(found: MergePlan, clips: Mapping[int, Clip]) -> bool:
    """Whether sound and picture of all clips can go into the video as they are."""
    return found.mode == COPY and can_be_put_together(
        [clips[clip.index].facts for clip in found.clips]
    )

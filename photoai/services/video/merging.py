"""A merge from its clips to one video, in a job's child process: fetch, prepare, join, check.

Clips are prepared while others are still on their way, on the canvas the clips that are here ask
for; should a late one change the canvas' frame rate, what was prepared for the other rate waits in
the segment cache for another day.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from photoai.services.fetch import Fetcher

from .arrivals import Arrivals, Clip
from .facts import ClipLimits
from .ffmpeg import ffmpeg_version
from .plan import COPY, MergePlan, Piece, plan_merge
from .poster import poster
from .segments import Segments, segment_key
from .settings import NO_TRANSITION, RECIPE, MergeSettings

DOWNLOADING, PREPARING, MERGING = "downloading", "preparing", "merging"
# What each stage is of the whole, as far as its progress goes.
FETCHED, PREPARED = 0.15, 0.9
VIDEO, POSTER = "video.mp4", "poster.jpg"
POSTER_SIDE_PX = 640


class Voice(Protocol):
    """How the parent hears of it."""

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None: ...

    def tell(self, facts: Mapping[str, Any]) -> None: ...


def merge(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """Merge the clips of an order; the names of the files in `folder` and the facts about them.

    Raises:
        PhotoaiError: why there is no video.
    """
    return Merging(params, folder, voice).run()


def plan(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """What `merge` would do with the same clips, which are fetched to be looked at.

    Raises:
        PhotoaiError: one of them cannot be had or used.
    """
    merging = Merging(params, folder, voice)
    clips = dict(merging.arrivals)
    found = plan_merge([clips[index].facts for index in sorted(clips)], merging.settings)
    contents = [clips[index].sha256 for index in sorted(clips)]
    return {**found.as_json(), "contents": contents, "fetched": merging.arrivals.fetched_bytes}


class Merging:
    """One attempt at a merge; `params` are what `services.merges` hands to its child."""

    def __init__(self, params: Mapping[str, Any], folder: Path, voice: Voice) -> None:
        self.settings = MergeSettings.from_json(params["settings"])
        self._folder = folder
        self._voice = voice
        self._deadline = time.monotonic() + params["deadline_sec"]
        self._segments = Segments(Path(params["segments"]), params["segments_max_bytes"])
        self._max_duration_sec = params["max_duration_sec"]
        limits = ClipLimits(params["clip_max_bytes"], params["max_pixels"], self._max_duration_sec)
        fetcher = Fetcher(params["allowed_hosts"])
        self.arrivals = Arrivals(
            params["sources"], folder, fetcher, limits, self._deadline, self._tell_of
        )
        self._count = len(params["sources"])
        self._progress = Preparation()
        self._ready: dict[str, Path] = {}

    def run(self) -> dict[str, Any]:
        self._voice(0.0, DOWNLOADING)
        clips = self._arrived()
        contents = [clips[index].sha256 for index in range(self._count)]
        self._voice.tell({"contents": contents})
        found = self._planned(clips)
        self._check_length(found)
        segments = self._prepared(found, clips)
        video = self._joined(found, segments)
        poster(video, self._folder / POSTER, at_sec=0.0, max_side_px=POSTER_SIDE_PX)
        return {"video": VIDEO, "poster": POSTER, "contents": contents, "facts": self._facts(found)}

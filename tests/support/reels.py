"""A reel's facts, and Gemini asked about its video over HTTP."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

from photoai.config import ROOT, Config
from photoai.errors import JobCancelled
from photoai.services.catalogue import Catalogue
from photoai.services.providers import PROVIDERS, Footage, Providers, VideoMind
from photoai.services.reels.analysis import Analysis, Analyst, Wish
from tests.emulators.gemini import KEY, GeminiEmulator

from .means import means

CATALOGUE = Catalogue.load(ROOT / "configs" / "providers.json")
FIRST, SECOND, THIRD = "gemini-3.8-flash", "gemini-3.7-flash", "gemini-3.1-pro-preview"
NAME = "photoai-4711-1"
MB = 1_000_000
LARGE = 20 * MB  # goes by the Files API, in three pieces
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def facts(duration_sec: float = 12.0, **more: Any) -> dict[str, Any]:
    """What is measured of a clip of three shots with sound."""
    third = round(duration_sec / 3, 3)
    return {
        "duration_sec": duration_sec,
        "width": 1080,
        "height": 1920,
        "fps": 30.0,
        "has_sound": True,
        "shots": [
            {
                "index": number,
                "start_sec": round(number * third, 3),
                "end_sec": round((number + 1) * third, 3),
                "picture": f"shot_{number:03}.jpg",
            }
            for number in range(3)
        ],
        "cuts": [third, round(2 * third, 3)],
        "pace": {
            "shots_per_minute": 15.0,
            "mean_shot_sec": third,
            "median_shot_sec": third,
            "longest_shot_sec": third,
            "first_cut_sec": third,
        },
        "loudness": {
            "integrated_lufs": -16.2,
            "range_lu": 4.1,
            "true_peak_dbtp": -1.3,
            "every_sec": 0.5,
            "curve_lufs": [-16.0] * round(duration_sec * 2),
        },
        "silence": [],
        "speech_free": [{"start_sec": 0.0, "end_sec": 0.8}],
        "still": [],
        "black": [],
        "first_frame": "first.jpg",
        **more,
    }


SILENT: dict[str, Any] = {"has_sound": False, "loudness": None}


def hasty(**video: Any) -> Catalogue:
    """The shipped catalogue, but tries follow each other closely; `video` replaces limits of
    `VideoEntry`."""
    entry = CATALOGUE.providers["gemini"]
    assert entry.video is not None
    quick = dataclasses.replace(
        entry, bad_answer_wait_sec=0.02, video=dataclasses.replace(entry.video, **video)
    )
    return Catalogue({**CATALOGUE.providers, "gemini": quick}, CATALOGUE.operations)


def watching(
    emulator: GeminiEmulator, *, key: str = KEY, url: str = "", first: str = "", second: str = "",
    **video: Any,
) -> VideoMind:  # fmt: skip
    """Gemini behind the one retry loop, as a job gets it."""
    config = dataclasses.replace(
        Config(),
        gemini_api_key=key,
        gemini_base_url=url or emulator.url,
        gemini_video_model=first,
        gemini_video_fallback_model=second,
    )
    catalogue = hasty(**video)
    minds = {"gemini": PROVIDERS["gemini"](means(config, catalogue))}
    return Providers(catalogue, minds).videos("gemini", "job")


def footage(
    folder: Path, size_bytes: int = 200_000, mime: str = "video/mp4", sec: float = 12.0
) -> Footage:
    """A file that begins as a video does and holds nothing."""
    path = folder / "input"
    with path.open("wb") as file:
        file.write(MP4)
        file.truncate(size_bytes)
    return Footage(path, mime, size_bytes, sec)


class Cancelling:
    """A check that is content for some seconds."""

    def __init__(self, after_sec: float) -> None:
        self._until = time.monotonic() + after_sec

    def __call__(self) -> None:
        if time.monotonic() > self._until:
            raise JobCancelled


def soon(seconds: float = 10) -> float:
    return time.monotonic() + seconds


def analysed(
    mind: VideoMind,
    video: Footage,
    wish: Wish = Wish(),  # noqa: B008 - it is frozen
    seconds: float = 10,
    **measured: Any,
) -> Analysis:
    """As a job does it: whatever happens, the file is deleted afterwards."""
    try:
        sent = mind.send(video, NAME, soon(seconds))
        return Analyst(mind).analysed(
            sent, facts(**measured), wish, soon(seconds), tell=lambda stage: None
        )
    finally:
        mind.remove(NAME, soon())

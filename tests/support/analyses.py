"""An analysis as it is kept, of a video of six seconds in two shots."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from . import photos

FACTS: dict[str, Any] = {
    "duration_sec": 6.0, "width": 1080, "height": 1920, "fps": 30.0, "has_sound": True,
    "shots": [
        {"index": 0, "start_sec": 0.0, "end_sec": 2.4, "picture": "shot_000.jpg"},
        {"index": 1, "start_sec": 2.4, "end_sec": 6.0, "picture": "shot_001.jpg"},
    ],
    "cuts": [2.4],
    "pace": {"shots_per_minute": 20.0, "mean_shot_sec": 3.0, "median_shot_sec": 3.0,
             "longest_shot_sec": 3.6, "first_cut_sec": 2.4},
    "loudness": {"integrated_lufs": -16.0, "range_lu": 4.0, "true_peak_dbtp": -1.0,
                 "every_sec": 0.5, "curve_lufs": [-20.0, None]},
    "silence": [], "speech_free": [], "still": [], "black": [], "first_frame": "first.jpg",
}  # fmt: skip
LINE = {"time": "0:00-0:02", "visual": "Яйцо падает", "text": "Два яйца", "note": "сверху"}
ANALYSIS: dict[str, Any] = {
    "original": {"language": "en", "transcription": "Two eggs.", "translation": "Два яйца."},
    "segments": [
        {"start_sec": 0.5, "end_sec": 2.0, "text": "Two eggs.", "translation": "Два яйца."},
        {"start_sec": 2.5, "end_sec": 5.0, "text": "One pan.", "translation": "Одна сковорода."},
    ],
    "keys": [{"title": f"Ключ {n}", "description": "Почему"} for n in range(1, 6)],
    "script": [LINE],
    "variants": [],
    "recommendations": [{"category": "Звук", "text": "Громче"}],
    "hook": {"text": "Падение", "why": "Неожиданно", "end_sec": 1.5},
    "shots": [{"index": 0, "description": "Сковорода"}],
    "warnings": [], "model": "gemini-3.8-flash", "model_version": "gemini-3.8-flash-001",
    "prompt_version": "1", "target_language": "ru", "usage": {"input": 10, "total": 10},
    "cost": 0.01, "cache_hit": False, "repairs": 0, "timings": {"total": 9.0},
    "file_name": "яйца.mp4",
}  # fmt: skip


def pictures() -> bytes:
    """Those that the facts name."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name in ("first.jpg", "shot_000.jpg", "shot_001.jpg"):
            archive.writestr(name, photos.jpeg(32, 32))
    return into.getvalue()

"""Probing in child processes: what a stranger sent may break them, and nothing else."""

from __future__ import annotations

import threading
from typing import Any

from photoai.config import Config
from photoai.services.jobs import Child, Limits, Spares

from .looks import Probes
from .scratch import scratch_folder

CLIPS = "photoai.services.video.looking:examine"
SOUNDS = "photoai.services.files.sounds:examine"
FONTS = "photoai.services.files.fonts:examine"
AT_ONCE = 2
LIMITS = Limits(memory_bytes=2 << 30, cpu_sec=60, wall_sec=60.0)


def probes_apart(config: Config, spares: Spares) -> Probes:
    """Two files at once are probed; others wait."""
    places = threading.BoundedSemaphore(AT_ONCE)
    clip_limits = {
        "max_bytes": config.upload_max_mb * 1_000_000,
        "max_duration_sec": config.video_max_duration_sec,
        "max_pixels": config.video_max_pixels,
    }

    merged_max_bytes = config.video_max_file_mb * 1_000_000

    def run(work: str, params: dict[str, Any]) -> dict[str, Any]:
        with places, scratch_folder("photoai-probe-") as folder:
            child = Child(work, params, folder, LIMITS, spares.take)
            try:
                return child.run(_nobody_listens)
            finally:
                spares.prepare()

    return Probes(
        clip=lambda path: run(
            CLIPS,
            {"path": str(path), "limits": clip_limits, "merged_max_bytes": merged_max_bytes},
        ),
        sound=lambda path, mime: run(SOUNDS, {"path": str(path), "mime": mime}),
        font=lambda path: run(FONTS, {"path": str(path)}),
    )


def _nobody_listens(progress: float, stage: str, eta_sec: float | None) -> None:
    return

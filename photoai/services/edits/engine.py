"""What the work itself is given: the same facts for a plan here and for a run in a child."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from photoai.config import Config
from photoai.models import UserFile

from .order import EditOrder

EDITING = "photoai.services.video.editing"


def operations_of(order: EditOrder) -> list[dict[str, Any]]:
    """The order's operations; their inputs are places in the list of all of them."""
    made: list[dict[str, Any]] = []
    for index, operation in enumerate(order.operations):
        places = [at for at, each in enumerate(order.inputs) if each.operation == index]
        made.append({"type": operation.type, "inputs": places, "config": dict(operation.config)})
    return made


def input_of(file: UserFile, path: Path | None = None) -> dict[str, Any]:
    """One file as it is known here; its bytes are at `path` where there is one."""
    facts = ("kind", "mime", "sha256", "name")
    known = {name: getattr(file, name) for name in facts}
    return {**known, "facts": file.probe or {}, "path": str(path) if path else ""}


def limits_of(config: Config) -> dict[str, Any]:
    """The largest that is taken and made."""
    return {
        "max_duration_sec": config.video_max_duration_sec,
        "max_pixels": config.video_max_pixels,
        "clip_max_bytes": config.upload_max_mb * 1_000_000,
    }


def work_of(
    order: EditOrder,
    inputs: Sequence[Mapping[str, Any]],
    fonts: Iterable[Mapping[str, str]],
    deadline: float,
    config: Config,
) -> dict[str, Any]:
    """The order of a child; `deadline` is a `time.monotonic()` value."""
    return {
        "operations": operations_of(order),
        "inputs": list(inputs),
        "fonts": list(fonts),
        "quality": order.quality,
        "deadline": deadline,
        "segments": str(config.path("instance_dir") / "segments"),
        "segments_max_bytes": config.segment_cache_mb * 1_000_000,
        **limits_of(config),
    }

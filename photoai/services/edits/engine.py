"""What the work itself is given: the same facts for a plan here and for a run in a child."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from photoai.config import Config
from photoai.errors import PhotoaiError
from photoai.models import UserFile
from photoai.services.video.editing import EditPlan, plan_edit

from .inputs import place_of
from .order import EditOrder

EDITING = "photoai.services.video.editing"
MAKING = f"{EDITING}.ready"
INPUT = "input_index"


def planned(
    order: EditOrder,
    files: Sequence[UserFile],
    fonts: Iterable[Mapping[str, str]],
    config: Config,
) -> EditPlan:
    """What the work would do. Raises PhotoaiError: why it could not."""
    with naming_as_ordered(order):
        return plan_edit(
            _operations(order),
            [input_of(file) for file in files],
            quality=order.quality,
            max_duration_sec=config.video_max_duration_sec,
            fonts=list(fonts),
        )


def work_of(
    order: EditOrder,
    inputs: Sequence[Mapping[str, Any]],
    fonts: Iterable[Mapping[str, str]],
    deadline: float,
    config: Config,
) -> dict[str, Any]:
    """What a child is told; `deadline` is a `time.monotonic()` value."""
    return {
        "operations": _operations(order),
        "inputs": list(inputs),
        "fonts": list(fonts),
        "quality": order.quality,
        "deadline": deadline,
        "max_duration_sec": config.video_max_duration_sec,
        "max_pixels": config.video_max_pixels,
        "clip_max_bytes": config.upload_max_mb * 1_000_000,
        "segments": str(config.path("instance_dir") / "segments"),
        "segments_max_bytes": config.segment_cache_mb * 1_000_000,
    }


def input_of(file: UserFile, path: Path | None = None) -> dict[str, Any]:
    """One file as it is known here; its bytes are at `path` where there is one."""
    known = {name: getattr(file, name) for name in ("kind", "mime", "sha256", "name")}
    return {**known, "facts": file.probe or {}, "path": str(path) if path else ""}


@contextmanager
def naming_as_ordered(order: EditOrder) -> Iterator[None]:
    """The work counts the files of all operations through; who ordered them does not."""
    try:
        yield
    except PhotoaiError as error:
        inputs, counted = order.inputs, error.details.get(INPUT)
        if isinstance(counted, int) and 0 <= counted < len(inputs):
            error.details = error.details | place_of(order, inputs[counted])
        raise


def _operations(order: EditOrder) -> list[dict[str, Any]]:
    """Their inputs are places in the list of all of them."""
    made: list[dict[str, Any]] = []
    counted = 0
    for operation in order.operations:
        places = list(range(counted, counted + len(operation.input_files)))
        made.append({"type": operation.type, "inputs": places, "config": dict(operation.config)})
        counted += len(places)
    return made

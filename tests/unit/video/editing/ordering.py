"""Orders of edits, made as a child makes them, and measures of what comes out."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from photoai.services.files.pictures import picture_facts
from photoai.services.files.sounds import examine
from photoai.services.video import ClipLimits, probe
from photoai.services.video.editing import edit, plan_edit
from tests.support.clips import BT709, Clips, pictures

numbers = itertools.count()
PICTURES = {".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".jpg": "image/jpeg"}
SOUNDS = {".mp3": "audio/mpeg", ".wav": "audio/wav", ".m4a": "audio/mp4"}
WORDS = {".srt": "application/x-subrip", ".ass": "text/x-ssa"}
COUNTED = "geq=lum='16+2*N':cb=128:cr=128"  # every frame of up to four seconds its own grey


class Told:
    """A parent that remembers what it was told."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.fractions: list[float] = []
        self.operations: list[dict[str, Any]] = []

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None:
        self.fractions.append(fraction)
        if self.stages[-1:] != [stage]:
            self.stages.append(stage)

    def tell(self, facts: Mapping[str, Any]) -> None:
        self.operations.append(facts["operation"])


@dataclass
class Made:
    path: Path
    mime: str
    facts: dict[str, Any]
    poster: Path | None
    told: Told


@dataclass
class Studio:
    """Makes things; its cache and its folders lie in `folder`."""

    folder: Path
    told: Told = field(default_factory=Told)

    def make(self, operations: Sequence[Any], *files: Path, **wishes: Any) -> Made:
        work, self.told = self.folder / f"work-{next(numbers)}", Told()
        work.mkdir()
        made = edit(self.params(operations, files, **wishes), work, self.told)
        poster = made["poster"] and work / made["poster"]
        return Made(work / made["file"], made["mime"], made["facts"], poster, self.told)

    def params(self, operations: Sequence[Any], files: Sequence[Path], **wishes: Any) -> Any:
        return {
            "operations": operations, "inputs": [uploaded(path) for path in files], "fonts": [],
            "quality": "medium", "deadline": time.monotonic() + 120, "max_duration_sec": 1800,
            "max_pixels": 40_000_000, "clip_max_bytes": 100_000_000,
            "segments": str(self.folder / "segments"), "segments_max_bytes": 10**9, **wishes,
        }  # fmt: skip


def planned(operations: Sequence[Any], *files: Path) -> dict[str, Any]:
    return plan_edit(operations, [uploaded(path) for path in files]).as_json()


def op(kind: str, *inputs: int, **config: Any) -> dict[str, Any]:
    return {"type": kind, "inputs": [*inputs], "config": config}


def uploaded(path: Path) -> dict[str, Any]:
    """A file as its upload was found to be."""
    kind, mime, facts = _looked_into(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "path": str(path), "kind": kind, "mime": mime, "sha256": sha256, "name": path.name,
        "facts": facts,
    }  # fmt: skip


def _looked_into(path: Path) -> tuple[str, str, dict[str, Any]]:
    mimes = PICTURES | SOUNDS | WORDS
    mime = mimes.get(path.suffix, "video/mp4")
    if path.suffix in PICTURES:
        with path.open("rb") as file:
            return "image", mime, picture_facts(file, mime, 40_000_000)
    if path.suffix in SOUNDS:
        return "audio", mime, examine({"path": str(path), "mime": mime}, path.parent, _nobody)
    if path.suffix in WORDS:
        return "subtitles", mime, {"cues": 1}
    return "video", mime, probe(path, ClipLimits()).as_json()


def _nobody(*_: object) -> None:
    return


def counted(clips: Clips, sec: float = 3.0, gop: int = 25, **wishes: Any) -> Path:
    """A clip whose every frame says which it is, with a fresh one every `gop` frames."""
    options = ("-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0", "-bf", "2")
    return clips.make("black", sec=sec, filters=f"{COUNTED},{BT709}", options=options, **wishes)


def counts(path: Path) -> list[int]:
    """Which frames of a `counted` clip are shown, in their order."""
    return [round((luma - 16) / 2) for luma in lumas(path)]


def lumas(path: Path) -> list[float]:
    """The mean brightness of every frame, as it is coded."""
    with av.open(str(path)) as clip:
        return [float(_luma(frame.planes[0]).mean()) for frame in clip.decode(video=0)]


def _luma(plane: Any) -> np.ndarray:
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def packets(path: Path, kind: str) -> list[str]:
    """The hashes of a stream's packets, in the order they are decoded in."""
    with av.open(str(path)) as clip:
        stream = clip.streams.get({kind: 0})[0]
        return [hashlib.sha256(bytes(each)).hexdigest() for each in clip.demux(stream) if each.size]


def drawn_png(folder: Path, size: tuple[int, int], paint: tuple[int, ...], **options: Any) -> Path:
    """A picture of one colour."""
    path = folder / f"picture-{next(numbers)}.{options.pop('suffix', 'png')}"
    Image.new("RGBA" if len(paint) == 4 else "RGB", size, paint).save(path, **options)
    return path


def changes(path: Path, sees: Callable[[np.ndarray], bool]) -> list[int]:
    """At which frames it begins or ends to be seen."""
    seen = [sees(picture) for picture in pictures(path)]
    return [at for at, (a, b) in enumerate(itertools.pairwise([False, *seen])) if a != b]

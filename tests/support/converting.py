"""Conversions of clips, made as a child makes them, and what comes out."""

from __future__ import annotations

import itertools
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photoai.services.ascii import Look
from photoai.services.ascii.converting import convert
from photoai.services.video import ClipLimits, probe

KINDS = ("mp4", "gif", "txt", "png")
IMAGES = {".gif": "image/gif", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
SOUNDS = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".m4a": "audio/mp4"}
numbers = itertools.count()


class Told:
    """A parent that remembers what it was told."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.fractions: list[float] = []
        self.frames: list[tuple[int, int]] = []

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None:
        self.fractions.append(fraction)
        if self.stages[-1:] != [stage]:
            self.stages.append(stage)

    def tell(self, facts: Mapping[str, Any]) -> None:
        self.frames.append((facts["frames"]["done"], facts["frames"]["total"]))


@dataclass(frozen=True)
class Converted:
    """What a conversion has answered, and its files in `folder`."""

    folder: Path
    answer: dict[str, Any]
    told: Told

    def __getitem__(self, name: str) -> Any:
        return self.answer[name]

    def path(self, kind: str) -> Path:
        return self.folder / self.answer["files"][kind]

    def texts(self) -> list[str]:
        return [data.decode() for data in self._members("txt")]

    def pngs(self) -> list[Image.Image]:
        return [Image.open(BytesIO(data)) for data in self._members("png")]

    def names(self, kind: str) -> list[str]:
        with zipfile.ZipFile(self.path(kind)) as pack:
            assert pack.testzip() is None
            return pack.namelist()

    def _members(self, kind: str) -> list[bytes]:
        with zipfile.ZipFile(self.path(kind)) as pack:
            return [pack.read(name) for name in pack.namelist()]


@dataclass
class Converter:
    """Converts clips; its folders lie in `folder`."""

    folder: Path
    told: Told = field(default_factory=Told)

    def __call__(self, clip: Path, *kinds: str, **wishes: Any) -> Converted:
        """`wishes` are those of the look, and the rest of a conversion's parameters."""
        folder, self.told = self.work(), Told()
        return Converted(
            folder, convert(conversion(clip, *kinds, **wishes), folder, self.told), self.told
        )

    def work(self) -> Path:
        folder = self.folder / f"conversion-{next(numbers)}"
        folder.mkdir()
        return folder


def conversion(clip: Path, *kinds: str, **wishes: Any) -> dict[str, Any]:
    """What a child is given."""
    own = {name: wishes.pop(name) for name in [*wishes] if name in Look.__dataclass_fields__}
    return json.loads(
        json.dumps(
            {
                "input": uploaded(clip), "look": Look(**{"width": 40, **own}).as_json(),
                "fps": None, "crf": 23, **{f"save_{kind}": kind in kinds for kind in KINDS},
                "deadline": time.monotonic() + 120, "max_duration_sec": 1800,
                "max_pixels": 40_000_000, "max_output_bytes": 1 << 30, "max_frames": 100_000,
                **wishes,
            }
        )
    )  # fmt: skip


def uploaded(path: Path) -> dict[str, Any]:
    """A file as its upload was found to be."""
    facts: dict[str, Any] = {}
    if mime := IMAGES.get(path.suffix):
        kind = "image"
    elif mime := SOUNDS.get(path.suffix):
        kind = "audio"
    else:
        kind, mime, facts = "video", "video/mp4", probe(path, ClipLimits(1 << 30)).as_json()
    return {
        "path": str(path), "kind": kind, "mime": mime, "sha256": path.name, "name": path.name,
        "facts": facts,
    }  # fmt: skip


def shade(picture: Image.Image | np.ndarray) -> float:
    """How bright it is on the whole, 0 to 255."""
    return float(np.asarray(picture).mean())

"""What somebody wants merged."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from photoai.services.video import MergeSettings

MOST_CLIPS = 5


@dataclass(frozen=True)
class Source:
    """One clip: the address it is downloaded from, or a file of the caller's."""

    url: str | None = None
    file_id: str | None = None

    def as_json(self) -> dict[str, str]:
        return {"url": self.url} if self.url else {"file_id": self.file_id or ""}


@dataclass(frozen=True)
class MergeOrder:
    """One to five clips in their order, and how the video shall look."""

    sources: tuple[Source, ...]
    settings: MergeSettings

    @property
    def urls(self) -> list[str]:
        return [source.url for source in self.sources if source.url]

    @property
    def file_ids(self) -> list[str]:
        return [source.file_id for source in self.sources if source.file_id]

    def as_json(self) -> dict[str, Any]:
        sources = [source.as_json() for source in self.sources]
        return {"sources": sources, "settings": self.settings.as_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> MergeOrder:
        sources = tuple(Source(**source) for source in stored["sources"])
        return cls(sources, MergeSettings.from_json(stored["settings"]))


def task_id() -> str:
    """`task_{microseconds}_{4 digits}`: the shape clients of the merge service know."""
    return f"task_{time.time_ns() // 1000}_{secrets.randbelow(10_000):04}"

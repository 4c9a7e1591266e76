"""What somebody wants a video analysed for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

REELS = "reels"


@dataclass(frozen=True)
class ReelOrder:
    """`target_language` (ISO 639-1) is that of the translation, the script and the advice;
    `variants` is how many scripts there shall be, 1 to 3. `came_along`: the file was sent with the
    order and goes with its job."""

    target_language: str = "ru"
    variants: int = 1
    file_id: str | None = None
    came_along: bool = False

    def of(self, file_id: str, *, came_along: bool) -> ReelOrder:
        """The same for a file."""
        return replace(self, file_id=file_id, came_along=came_along)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ReelOrder:
        """What `as_json` wrote into a job, whatever else stands there."""
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__})

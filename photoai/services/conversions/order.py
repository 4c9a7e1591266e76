"""What somebody wants a video converted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from photoai.services.ascii import Look

ASCII = "ascii"


@dataclass(frozen=True)
class ConversionOrder:
    """`fps` is that of what is made, `crf` x264's. `came_along`: the file was sent with the order
    and goes with its job. At least one of `save_…` is wished for."""

    look: Look
    fps: int
    crf: int
    save_mp4: bool = True
    save_gif: bool = False
    save_txt: bool = False
    save_png: bool = True
    file_id: str | None = None
    came_along: bool = False

    def of(self, file_id: str, *, came_along: bool) -> ConversionOrder:
        """The same for a file."""
        return replace(self, file_id=file_id, came_along=came_along)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "look": self.look.as_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ConversionOrder:
        """What `as_json` wrote into a job, whatever else stands there."""
        known = {name: stored[name] for name in cls.__dataclass_fields__}
        return cls(**{**known, "look": Look.from_json(stored["look"])})

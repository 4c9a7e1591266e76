"""MoviePy's own effects: they have no filter, so a timeline with one is drawn frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .port import NoFilter

if TYPE_CHECKING:
    from moviepy.Effect import Effect


@dataclass(frozen=True)
class Native:
    """An effect of `moviepy.video.fx` by its name, such as `MirrorX`, with its parameters."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def filters(self) -> str:
        raise NoFilter(self.name)

    def effect(self) -> Effect:
        from moviepy import vfx

        return getattr(vfx, self.name)(**self.parameters)

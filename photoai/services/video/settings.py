"""How a merge shall look, in the one form in which equal wishes are equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

BLACK = "#000000"
NO_TRANSITION = "none"
FITS = ("pad", "crop", "blur")
# Raised when the same clips and settings would be made into another video than before.
RECIPE = 3


@dataclass(frozen=True)
class MergeSettings:
    """`background` is `#rrggbb` and fills what `pad` leaves free; a transition takes
    `transition_sec` seconds of both clips it joins."""

    aspect_ratio: str = "16:9"
    quality: str = "medium"
    fit: str = "pad"
    background: str = BLACK
    transition: str = NO_TRANSITION
    transition_sec: float = 1.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> MergeSettings:
        return cls(**stored)

    def canonical(self) -> dict[str, Any]:
        """Without what makes no difference."""
        facts = asdict(self)
        facts["background"] = self.background.lower() if self.fit == "pad" else None
        if self.transition == NO_TRANSITION:
            facts["transition_sec"] = None
        return facts


def merge_digest(contents: Sequence[str], settings: MergeSettings) -> str:
    """What a merge is known by: the SHA-256 of its clips' SHA-256 in their order and of its
    settings. The same clips in another order are another video."""
    known_by = [RECIPE, list(contents), settings.canonical()]
    return hashlib.sha256(json.dumps(known_by, sort_keys=True).encode()).hexdigest()

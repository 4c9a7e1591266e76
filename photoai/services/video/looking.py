"""Clips looked at: what they are, and, where they may be copied, whether all of them decodes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from photoai.errors import NotInTime

from .canvas import ASPECTS, canvas_of
from .facts import ClipFacts, ClipLimits
from .probe import probe
from .render import matches
from .whole import check_whole

UPLOAD_WAITS_SEC = 5.0  # then whoever merges it has to see whether it decodes


@dataclass(frozen=True)
class Look:
    """`aspects` are those of the canvases the clip may be wanted on, `deadline` is a time of
    `time.monotonic`."""

    limits: ClipLimits
    aspects: Collection[str]
    deadline: float

    def into(
        self, path: Path, stored: Mapping[str, Any] | None, go_on: Callable[[], None]
    ) -> ClipFacts:
        """What a clip is; `stored` was found in the same bytes, and `go_on()` may raise what ends
        the look.

        Raises:
            PhotoaiError: as `probe` and `through`.
        """
        facts = ClipFacts.remembered(stored)
        if facts is None:
            facts = probe(path, self.limits)
        else:
            self.limits.check(facts)
        return self.through(path, facts, go_on)

    def through(self, path: Path, facts: ClipFacts, go_on: Callable[[], None]) -> ClipFacts:
        """The same, once all of a clip that may be copied has been decoded.

        Raises:
            ClipUnreadable: it does not decode.
            NotInTime: it takes too long.
        """
        if not is_doubtful(facts, self.aspects):
            return facts

        def still() -> None:
            go_on()
            if time.monotonic() >= self.deadline:
                raise NotInTime

        check_whole(path, facts, still)
        return replace(facts, decodes=True)


def is_doubtful(facts: ClipFacts, aspects: Collection[str]) -> bool:
    """Whether the clip may be copied on a canvas of one of these, and nobody knows that all of it
    decodes."""
    rates = [facts.video.fps]
    return not facts.decodes and any(
        matches(facts, canvas_of(aspect, rates)) is None for aspect in aspects
    )


def examine(
    params: Mapping[str, Any], folder: Path, report: Callable[[float, str, float | None], None]
) -> dict[str, Any]:
    """The work of a child process: `{"path", "limits", "merged_max_bytes"}` in, the facts as JSON
    out. What merging would not take is not decoded.

    Raises:
        PhotoaiError: as `probe`.
        ClipUnreadable: it may be copied, and does not decode.
    """
    path, limits = Path(params["path"]), ClipLimits(**params["limits"])
    facts = probe(path, limits)
    if facts.size_bytes <= params["merged_max_bytes"]:
        look = Look(limits, ASPECTS, time.monotonic() + UPLOAD_WAITS_SEC)
        with suppress(NotInTime):
            facts = look.through(path, facts, lambda: None)
    return facts.as_json()

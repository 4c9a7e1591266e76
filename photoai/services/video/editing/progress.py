"""How far an order is, over all that has to be done for it."""

from __future__ import annotations

from collections.abc import Callable

from photoai.services.video.ffmpeg import Report

CHECKING_FROM = 0.97
# Sound alone is decoded in a part of the time it takes to encode pictures.
MEASURING_COSTS = 0.05


class Progress:
    """`whole` is how much there is to do, a rendering of all of it being 1."""

    def __init__(self, voice: Callable[..., None], whole: float) -> None:
        self._voice = voice
        self._whole = max(whole, MEASURING_COSTS)
        self._done = 0.0

    def step(self, stage: str, costs: float) -> Report:
        """What is told how far the next step is."""
        begins, self._done = self._done, self._done + costs

        def report(fraction: float, left_sec: float | None) -> None:
            done = min(1.0, (begins + costs * fraction) / self._whole)
            self._voice(CHECKING_FROM * done, stage, left_sec and round(left_sec, 1))

        report(0.0, None)
        return report

"""A video's analysis: asked for, checked, asked again where it was wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from photoai.services.providers import Sent, VideoMind

from .prompt import Wish

WATCHING, CHECKING = "watching", "checking"
MOST_REPAIRS = 2


@dataclass(frozen=True)
class Analysis:
    """`answer` is plain JSON:

    {"original": {"language", "transcription", "translation"},
     "segments": [{"start_sec", "end_sec", "text", "translation"}],
     "keys": [{"title", "description"}] (five), "script": [{"time", "visual", "text", "note"}],
     "variants": [{"title", "script"}] (beside the script, as many as were wished less one),
     "recommendations": [{"category", "text"}], "hook": {"text", "why", "end_sec"},
     "shots": [{"index", "description"}]}

    `usage` and `cost` (USD, None when a price is not known) are of all turns together, `warnings`
    words of WARNINGS, `request_ids` the provider's.
    """

    answer: dict[str, Any]
    model: str
    model_version: str
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    repairs: int = 0
    warnings: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()


class Analyst:
    """Asks one mind; made anew for a job, because the mind knows when the job is cancelled."""

    def __init__(self, mind: VideoMind) -> None:
        self._mind = mind

    def analysed(
        self,
        sent: Sent,
        facts: Mapping[str, Any],
        wish: Wish,
        deadline: float,
        tell: Callable[[str], None],
    ) -> Analysis:
        """What the video says and why it works. `facts` are those of `services/reels/measuring`,
        `tell` hears WATCHING and CHECKING.

        Raises:
            ProviderError: nothing was answered; `cost`, `usage` and `model` say what was billed.
            AnalysisUnusable: what was answered could not be used, not even after MOST_REPAIRS.
        """
        raise NotImplementedError

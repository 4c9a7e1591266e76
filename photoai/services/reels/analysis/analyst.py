"""A video's analysis: asked for, checked, asked for again where it was wrong."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from photoai.errors import ProviderError
from photoai.errors.reels import AnalysisUnusable
from photoai.services.providers import (
    MODEL,
    US,
    Check,
    Question,
    Said,
    Sent,
    Told,
    VideoMind,
    go_on,
)

from .grounding import grounded
from .prompt import Wish, instruction, prompt, repair, schema
from .reading import Unusable, read

WATCHING, CHECKING = "watching", "checking"
MOST_REPAIRS = 2
BROKEN_OFF = "MAX_TOKENS"
TOO_LONG = "the answer was too long and was cut off: say the same in fewer words"
# Of a wrong answer this much is shown to the model again.
MOST_SHOWN = 60_000
NOTHING = "(nothing)"
log = logging.getLogger(__name__)


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
    """Asks one mind, `Providers.videos` of the job."""

    def __init__(self, mind: VideoMind) -> None:
        self._mind = mind

    def analysed(
        self,
        sent: Sent,
        facts: Mapping[str, Any],
        wish: Wish,
        deadline: float,
        tell: Callable[[str], None],
        check: Check = go_on,
    ) -> Analysis:
        """What the video says and why it works. `facts` are those of `services/reels/measuring`,
        `tell` hears WATCHING and CHECKING, `check` may end the waiting by raising.

        Raises:
            ProviderError: nothing was answered; `cost`, `usage` and `model` say what was billed.
            AnalysisUnusable: what was answered could not be used, not even after MOST_REPAIRS.
        """
        asking = _Asking(self._mind, sent, prompt(facts, wish), schema(wish), deadline, check)
        said, model = list(asking.begun), ""
        for repairs in range(1 + MOST_REPAIRS):
            tell(WATCHING)
            told = asking.told(said, model)
            tell(CHECKING)
            try:
                answer, warnings = grounded(_read(told, wish), facts)
            except Unusable as error:
                problems = error.problems
                log.warning("reel_answer_unusable", extra={"fields": _fields(told, problems)})
                # The last answer alone: with every turn the whole video is billed again already.
                shown = Said(MODEL, told.text[:MOST_SHOWN].strip() or NOTHING)
                said, model = [*asking.begun, shown, Said(US, repair(problems))], told.model
            else:
                return asking.analysis(answer, warnings, told, repairs)
        raise asking.given_up(problems)


class _Asking:
    """The turns about one video, and what they have cost together."""

    def __init__(
        self,
        mind: VideoMind,
        sent: Sent,
        words: str,
        shape: Mapping[str, Any],
        deadline: float,
        check: Check,
    ) -> None:
        self.begun = (Said(US, words),)
        self._mind = mind
        self._sent = sent
        self._shape = shape
        self._deadline = deadline
        self._check = check
        self._turns: list[Told] = []

    def told(self, said: list[Said], model: str) -> Told:
        question = Question(self._sent, instruction(), said, self._shape, model, self._deadline)
        try:
            told = self._mind.ask(question, self._check)
        except ProviderError as error:
            self._bill(error)
            raise
        self._turns.append(told)
        return told

    def analysis(
        self, answer: dict[str, Any], warnings: tuple[str, ...], last: Told, repairs: int
    ) -> Analysis:
        known = all(turn.cost is not None for turn in self._turns)
        return Analysis(
            answer=answer,
            model=last.model,
            model_version=last.model_version,
            usage=dict(self._usage()),
            cost=self._cost() if known else None,
            repairs=repairs,
            warnings=warnings,
            request_ids=tuple(turn.request_id for turn in self._turns if turn.request_id),
        )

    def given_up(self, problems: tuple[str, ...]) -> AnalysisUnusable:
        error = AnalysisUnusable(vendor="; ".join(problems)[:500])
        self._bill(error)
        return error

    def _bill(self, error: ProviderError) -> None:
        """All that came before is billed with what came last."""
        usage = self._usage()
        usage.update(error.usage)
        error.cost += self._cost()
        error.usage = dict(usage)
        if not error.model and self._turns:
            error.model = self._turns[-1].model

    def _cost(self) -> float:
        return sum(turn.cost or 0.0 for turn in self._turns)

    def _usage(self) -> Counter[str]:
        usage = Counter[str]()
        for turn in self._turns:
            usage.update(turn.usage)
        return usage


def _read(told: Told, wish: Wish) -> dict[str, Any]:
    try:
        return read(told.text, wish)
    except Unusable as error:
        if told.finish != BROKEN_OFF:
            raise
        raise Unusable(TOO_LONG, *error.problems) from None


def _fields(told: Told, problems: tuple[str, ...]) -> dict[str, Any]:
    return {
        "model": told.model,
        "finish": told.finish,
        "request_id": told.request_id,
        "problems": "; ".join(problems)[:500],
    }

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


@dataclass(frozen=True)
class Spent:
    """What turns have cost, in USD and tokens by kind, and which model was asked last."""

    cost: float = 0.0
    usage: Mapping[str, int] = field(default_factory=dict)
    model: str = ""


class Analyst:
    """Asks one mind, `Providers.videos` of the job. `spent` is what it has been billed so far, also
    when it is interrupted by what its check raises."""

    def __init__(self, mind: VideoMind) -> None:
        self._mind = mind
        self.spent = Spent()

    def analysed(
        self,
        sent: Sent,
        facts: Mapping[str, Any],
        wish: Wish,
        deadline: float,
        tell: Callable[[str], None],
        check: Check = go_on,
    ) -> Analysis:
        """What the video says and why it works. `facts` are those of `services/measuring`,
        `tell` hears WATCHING and CHECKING, `check` may end the waiting by raising.

        Raises:
            ProviderError: nothing was answered; `cost`, `usage` and `model` say what was billed.
            AnalysisUnusable: what was answered could not be used, not even after MOST_REPAIRS.
        """
        shape, begun = schema(wish), [Said(US, prompt(facts, wish))]
        turns: list[Told] = []
        said, model = begun, ""
        for _ in range(1 + MOST_REPAIRS):
            tell(WATCHING)
            asked = Question(sent, instruction(), said, shape, model, deadline, self._spend)
            told = self._told(asked, check)
            turns.append(told)
            tell(CHECKING)
            try:
                answer, warnings = grounded(_read(told, wish), facts)
            except Unusable as error:
                problems = error.problems
                log.warning("reel_answer_unusable", extra={"fields": _fields(told, problems)})
                # The last answer alone: with every turn the whole video is billed again already.
                shown = Said(MODEL, told.text[:MOST_SHOWN].strip() or NOTHING)
                said, model = [*begun, shown, Said(US, repair(problems))], told.model
            else:
                return self._analysis(answer, warnings, turns)
        raise self._billed(AnalysisUnusable(vendor="; ".join(problems)[:500]))

    def _told(self, question: Question, check: Check) -> Told:
        try:
            told = self._mind.ask(question, check)
        except ProviderError as error:
            raise self._billed(error) from None
        self._spend(told.cost or 0.0, told.usage, told.model)
        return told

    def _billed(self, error: ProviderError) -> ProviderError:
        """What came before is billed with what came last."""
        self._spend(error.cost, error.usage, error.model)
        error.cost, error.usage = self.spent.cost, dict(self.spent.usage)
        error.model = self.spent.model
        return error

    def _spend(self, cost: float, usage: Mapping[str, int], model: str) -> None:
        counted = Counter(self.spent.usage)
        counted.update(usage)
        self.spent = Spent(self.spent.cost + cost, dict(counted), model or self.spent.model)

    def _analysis(
        self, answer: dict[str, Any], warnings: tuple[str, ...], turns: list[Told]
    ) -> Analysis:
        known = all(turn.cost is not None for turn in turns)
        return Analysis(
            answer=answer,
            model=turns[-1].model,
            model_version=turns[-1].model_version,
            usage=self.spent.usage,
            cost=self.spent.cost if known else None,
            repairs=len(turns) - 1,
            warnings=warnings,
            request_ids=tuple(turn.request_id for turn in turns if turn.request_id),
        )


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

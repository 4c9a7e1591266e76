"""A photo that was refused, with milder words: on the same rung, while its time allows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from photoai.errors import ProviderError, ProviderRefused
from photoai.services.providers import Answer, Ask

SOFTENED_PROMPT = "softened_prompt"
# Below this no provider makes a photo.
SHORTEST_SEC = 1.0
Made = TypeVar("Made")
log = logging.getLogger(__name__)


def softening(
    ask: Ask,
    asked: Callable[[Ask], tuple[Answer, Made]],
    lost: Callable[[float], None] = lambda usd: None,
) -> tuple[Answer, Made]:
    """What `asked` makes of the ask, or, when that is refused, of the same with the slot's softened
    prompt. The second answer costs what both have cost, and its notes say that there were two.
    `lost` is told what the refusal has cost where nothing else tells it.

    Raises:
        ProviderRefused: it is refused; its details say under `softened` what the milder words came
            to, where they were tried.
        ProviderError
    """
    began = time.monotonic()
    try:
        return asked(ask)
    except ProviderRefused as refusal:
        softer = _softer(ask, time.monotonic() - began)
        if softer is None:
            raise
        facts = {"job_id": ask.job_id, "reason": refusal.details.get("reason")}
        log.info("softened", extra={"fields": facts})
        try:
            answer, made = asked(softer)
        except ProviderError as error:
            refusal.cost += error.cost
            refusal.details |= {"softened": error.code}
            raise refusal from error
        except BaseException:
            if refusal.cost:
                lost(refusal.cost)
            raise
        notes = {**answer.notes, "softened": True, "refused": refusal.details.get("reason", "")}
        cost = (answer.cost or 0.0) + refusal.cost if refusal.cost else answer.cost
        return replace(answer, cost=cost, notes=notes), made


def _softer(ask: Ask, spent_sec: float) -> Ask | None:
    """The ask with its softened prompt; None when it has none, or no time for a call as long as the
    one that was refused."""
    words = str(ask.settings.get(SOFTENED_PROMPT) or "").strip()
    if not words or words == ask.prompt.strip():
        return None
    if ask.seconds_left < max(SHORTEST_SEC, spent_sec):
        return None
    return replace(ask, prompt=words, settings={**ask.settings, "prompt": words})

"""What may keep a photo from a provider before that is asked: a budget that is spent, a drill.

Gates are asked once for each photo, when it is accepted, and their answers are kept with its job:
its rungs at that provider are left at once, for the reason the gate gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from photoai.errors import ProviderError


@dataclass(frozen=True)
class Passage:
    """One photo of a slot that would be sent to a provider."""

    user_id: int
    slot_id: str
    provider: str


class Gate(Protocol):
    def refusal(self, passage: Passage) -> ProviderError | None:
        """Why the photo must not go there; None lets it pass. Asked while a guest waits: it answers
        within a millisecond or two."""


class Gates:
    def __init__(self, gates: Sequence[Gate] = ()) -> None:
        self._gates = gates

    def closed(self, user_id: int, slot_id: str, providers: Iterable[str]) -> dict[str, str]:
        """Which of the providers a photo is kept from, each with the code of the error that says
        why."""
        found: dict[str, str] = {}
        for provider in dict.fromkeys(providers):
            passage = Passage(user_id, slot_id, provider)
            for gate in self._gates:
                if refusal := gate.refusal(passage):
                    found[provider] = refusal.code
                    break
        return found

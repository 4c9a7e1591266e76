"""A photo once more: as it was made then, or with what its slot is set to now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from photoai.errors import SlotNotConfigured
from photoai.models import Job
from photoai.services.accounts import Caller
from photoai.services.jobs import Renewed
from photoai.services.slots import Slots

from .climbing import LADDER, steps_of

# In a replay's params: the models of then by their providers, for settings that name none. Which
# one is meant by that may have changed since.
MODELS = "models"


class Renewing:
    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    def as_then(self, job: Job) -> Renewed:
        """The provider and the params of a replay of the job as it was made, with the model it
        had."""
        facts = job.result or {}
        number, _, provider = str(facts.get("rung", "")).partition(":")
        then = {}
        if facts.get("model") and not _settings(job, int(number or 0)).get("model"):
            then = {MODELS: {provider: facts["model"]}}
        return Renewed(job.provider, {**job.params, **then})

    def now(self, caller: Caller, job: Job) -> Renewed:
        """The same under its slot's present settings.

        Raises:
            SlotUnknown, SlotNotConfigured
        """
        slot = self._slots.get(caller, job.slot_id or "")
        if not slot.is_configured:
            raise SlotNotConfigured
        steps = self._slots.steps(slot)
        kept = {name: each for name, each in job.params.items() if name not in (LADDER, MODELS)}
        present = {
            "operation": slot.operation_id,
            "settings": slot.settings_json,
            "settings_version": slot.version,
            **({LADDER: [step.as_json() for step in steps]} if steps else {}),
        }
        return Renewed(slot.provider_id, kept | present)


def _settings(job: Job, rung: int) -> Mapping[str, Any]:
    """What the photo's provider on that rung was asked for."""
    steps = steps_of(job)
    return steps[rung].settings if steps else job.params.get("settings", {})

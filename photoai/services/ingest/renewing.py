"""A photo once more with what its slot is set to now."""

from __future__ import annotations

from photoai.errors import SlotNotConfigured
from photoai.models import Job
from photoai.services.accounts import Caller
from photoai.services.jobs import Renewed
from photoai.services.slots import Slots

from .climbing import LADDER


class Renewing:
    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    def of(self, caller: Caller, job: Job) -> Renewed:
        """The provider and the params of a replay of the job under its slot's present settings.

        Raises:
            SlotUnknown, SlotNotConfigured
        """
        slot = self._slots.get(caller, job.slot_id or "")
        if not slot.is_configured:
            raise SlotNotConfigured
        steps = self._slots.steps(slot)
        kept = {name: each for name, each in job.params.items() if name != LADDER}
        present = {
            "operation": slot.operation_id,
            "settings": slot.settings_json,
            "settings_version": slot.version,
            **({LADDER: [step.as_json() for step in steps]} if steps else {}),
        }
        return Renewed(slot.provider_id, kept | present)

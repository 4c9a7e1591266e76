"""Trying a slot on a photo: a job like a booth's, which nobody counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from photoai.errors import SlotNotConfigured
from photoai.models import Job, Slot
from photoai.services.accounts import Caller
from photoai.services.jobs import Jobs, Submitted
from photoai.services.slots import Slots, SlotUpdate, UploadTarget

from .intake import Intake, Order
from .tokens import tokens_in
from .upload import Form


@dataclass(frozen=True)
class SlotTest:
    """One request to try a slot: `receive` reads its form and writes the photo's bytes to what it
    is given, `unsaved` finds the settings in the form; None means those that are saved. What comes
    of a rehearsal is in no gallery: nobody wants it."""

    slot_id: str
    receive: Callable[[BinaryIO], Form]
    unsaved: Callable[[Form], SlotUpdate | None]
    received: datetime
    answers: Sequence[tuple[str, str]] = ()  # as an upload has them
    is_rehearsal: bool = False


class SlotTests:
    def __init__(self, slots: Slots, intake: Intake, jobs: Jobs) -> None:
        self._slots = slots
        self._intake = intake
        self._jobs = jobs

    def start(self, caller: Caller, test: SlotTest) -> Submitted:
        """The accepted job; nothing of it is left behind when it is refused.

        Raises:
            SlotUnknown, SlotNotConfigured, SettingsInvalid, IdempotencyKeyReused
            FileMissing, TooManyFiles, FileEmpty and whatever `Intake.take` raises
        """
        slot = self._slots.get(caller, test.slot_id)

        def order(form: Form) -> Order | Job:
            # What it was checked against then may have changed since.
            if known := self._jobs.known(caller.id, form.wishes):
                return known
            form.check_file()
            target, tokens = self._target(slot, test.unsaved(form)), tokens_in(test.answers)
            return Order(
                target,
                test.received,
                is_test=True,
                is_rehearsal=test.is_rehearsal,
                tokens=tokens,
            )

        return self._intake.take(test.receive, order)

    def _target(self, slot: Slot, unsaved: SlotUpdate | None) -> UploadTarget:
        update = unsaved or _saved(slot)
        return UploadTarget(
            user_id=slot.user_id,
            slot_id=slot.id,
            provider_id=update.provider_id,
            operation_id=update.operation_id,
            settings=self._slots.checked(slot, update),
            version=None if unsaved else slot.version,
        )


def _saved(slot: Slot) -> SlotUpdate:
    if not (slot.provider_id and slot.operation_id):
        raise SlotNotConfigured
    return SlotUpdate(slot.name, slot.provider_id, slot.operation_id, slot.settings_json)

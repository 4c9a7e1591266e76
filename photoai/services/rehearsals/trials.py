"""Sending a drawn guest through a slot, as its booth would."""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass
from typing import BinaryIO

from photoai.errors import PhotoaiError, Sentence, error_named
from photoai.models import Job, JobState, Slot
from photoai.offload import Offload
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.ingest import Form, SlotTest, SlotTests
from photoai.services.jobs import Jobs
from photoai.services.settings import Settings

from .picture import guests_photo
from .verdicts import Light, Verdict, failed, sentence_of

# From here on of the time a booth waits, a bad minute is enough to be late.
CLOSE = 0.8
FILE_NAME = "rehearsal.jpg"


@dataclass(frozen=True)
class Trials:
    slot_tests: SlotTests
    jobs: Jobs
    settings: Settings
    offload: Offload

    def of(self, caller: Caller, slot: Slot) -> Verdict:
        """Accept, finish and store a photo on the way of any other, as a test: it is in no
        statistics and in no gallery, and may cost what a photo costs. It ends within the booth's
        time."""
        photo = self.offload(guests_photo)
        digest = hashlib.sha256(photo).hexdigest()

        def receive(file: BinaryIO) -> Form:
            file.write(photo)
            return Form({}, 1, len(photo), digest, file_name=FILE_NAME)

        patience_sec = self.settings.patience_sec()
        deadline = time.monotonic() + patience_sec
        test = SlotTest(slot.id, receive, lambda form: None, utcnow(), is_rehearsal=True)
        try:
            job = self.slot_tests.start(caller, test).job
        except PhotoaiError as error:
            return failed(error)
        job = self.jobs.wait(job, lambda: deadline)
        if not JobState(job.state).ended:
            with contextlib.suppress(PhotoaiError):  # it has ended meanwhile
                self.jobs.cancel(caller, job.public_id)
            return self._late(slot, job, patience_sec)
        if job.state == JobState.SUCCEEDED:
            return self._finished(job, patience_sec)
        return self._failed(slot, job)

    def _finished(self, job: Job, patience_sec: float) -> Verdict:
        ended = job.finished or utcnow()
        sec = round((ended - job.created).total_seconds(), 1)
        if sec >= CLOSE * patience_sec:
            close = Sentence(
                "Finished in {sec} s, and the booth waits {all} s: choose a faster model, or add a "
                "ladder.",
                sec=sec, all=f"{patience_sec:g}",
            )  # fmt: skip
            return Verdict(Light.YELLOW, (close,), job.public_id)
        cost = (job.result or {}).get("cost")
        if cost:
            said = Sentence("Finished in {sec} s for {usd} USD.", sec=sec, usd=round(cost, 4))
        else:
            said = Sentence("Finished in {sec} s.", sec=sec)
        return Verdict(Light.GREEN, (said,), job.public_id)

    def _late(self, slot: Slot, job: Job, patience_sec: float) -> Verdict:
        said = Sentence(
            "Not finished in the {sec} s that the booth waits: see whether the provider answers, "
            "or choose a faster model.",
            sec=f"{patience_sec:g}",
        )
        return self._with_ladder(slot, said, job)

    def _failed(self, slot: Slot, job: Job) -> Verdict:
        error = error_named(job.error_code, job.error_text, job.error_details)
        # From the database sentences come back as plain text.
        advice = map(Sentence, error.details.get("advice", ()))
        return self._with_ladder(slot, sentence_of(error), job, *advice)

    def _with_ladder(self, slot: Slot, said: Sentence, job: Job, *advice: Sentence) -> Verdict:
        """What goes wrong with the slot's own provider is not the end where others take over."""
        if not slot.ladder:
            return Verdict(Light.RED, (said, *advice), job.public_id)
        goes_on = Sentence("Its ladder would go on with the next rung.")
        return Verdict(Light.YELLOW, (said, *advice, goes_on), job.public_id)

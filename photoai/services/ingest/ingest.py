"""A booth's photo in, the finished photo out, in the same request.

The request only accepts and waits; the work itself is a job that goes on when nobody waits.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import BinaryIO

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    DatabaseBusy,
    PhotoaiError,
    ProviderTimeout,
    ShuttingDown,
    SlotNotConfigured,
    StorageUnavailable,
    WrongIngestPassword,
    error_named,
)
from photoai.models import Job, JobState, LogStatus
from photoai.services.jobs import Jobs
from photoai.services.metrics import Metrics
from photoai.services.settings import Settings
from photoai.services.slots import IMAGE, Slots, UploadTarget, slot_behind
from photoai.services.stats import log_outcome
from photoai.services.stopping import Stop

from .intake import Intake, Order
from .tokens import survey_answers, tokens_in
from .upload import Form, Upload

# The answer leaves this long before the booth gives up on it.
ANSWER_MARGIN_SEC = 2.0
# Heroku's router gives up when the first byte has not come within 30 s.
LONGEST_WAIT_UNDER_DYNO_SEC = 25.0


@dataclass(frozen=True)
class FinishedPhoto:
    """The answer to a booth: an open file with its size, which rung made it, and the shape in
    which this booth wants it."""

    image: BinaryIO
    mime: str
    size_bytes: int
    job_id: str
    rung: str
    width: int
    height: int
    profile: str = IMAGE


class Ingest:
    def __init__(
        self,
        database: Database,
        slots: Slots,
        intake: Intake,
        jobs: Jobs,
        settings: Settings,
        stop: Stop,
        metrics: Metrics,
        config: Config,
    ) -> None:
        self._db = database
        self._slots = slots
        self._intake = intake
        self._jobs = jobs
        self._settings = settings
        self._stop = stop
        self._metrics = metrics
        self._config = config

    def answer(self, upload: Upload) -> FinishedPhoto:
        """Accept a photo, wait for it, hand it back.

        Raises:
            SlotUnknown, WrongIngestPassword, AccountInactive, SlotNotConfigured
            FileMissing, TooManyFiles, FileEmpty and every error of a photo that is not taken
            QueueFull, YourQueueFull, StorageFull, StorageUnavailable
            ProviderError: why there is no finished photo.
            ProviderTimeout: not in time; `details` hold the job's id and its result's link.
            ShuttingDown: the server stops before the photo is ready; the job goes on.
        """
        slot_behind(upload.link)
        job, profile = self._accepted(upload)
        return replace(self._awaited(job, upload), profile=profile)

    def _accepted(self, upload: Upload) -> tuple[Job, str]:
        """The photo's job, and the profile of its slot."""
        slot: UploadTarget | None = None

        def order(form: Form) -> Order:
            nonlocal slot
            slot = self._target(upload, form)
            form.check_file()
            if not slot.is_configured:
                raise SlotNotConfigured
            tokens = tokens_in(upload.answers, survey_answers(form.fields))
            return Order(slot, upload.received, _repeat_key(slot, form), tokens=tokens)

        try:
            job = self._intake.take(upload.receive, order).job
            return job, slot.client_profile if slot else IMAGE
        except PhotoaiError as error:
            if slot is not None:
                self._log_refusal(upload, slot, error)
            raise

    def _target(self, upload: Upload, form: Form) -> UploadTarget:
        """Checked and counted in one turn: guesses sent all at once are counted like any others."""
        upload.guesses.check()
        try:
            return self._slots.for_upload(upload.link, form.password)
        except WrongIngestPassword:
            upload.guesses.count()
            raise

    def _awaited(self, job: Job, upload: Upload) -> FinishedPhoto:
        deadline = upload.arrived + self.patience_sec()
        job = self._jobs.wait(job, lambda: min(deadline, self._stop.photo_deadline))
        late = ProviderTimeout()
        if not JobState(job.state).ended and time.monotonic() >= deadline:
            job = self._given_up(job, late)
        details = {"job_id": job.public_id}
        if JobState(job.state).ended and job.state != JobState.SUCCEEDED:
            error = error_named(job.error_code, job.error_text, job.error_details)
            error.details |= details
            raise error
        details["result_url"] = upload.result_link(job.public_id)
        if job.state == JobState.SUCCEEDED:
            return self._finished(job, details)
        if time.monotonic() < deadline:
            raise ShuttingDown(details=details, retry_after=5)
        late.details = details
        self._metrics.photos_late.inc()
        raise late

    def patience_sec(self) -> float:
        """How long after its arrival a photo that is not ready gets its 504."""
        patience = self._settings.sync_response_timeout_sec() - ANSWER_MARGIN_SEC
        return min(patience, LONGEST_WAIT_UNDER_DYNO_SEC) if self._config.dyno else patience

    def _finished(self, job: Job, details: dict[str, str]) -> FinishedPhoto:
        facts = job.result or {}
        try:
            image = self._jobs.result(job)
        except StorageUnavailable as error:  # the photo is there, and so is its link
            error.details = details
            raise
        return FinishedPhoto(
            image=image,
            mime=facts["mime"],
            size_bytes=facts["size_bytes"],
            job_id=job.public_id,
            rung=facts["rung"],
            width=facts["width"],
            height=facts["height"],
        )

    def _given_up(self, job: Job, late: ProviderTimeout) -> Job:
        """Log that the photo is late, unless its job has ended in this very moment; the job."""
        with self._db.begin() as session:
            now = session.get(Job, job.id, with_for_update=True)
            if now is not None and JobState(now.state).ended:
                return now
            log_outcome(
                session,
                user_id=job.user_id,
                slot_id=job.slot_id or "",
                received=job.created,
                job_id=job.public_id,
                provider_id=job.provider,
                status=LogStatus.TIMEOUT,
                error=late,
            )
        return job

    def _log_refusal(self, upload: Upload, slot: UploadTarget, error: PhotoaiError) -> None:
        """A photo with the right password that was not taken counts among the slot's errors."""
        if isinstance(error, DatabaseBusy):
            return  # there is nothing to write it down with
        with self._db.begin() as session:
            log_outcome(
                session,
                user_id=slot.user_id,
                slot_id=slot.slot_id,
                received=upload.received,
                provider_id=slot.provider_id,
                status=LogStatus.ERROR,
                error=error,
            )


def _repeat_key(slot: UploadTarget, form: Form) -> str | None:
    """What makes two uploads the same one; None when the booth did not number its photo."""
    number, moment = form.fields.get("id"), form.fields.get("time")
    if not number or not moment:
        return None
    parts = [slot.slot_id, str(slot.version), number, moment, form.sha256]
    return "booth:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()

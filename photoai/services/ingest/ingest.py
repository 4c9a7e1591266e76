"""A booth's photo in, the finished photo out, in the same request.

The request only accepts and waits; the work itself is a job that goes on when nobody waits.
"""

from __future__ import annotations

import hashlib
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
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
from photoai.services.clock import utcnow
from photoai.services.jobs import Jobs, Submitted
from photoai.services.metrics import Metrics
from photoai.services.settings import Settings
from photoai.services.slots import IMAGE, Slots, UploadTarget, slot_behind
from photoai.services.stats import log_outcome
from photoai.services.stopping import Stop

from .climbing import cut_offs
from .intake import Intake, Order
from .tokens import survey_answers, tokens_in
from .upload import Form, Upload

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FinishedPhoto:
    """The answer to a booth: an open file with its size, which rung made it, and the shape in
    which this booth wants it. `is_second`: the booth has sent the photo before, and may have been
    told then that it would be late. `answering`: since when."""

    image: BinaryIO
    mime: str
    size_bytes: int
    job_id: str
    rung: str
    is_second: bool
    width: int
    height: int
    answering: datetime
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
            ProviderTimeout: not in time; `details` hold the job's id and its links.
            ShuttingDown: the server stops before the photo is ready; the job goes on.
        """
        slot_behind(upload.link)
        submitted, profile = self._accepted(upload)
        return replace(self._awaited(submitted, upload), profile=profile)

    def delivered(self, photo: FinishedPhoto, whole: bool) -> None:
        """Whether the booth took the `whole` photo; what it did not take comes into the late tray,
        and what it came back for leaves it."""
        if not whole:
            log.warning("photo_not_delivered", extra={"fields": {"job_id": photo.job_id}})
            self._jobs.late.put(photo.job_id, photo.answering)
        elif photo.is_second:
            self._jobs.late.delivered(photo.job_id)

    def _accepted(self, upload: Upload) -> tuple[Submitted, str]:
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
            submitted = self._intake.take(upload.receive, order)
            return submitted, slot.client_profile if slot else IMAGE
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

    def _awaited(self, submitted: Submitted, upload: Upload) -> FinishedPhoto:
        deadline = upload.arrived + self.patience_sec()
        job = submitted.job
        self._send_on(job, upload, deadline)
        job = self._wait(job, deadline)
        late = ProviderTimeout()
        if not JobState(job.state).ended and time.monotonic() >= deadline:
            job = self._given_up(job, late)
        details = {"job_id": job.public_id, **upload.links(job.public_id)}
        if JobState(job.state).ended and job.state != JobState.SUCCEEDED:
            error = error_named(job.error_code, job.error_text, job.error_details)
            error.details |= {name: details[name] for name in ("job_id", "pickup_url")}
            raise error
        if job.state == JobState.SUCCEEDED:
            was_late = job.late_since is not None
            return self._finished(job, details, is_second=submitted.joined or was_late)
        if time.monotonic() < deadline:
            self._jobs.late.put(job.public_id, utcnow())
            raise ShuttingDown(details=details, retry_after=5)
        late.details = details
        self._metrics.photos_late.inc()
        raise late

    def _send_on(self, job: Job, upload: Upload, deadline: float) -> None:
        """Until the photo is at work, or has one way left: where it still waits for a provider when
        its time there is over, it waits for its next one."""
        for after_sec, provider in cut_offs(job):
            moment = min(deadline, upload.arrived + after_sec)
            self._wait(job, moment)
            if job.state != JobState.QUEUED or time.monotonic() < moment:
                return
            with suppress(DatabaseBusy):  # it may still come to it where it is
                self._jobs.redirect(job, provider)

    def _wait(self, job: Job, moment: float) -> Job:
        """Until it has ended, the moment has come or the server stops."""
        return self._jobs.wait(job, lambda: min(moment, self._stop.photo_deadline))

    def patience_sec(self) -> float:
        """How long after its arrival a photo that is not ready gets its 504."""
        return self._settings.patience_sec()

    def _finished(self, job: Job, details: dict[str, str], *, is_second: bool) -> FinishedPhoto:
        facts = job.result or {}
        try:
            image = self._jobs.result(job)
        except StorageUnavailable as error:  # the photo is there, and so is its link
            error.details = details
            self._jobs.late.put(job.public_id, utcnow())
            raise
        return FinishedPhoto(
            image=image,
            mime=facts["mime"],
            size_bytes=facts["size_bytes"],
            job_id=job.public_id,
            rung=facts["rung"],
            is_second=is_second,
            width=facts["width"],
            height=facts["height"],
            answering=utcnow(),
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
            self._jobs.late.mark(session, job.id)
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

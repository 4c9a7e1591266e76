"""An ended job once more, as a job of its own: the same original, the same settings."""

from __future__ import annotations

import uuid

from photoai.errors import InputGone, JobNotFinished
from photoai.models import Job, JobState
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.storage import Store, copy_into, discard

from .drafts import JobDraft
from .jobs import Jobs, Submitted
from .states import RETRY_KEYS
from .tasks import Tasks
from .wishes import NO_WISHES, Wishes

REPLAY = "replay"  # in a job's params: nobody waits for it as one would for the first


class Replays:
    def __init__(self, store: Store, jobs: Jobs, tasks: Tasks) -> None:
        self._store = store
        self._jobs = jobs
        self._tasks = tasks

    def start(
        self,
        caller: Caller,
        public_id: str,
        wishes: Wishes = NO_WISHES,
        *,
        counted: bool = False,
    ) -> Submitted:
        """A new job that does what an ended one did: a test, which nobody counts; or `counted` like
        a booth's photo, which comes into the late tray, for no booth waits for it.

        Raises:
            JobUnknown
            JobNotFinished: it still waits or runs.
            InputGone: its original has been deleted.
            IdempotencyKeyReused
            QueueFull, YourQueueFull, StorageFull
        """
        if known := self._jobs.known(caller.id, wishes):
            return Submitted(known, joined=True)
        job = self._jobs.get(caller, public_id)
        if not JobState(job.state).ended:
            raise JobNotFinished(details={"state": job.state})
        # Of its own: upkeep takes the first job's original away in its own time.
        task = self._tasks[job.kind]
        key = self._copied(job.input_key) if task.has_original else None
        submitted = None
        try:
            draft = _draft(job, key, task.new_id(), counted=counted)
            submitted = self._jobs.submit(wishes.upon(draft))
        finally:
            if key and (submitted is None or submitted.joined):
                discard(self._store, key)
        return submitted

    def _copied(self, key: str | None) -> str:
        if key is None:
            raise InputGone
        copy = f"originals/{uuid.uuid4()}"
        try:
            original = self._store.open(key)
        except FileNotFoundError:
            raise InputGone from None
        with original, self._store.write(copy) as file:
            copy_into(original, file)
        return copy


def _draft(job: Job, input_key: str | None, public_id: str, *, counted: bool) -> JobDraft:
    now = utcnow()
    return JobDraft(
        public_id=public_id,
        user_id=job.user_id,
        kind=job.kind,
        created=now,
        provider=job.provider,
        slot_id=job.slot_id,
        input_key=input_key,
        params={key: value for key, value in job.params.items() if key != RETRY_KEYS}
        | {"test": not counted, REPLAY: True},
        late_since=now if counted else None,
    )

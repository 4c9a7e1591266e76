"""An ended job once more, as a job of its own: the same original, and the settings it had then or
those that hold now."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from photoai.errors import InputGone, JobNotFinished, Sentence
from photoai.errors.replays import OnlyPhotosCount, SettingsOnlyAsThen
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


REPLAY_OF = "replay_of"  # and the job it repeats

KEPT_LONGER = Sentence("The settings say how long originals are kept for this.")


class Under(StrEnum):
    """Which settings a replay has."""

    AS_THEN = "as_then"
    NOW = "now"


@dataclass(frozen=True)
class Renewed:
    """The provider and the params of a job that is made again."""

    provider: str | None
    params: Mapping[str, Any]


class Renewal(Protocol):
    """How jobs of one kind are made again, whose settings may have changed."""

    def as_then(self, job: Job) -> Renewed: ...

    def now(self, caller: Caller, job: Job) -> Renewed: ...


NOTHING: Mapping[str, Renewal] = {}


class Replays:
    """`renewing` has, by their kind, how jobs whose settings may have changed are made again."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        tasks: Tasks,
        renewing: Mapping[str, Renewal] = NOTHING,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._tasks = tasks
        self._renewing = renewing

    def start(
        self,
        caller: Caller,
        public_id: str,
        wishes: Wishes = NO_WISHES,
        *,
        counted: bool = False,
        under: Under = Under.AS_THEN,
    ) -> Submitted:
        """A new job that does what an ended one did: a test, which nobody counts; or `counted` like
        a booth's photo, which comes into the late tray, for no booth waits for it.

        Raises:
            JobUnknown
            JobNotFinished: it still waits or runs.
            InputGone: its original has been deleted.
            SettingsOnlyAsThen: nothing of its kind can have other settings now.
            OnlyPhotosCount: it is `counted` and no slot's photo.
            SlotNotConfigured: its slot does nothing now.
            IdempotencyKeyReused
            QueueFull, YourQueueFull, StorageFull
        """
        if known := self._jobs.known(caller.id, wishes):
            return Submitted(known, joined=True)
        job = self._jobs.get(caller, public_id)
        if not JobState(job.state).ended:
            raise JobNotFinished(details={"state": job.state})
        if counted and not (job.is_photo and job.slot_id):
            raise OnlyPhotosCount
        renewed = self._renewed(caller, job, under)
        # Of its own: upkeep takes the first job's original away in its own time.
        task = self._tasks[job.kind]
        key = self._copied(job.input_key) if task.has_original else None
        submitted = None
        try:
            draft = _draft(job, renewed, key, task.new_id(), counted=counted)
            submitted = self._jobs.submit(wishes.upon(draft))
        finally:
            if key and (submitted is None or submitted.joined):
                discard(self._store, key)
        return submitted

    def _renewed(self, caller: Caller, job: Job, under: Under) -> Renewed:
        renewal = self._renewing.get(job.kind)
        if under is Under.AS_THEN:
            return renewal.as_then(job) if renewal else Renewed(job.provider, job.params)
        if renewal is None or job.slot_id is None:
            raise SettingsOnlyAsThen
        return renewal.now(caller, job)

    def _copied(self, key: str | None) -> str:
        if key is None:
            raise InputGone(details={"advice": [KEPT_LONGER]})
        copy = f"originals/{uuid.uuid4()}"
        try:
            with self._store.open(key) as original, self._store.write(copy) as file:
                copy_into(original, file)
        except FileNotFoundError:  # perhaps in the middle: it has just been deleted
            raise InputGone(details={"advice": [KEPT_LONGER]}) from None
        return copy


def made_of(job: Job) -> dict[str, Any]:
    """What a job's JSON says of what it was made of: its slot's version, the job it repeats, and
    the SHA-256 of its original, where it has one."""
    facts = {name: job.params.get(name) for name in ("settings_version", REPLAY_OF)}
    return facts | ({"sha256": job.params["sha256"]} if "sha256" in job.params else {})


def _draft(
    job: Job, renewed: Renewed, input_key: str | None, public_id: str, *, counted: bool
) -> JobDraft:
    now = utcnow()
    return JobDraft(
        public_id=public_id,
        user_id=job.user_id,
        kind=job.kind,
        created=now,
        provider=renewed.provider,
        slot_id=job.slot_id,
        input_key=input_key,
        params={key: value for key, value in renewed.params.items() if key != RETRY_KEYS}
        | {"test": not counted, REPLAY: True, REPLAY_OF: job.public_id},
        late_since=now if counted else None,
    )

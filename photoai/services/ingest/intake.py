"""Taking a photo while it is being sent: its bytes, a look at it, its job; all or nothing."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import BinaryIO

from photoai.db import Database
from photoai.errors.budgets import PhotoBudgetSpent
from photoai.models import PHOTO, REHEARSAL, Job
from photoai.offload import SMALL_BYTES, Offload, Turnstile, for_image, run_here
from photoai.services import photos
from photoai.services.gates import Gates
from photoai.services.jobs import JobDraft, Jobs, Submitted
from photoai.services.ladder import Ladders, Rung, Step
from photoai.services.media import Media
from photoai.services.slots import UploadTarget
from photoai.services.storage import Store, discard

from .climbing import CLOSED, LADDER
from .upload import Form

SEED_BITS = 32


@dataclass(frozen=True)
class Order:
    """What a photo is sent for. Equal `repeat_key`s mean the same job; a test is not counted.
    `tokens` are the guest's answers for the prompt (see `tokens_in`)."""

    target: UploadTarget
    received: datetime
    repeat_key: str | None = None
    is_test: bool = False
    is_rehearsal: bool = False
    tokens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """A photo's steps, and the providers it is kept from, each with the code of why."""

    steps: list[Step]
    closed: Mapping[str, str]

    def starts_at(self, own: str | None) -> str | None:
        """The provider in whose line it waits first."""
        open_ = (step.provider for step in self.steps if step.provider not in self.closed)
        return next(open_, self.steps[-1].provider if self.steps else own)


class _KnownAlready(Exception):
    """Nothing of what has been sent is needed."""

    def __init__(self, job: Job) -> None:
        self.job = job


class Intake:
    def __init__(
        self,
        database: Database,
        store: Store,
        media: Media,
        jobs: Jobs,
        ladders: Ladders,
        gates: Gates,
        offload: Offload,
        turns: Turnstile,
    ) -> None:
        self._db = database
        self._store = store
        self._media = media
        self._jobs = jobs
        self._ladders = ladders
        self._gates = gates
        self._offload = offload
        self._turns = turns

    def take(
        self, receive: Callable[[BinaryIO], Form], order: Callable[[Form], Order | Job]
    ) -> Submitted:
        """The job of the photo whose form `receive` reads; `order` checks the form and says what it
        asks for, or which job an equal form has started. When this returns, photo and job are on
        the disk.

        Raises:
            whatever `receive` and `order` raise
            every error of a photo that is not taken
            QueueFull, YourQueueFull, StorageFull, StorageUnavailable
        """
        key = f"originals/{uuid.uuid4()}"
        try:
            with ExitStack() as turn:
                with self._store.write(key, durable=False) as file:
                    form = receive(file)
                    turn.enter_context(self._turns)
                    ordered = order(form)
                    if isinstance(ordered, Job):
                        raise _KnownAlready(ordered)
                    if form.size_bytes > SMALL_BYTES:
                        turn.close()  # a turn does not wait, and a look at a large file does
                    facts = self._looked_at(file, form)
                    if self._store.far:
                        turn.close()
                draft = _draft(ordered, self._way(ordered), form, facts, key)
                submitted = self._submitted(draft, key)
        except _KnownAlready as known:
            return Submitted(known.job, joined=True)
        if submitted.joined:
            discard(self._store, key)
        else:
            self._store.flush(key)
        # The provider works meanwhile; only whoever waits must be told nothing that could be lost.
        self._db.flush()
        return submitted

    def _submitted(self, draft: JobDraft, key: str) -> Submitted:
        try:
            return self._jobs.submit(draft, flush=False)
        except BaseException:
            discard(self._store, key)
            raise

    def _steps(self, order: Order) -> list[Step]:
        """The photo's way up its slot's ladder. A test is of the slot's own provider."""
        target = order.target
        if order.is_test or not target.ladder or not target.is_configured:
            return []
        own = Rung(target.provider_id or "", target.operation_id or "", target.settings)
        above = [Rung.from_json(each) for each in target.ladder]
        return self._ladders.steps(own, above)

    def _way(self, order: Order) -> Way:
        """A test passes all gates. Where money is what closes a slot's last way, one more leads to
        what costs nothing."""
        target, steps = order.target, self._steps(order)
        if order.is_test:
            return Way(steps, {})
        own = Rung(target.provider_id or "", target.operation_id or "", target.settings)
        providers = [step.provider for step in steps] or [own.provider_id]
        closed = self._gates.closed(target.user_id, target.slot_id, providers)
        if PhotoBudgetSpent.code in closed.values() and closed.keys() >= set(providers):
            steps = [*(steps or self._ladders.steps(own, ())), self._ladders.free(target.settings)]
        return Way(steps, closed)

    def _looked_at(self, file: BinaryIO, form: Form) -> photos.PhotoFacts:
        """What the photo is, once it is sure that it is taken."""
        file.seek(0)
        place = for_image(self._offload, run_here, 0, form.size_bytes)
        facts: photos.PhotoFacts = place(photos.accept, file, self._media.limits)
        return facts


def _draft(order: Order, way: Way, form: Form, facts: photos.PhotoFacts, key: str) -> JobDraft:
    """The job with everything it depends on as it stands now: later changes of the slot do not
    touch photos that were already taken."""
    target = order.target
    draft = JobDraft(
        public_id=str(uuid.uuid4()),
        user_id=target.user_id,
        kind=PHOTO,
        created=order.received,
        provider=way.starts_at(target.provider_id),
        slot_id=target.slot_id,
        input_key=key,
        idempotency_key=order.repeat_key,
        params={
            "operation": target.operation_id,
            "settings": target.settings,
            "settings_version": target.version,
            "photo": asdict(facts),
            "sha256": form.sha256,
            "seed": secrets.randbits(SEED_BITS),
            "test": order.is_test,
            **({REHEARSAL: True} if order.is_rehearsal else {}),
            **({LADDER: [step.as_json() for step in way.steps]} if way.steps else {}),
            **({CLOSED: dict(way.closed)} if way.closed else {}),
            **({"tokens": dict(order.tokens)} if order.tokens else {}),
        },
    )
    return form.wishes.upon(draft)

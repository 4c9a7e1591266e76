"""The front door: what is checked when a call asks for a webhook, put when its job ends, and shown
to its owner."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from photoai.config import Config
from photoai.db import Database, Executor
from photoai.errors import FetchRefused, PhotoaiError, WebhookRefused
from photoai.models import Job
from photoai.services.accounts import Caller
from photoai.services.fetch import Fetcher
from photoai.services.jobs import Task, Tasks, load
from photoai.services.pickup_links import PickupLinks
from photoai.services.secrets import Secrets

from .deliveries import Deliveries, Delivery
from .message import secret_for
from .sender import Sender

# How long a call that names an address waits for the look-up of its host.
CHECK_WITHIN_SEC = 3.0


class Webhooks:
    def __init__(
        self, database: Database, fetcher: Fetcher, secrets: Secrets, config: Config
    ) -> None:
        self._fetcher = fetcher
        self._secrets = secrets
        self._pickups = PickupLinks(secrets)
        self._base_url = config.public_base_url
        self._deliveries = Deliveries(database, config.webhook_retries_sec)
        self._sender = Sender(
            self._deliveries, fetcher, self._secret_for, config.webhook_timeout_sec
        )
        self.start, self.stop = self._sender.start, self._sender.stop
        self.send_due = self._sender.send_due
        self.forget_old = self._deliveries.forget_old

    def checked(self, url: str) -> str:
        """An address in its normal form.

        Raises:
            WebhookRefused: nothing of ours may be sent there.
        """
        try:
            return self._fetcher.check(url, deadline=time.monotonic() + CHECK_WITHIN_SEC)
        except FetchRefused as refusal:
            reason = refusal.details.get("reason", refusal.code)
            raise WebhookRefused(details={"webhook_url": [reason]}) from None

    def telling(self, tasks: Mapping[str, Task]) -> Tasks:
        """The same kinds of jobs, whose ends are told to whoever asked for that."""
        return {kind: replace(task, ended=self._and_tell(task)) for kind, task in tasks.items()}

    def secret(self, caller: Caller) -> str:
        """What the caller's messages are signed with."""
        return self._secret_for(caller.id)

    def of_job(self, job: Job) -> Sequence[Delivery]:
        """What has been told of a job's ends, and how that went."""
        return self._deliveries.of_job(job)

    def put(
        self, db: Executor, user_id: int, url: str, event: str, facts: Mapping[str, Any]
    ) -> str:
        """Have a user told of what is no job's end, in the transaction that makes it so. The
        address has been `checked`. Returns the message's id."""
        id_ = self._deliveries.put_notice(db, user_id, url, event, facts)
        self._sender.nudge()
        return id_

    def of_user(self, caller: Caller, delivery_id: str | None = None) -> Sequence[Delivery]:
        """The newest messages about no job, newest first, or the one of that id."""
        return self._deliveries.of_user(caller.id, delivery_id)

    def send_again(self, job: Job, delivery_id: str) -> Delivery:
        """Send a message now, whatever has become of it. Raises WebhookUnknown."""
        delivery = self._deliveries.send_again(job, delivery_id)
        self._sender.nudge()
        return delivery

    def _and_tell(self, task: Task) -> Callable[[Executor, Job, PhotoaiError | None], None]:
        def ended(db: Executor, job: Job, error: PhotoaiError | None) -> None:
            task.ended(db, job, error)
            if job.webhook_url:
                self._put(db, job.id)

        return ended

    def _put(self, db: Executor, job_id: int) -> None:
        job = load(db, job_id)  # as it has just been written
        if job is not None:
            self._deliveries.put(db, job, self._base_url, self._pickups)
            self._sender.nudge()

    def _secret_for(self, user_id: int) -> str:
        return secret_for(self._secrets, user_id)

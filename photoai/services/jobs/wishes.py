"""What a call that starts a job may wish for besides: to be the same as an earlier one, and to be
told when the job has ended. Every such call takes them alike, whatever kind of job it starts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from photoai.errors import IdempotencyKeyReused
from photoai.models import Job

from .drafts import JobDraft
from .states import RETRY_KEYS

# What booths number themselves (`booth:…`) can never be meant by a client's key.
CLIENT = "client:"


@dataclass(frozen=True)
class Wishes:
    """As the columns of a job hold them. `request_digest` stands for all that was asked: with the
    same `idempotency_key` it means the same job."""

    idempotency_key: str | None = None
    request_digest: str | None = None
    webhook_url: str | None = None
    client_metadata: Mapping[str, Any] | None = None

    def upon(self, draft: JobDraft) -> JobDraft:
        """The draft of the job these wishes come with."""
        return replace(draft, **self.made)

    def upon_retry(self, job: Job, at_first: Sequence[str] = ()) -> dict[str, Any]:
        """The columns of a job that is tried again with these wishes, without the params that held
        `at_first` alone. A key it has already goes on answering for the call that made it, so
        another one is put beside it."""
        columns = self.made
        params = {name: value for name, value in job.params.items() if name not in at_first}
        if self.idempotency_key and job.idempotency_key:
            own = {columns.pop("idempotency_key"): columns.pop("request_digest")}
            params[RETRY_KEYS] = params.get(RETRY_KEYS, {}) | own
        return columns | {"params": params}

    @property
    def made(self) -> dict[str, Any]:
        """Those there are, by the columns they belong in."""
        return {name: wish for name, wish in asdict(self).items() if wish is not None}

    def check_same(self, digest: str | None) -> None:
        """Raises IdempotencyKeyReused when what was asked under this key was something else."""
        if digest != self.request_digest:
            raise IdempotencyKeyReused


NO_WISHES = Wishes()


def stored_key(idempotency_key: str) -> str:
    """A client's key as it is stored."""
    return CLIENT + hashlib.sha256(idempotency_key.encode()).hexdigest()

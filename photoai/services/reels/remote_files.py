"""Files at a provider: each is written down before it is sent and until it is deleted there, so
that none is left behind, whatever happens to the process that sent it."""

from __future__ import annotations

import logging
import random
import secrets
import time
from datetime import timedelta

from sqlalchemy import delete, or_, select

from photoai.db import Database
from photoai.errors import ProviderError
from photoai.models import Job, JobState, RemoteFile
from photoai.services.clock import utcnow
from photoai.services.providers import Providers, VideoMind

PREFIX = "photoai-"
# The provider itself keeps nothing for longer (Gemini's Files API).
LIVES = timedelta(hours=48)
# The process of a job that has just ended deletes the file itself.
ITS_OWN_PROCESS_HAS = timedelta(seconds=15)
REMOVING_SEC, AT_ONCE = 10.0, 200
ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
log = logging.getLogger(__name__)


class RemoteFiles:
    def __init__(self, database: Database, providers: Providers) -> None:
        self._db = database
        self._providers = providers

    def begin(self, job: Job, provider_id: str) -> str:
        """The name of a file of the job's that is about to be sent."""
        row = RemoteFile(
            name=PREFIX + secrets.token_hex(12),
            provider_id=provider_id,
            job_id=job.public_id,
            attempt=job.attempt,
            created_at=utcnow(),
        )
        with self._db.begin() as session:
            session.add(row)
        return row.name

    def end(self, mind: VideoMind, name: str) -> None:
        """Have the provider delete a file, if it has it; when it does not answer, `tidy` will."""
        try:
            mind.remove(name, time.monotonic() + REMOVING_SEC)
        except ProviderError as error:
            facts = {"file": name, "code": error.code, "vendor": error.vendor[:500]}
            log.warning("remote_file_left", extra={"fields": facts})
            return
        self.never_sent(name)

    def never_sent(self, name: str) -> None:
        """There is no such file at the provider."""
        with self._db.begin(durable=False) as session:
            session.execute(delete(RemoteFile).where(RemoteFile.name == name))

    def end_of_earlier(self, mind: VideoMind, job: Job) -> None:
        """Those that the job's earlier attempts have sent."""
        theirs = (RemoteFile.job_id == job.public_id, RemoteFile.attempt < job.attempt)
        with self._db.read() as session:
            names = session.scalars(select(RemoteFile.name).where(*theirs)).all()
        for name in names:
            self.end(mind, name)

    def tidy(self) -> None:
        """Delete what jobs have left behind that do not run any more, or run again; those of a
        provider without a key wait for one until the provider has forgotten them by itself."""
        now = utcnow()
        with self._db.begin(durable=False) as session:
            session.execute(delete(RemoteFile).where(RemoteFile.created_at < now - LIVES))
        left = or_(
            Job.id.is_(None),
            Job.state == JobState.QUEUED,
            Job.state.in_(ENDED) & (Job.finished < now - ITS_OWN_PROCESS_HAS),
            (Job.state == JobState.RUNNING) & (Job.attempt != RemoteFile.attempt),
        )
        query = select(RemoteFile).outerjoin(Job, Job.public_id == RemoteFile.job_id).where(left)
        with self._db.read() as session:
            found = session.scalars(query.limit(AT_ONCE)).all()
        # Other chores wait no longer for a provider that does not answer; the next round goes on
        # with others, so that none stands in their way.
        until = time.monotonic() + REMOVING_SEC
        for file in random.sample(found, len(found)):
            mind = self._providers.videos(file.provider_id, file.job_id)
            if mind.configured() and time.monotonic() < until:
                self.end(mind, file.name)

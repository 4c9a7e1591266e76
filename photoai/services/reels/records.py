"""What is kept of analyses beside their jobs: facts and pictures as soon as there are any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, select, update

from photoai.db import Database, Executor, put
from photoai.errors import InputGone, JobCancelled
from photoai.models import Job, JobState, KnownAnalysis, Reel
from photoai.services.clock import utcnow
from photoai.services.storage import Store, discard

# Where the pictures of all shots lie, and the finished analyses as files.
PICTURES, ANALYSES = "shots", "reels"
AT_ONCE = 500


class Records:
    def __init__(self, database: Database, store: Store, result_ttl_hours: int) -> None:
        self._db = database
        self._store = store
        self._lives = timedelta(hours=result_ttl_hours)

    def of(self, job: Job) -> Reel | None:
        """None before anything was measured, and when all of it is too old."""
        with self._db.read() as session:
            return session.get(Reel, job.id)

    def measured(self, job: Job, facts: Mapping[str, Any], pictures: Path) -> Reel:
        """Keep what an attempt has measured, and its pictures.

        Raises:
            JobCancelled: the attempt has lost its job.
            StorageFull, StorageUnavailable
        """
        # The attempt is part of it: an attempt that lost its job cannot overwrite.
        key = f"{PICTURES}/{job.public_id}.{job.attempt}.zip"
        self._store.adopt(pictures, key)
        row = {"job_id": job.id, "facts": dict(facts), "pictures_key": key, "made_at": utcnow()}
        try:
            with self._db.transaction(durable=False) as db:
                if not db.scalar(_held(job)):
                    raise JobCancelled
                put(db, Reel, {**row, "analysis": None, "deleted_at": None})
        except BaseException:
            discard(self._store, key)
            raise
        return Reel(**row)

    def analysed(self, job: Job, analysis: Mapping[str, Any]) -> None:
        """Keep what the job ends with, if nothing comes between.

        Raises:
            JobCancelled: the attempt has lost its job.
        """
        with self._db.transaction(durable=False) as db:
            if not db.scalar(_held(job)):
                raise JobCancelled
            theirs = update(Reel).where(Reel.job_id == job.id)
            db.execute(theirs.values(analysis=dict(analysis)))

    def erase(self, job: Job) -> None:
        """Throw away everything that is known of an ended job's video."""
        kept = self.of(job)
        row = {"job_id": job.id, "facts": None, "pictures_key": None, "analysis": None}
        now = utcnow()
        with self._db.transaction() as db:
            put(db, Reel, {**row, "made_at": now, "deleted_at": now})
            db.execute(update(Job).where(Job.id == job.id).values(result=None, result_key=None))
            db.execute(delete(KnownAnalysis).where(KnownAnalysis.job_id == job.public_id))
        for key in (kept.pictures_key if kept else None, job.result_key):
            if key:
                discard(self._store, key)

    def check_there(self, db: Executor, job: Job) -> None:
        """Raises InputGone: its owner has deleted it."""
        deleted = select(Reel.job_id).where(Reel.job_id == job.id, Reel.deleted_at.is_not(None))
        if db.scalar(deleted) is not None:
            raise InputGone

    def forget_old(self) -> None:
        """Drop what is known of jobs that ended RESULT_TTL_HOURS ago; bytes first, rows second."""
        old = select(Reel.job_id, Reel.pictures_key).join(Job, Job.id == Reel.job_id)
        old = old.where(Job.finished < utcnow() - self._lives, Reel.deleted_at.is_(None))
        with self._db.read() as session:
            found = session.execute(old.limit(AT_ONCE)).all()
        for _, key in found:
            if key:
                self._store.delete(key)
        with self._db.begin(durable=False) as session:
            session.execute(delete(Reel).where(Reel.job_id.in_([job_id for job_id, _ in found])))


def _held(job: Job) -> Select[Any]:
    """Whether this attempt still has the job."""
    mine = (Job.id == job.id, Job.attempt == job.attempt, Job.state == JobState.RUNNING)
    return select(Job.id).where(*mine)

"""What is thrown away, and when: originals, results, media, and what crashes left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from photoai.config import Config
from photoai.db import Database
from photoai.errors import JobExpired
from photoai.models import PHOTO, Job, JobState, MediaObject, Reel, UploadPart, UserFile
from photoai.services.accounts import Caller
from photoai.services.background import every
from photoai.services.clock import utcnow
from photoai.services.conversions import ASCII, kept_beside
from photoai.services.conversions import FOLDER as CONVERTED
from photoai.services.jobs import Runner
from photoai.services.merges import poster_key
from photoai.services.reels import ANALYSES, PICTURES
from photoai.services.settings import Settings
from photoai.services.storage import Store

EVERY_SEC = 10.0
ORIGINAL_LIVES = timedelta(seconds=60)
ORIGINAL_LIVES_AT_MOST = timedelta(minutes=15)
UNPUBLISHED_LIVES = timedelta(minutes=15)
ORPHAN_LIVES = timedelta(hours=1)
ORPHANED_FILE_LIVES = timedelta(hours=24)
SELDOM_SEC = 1800.0
AT_ONCE = 500
ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


Chore = Callable[[], object]


@dataclass(frozen=True)
class Named:
    """Which files of a kind a row names, and for how long others may lie there."""

    column: InstrumentedAttribute[str | None]
    others_live: timedelta = ORPHAN_LIVES
    files: Callable[[str], Iterable[str]] = lambda key: [key]


NAMED = {
    "originals": Named(Job.input_key),
    "results": Named(Job.result_key),
    "posters": Named(Job.result_key, files=lambda key: [poster_key(key)]),
    CONVERTED: Named(Job.result_key, files=kept_beside),
    ANALYSES: Named(Job.result_key),
    PICTURES: Named(Reel.pictures_key),
    "media": Named(MediaObject.path),
    "files": Named(UserFile.key, ORPHANED_FILE_LIVES),
    "uploads": Named(UploadPart.key),
}


class Upkeep:
    """`often` and `seldom` are what other services throw away in their own way; `results_live` is
    how long finished photos are kept."""

    def __init__(
        self,
        database: Database,
        store: Store,
        runner: Runner,
        config: Config,
        settings: Settings,
        *,
        often: Sequence[Chore] = (),
        seldom: Sequence[Chore] = (),
    ) -> None:
        self._db = database
        self._store = store
        self._runner = runner
        self._settings = settings
        self._often = often
        self._seldom = seldom
        self.results_live = timedelta(hours=config.result_ttl_hours)
        self._conversion_lives = timedelta(hours=config.ascii_ttl_hours)
        self._seldom_due = 0.0
        self._stopped = threading.Event()

    def start(self, on_duty: Callable[[], bool]) -> None:
        """Tidy now and then in the background, while `on_duty()` says this process should."""

        def look() -> None:
            if on_duty():
                self.tidy()

        every(EVERY_SEC, look, name="upkeep", until=self._stopped)

    def stop(self) -> None:
        self._stopped.set()

    def tidy(self) -> None:
        """One round; what needs no storage comes first, for a storage may be away."""
        self.give_up_old_photos()
        seldom = time.monotonic() >= self._seldom_due
        for chore in (*(self._seldom if seldom else ()), *self._often):
            chore()
        self.remove_originals()
        self.remove_results()
        self._store.sweep(utcnow() - UNPUBLISHED_LIVES)
        if seldom:
            self._seldom_due = time.monotonic() + SELDOM_SEC
            self.remove_orphans()

    def give_up_old_photos(self) -> None:
        """A photo still waiting when its original must go will not be made."""
        live = max(ORIGINAL_LIVES_AT_MOST, self._settings.originals_kept())
        query = select(Job).where(
            Job.state == JobState.QUEUED, Job.kind == PHOTO, Job.created < utcnow() - live
        )
        with self._db.read() as session:
            old = session.scalars(query).all()
        for job in old:  # each by itself: several at once could lock out who cancels one of them
            with self._db.transaction() as db:
                self._runner.fail_waiting(db, job, JobExpired())

    def remove_originals(self) -> int:
        """Those of ended jobs after 60 s, or after as long as the operators wish to keep them; all
        of them after 15 minutes, or as long; how many."""
        now, wished = utcnow(), self._settings.originals_kept()
        ended_live, all_live = max(ORIGINAL_LIVES, wished), max(ORIGINAL_LIVES_AT_MOST, wished)
        query = select(Job.id, Job.input_key).where(
            Job.input_key.is_not(None),
            Job.kind == PHOTO,
            (Job.created < now - ended_live) & Job.state.in_(ENDED)
            | (Job.created < now - all_live),
        )
        return self._remove(query.limit(AT_ONCE), Job.input_key)

    def remove_results(self) -> int:
        """Those older than RESULT_TTL_HOURS, or of conversions ASCII_TTL_HOURS; how many."""
        now = utcnow()
        is_conversion = Job.kind == ASCII
        query = select(Job.id, Job.result_key).where(
            Job.result_key.is_not(None),
            ~is_conversion & (Job.finished < now - self.results_live)
            | is_conversion & (Job.finished < now - self._conversion_lives),
        )
        return self._remove(query.limit(AT_ONCE), Job.result_key)

    def clear_results(self, caller: Caller) -> int:
        """Delete the caller's finished photos now, and the originals of those that have ended; how
        many photos. Their jobs and statistics stay."""
        self._remove_theirs(caller, Job.input_key)
        return self._remove_theirs(caller, Job.result_key)

    def _remove_theirs(self, caller: Caller, column: InstrumentedAttribute[str | None]) -> int:
        query = select(Job.id, column).where(
            Job.user_id == caller.id,
            Job.kind == PHOTO,
            Job.state.in_(ENDED),
            column.is_not(None),
        )
        removed = 0
        while count := self._remove(query.limit(AT_ONCE), column):
            removed += count
        return removed

    def remove_orphans(self) -> int:
        """Files no row names: a process died between writing one and saying so, or the account
        they belonged to was deleted."""
        removed = 0
        for prefix, named in NAMED.items():
            # Listed before the rows are read: a file made in between is too young anyway.
            files = list(self._store.stored(prefix))
            with self._db.read() as session:
                keys = session.scalars(select(named.column).where(named.column.is_not(None)))
                known = {file for key in keys if key for file in named.files(key)}
            for file in files:
                if file.key not in known and file.modified < utcnow() - named.others_live:
                    self._store.delete(file.key)
                    removed += 1
        return removed

    def _remove(self, query: object, column: InstrumentedAttribute[str | None]) -> int:
        """Bytes first, row second: a crash between the two is mended by the next round. Bytes that
        another job names as well stay until that one lets go of them."""
        with self._db.read() as session:
            found = session.execute(query).all()  # type: ignore[call-overload]
            ids, keys = [job_id for job_id, _ in found], {key for _, key in found}
            shared = set(
                session.scalars(select(column).where(column.in_(keys), Job.id.not_in(ids)))
            )
        for key in keys - shared:
            for file in kept_beside(key) or [key]:
                self._store.delete(file)
        if found:
            with self._db.begin(durable=False) as session:
                session.execute(update(Job).where(Job.id.in_(ids)).values({column: None}))
        return len(found)

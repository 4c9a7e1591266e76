"""What is remembered of clips and merges: an address that still holds what it held is not fetched
again, and the same clips merged in the same way are not merged again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from photoai.db import Database, Executor, put
from photoai.models import KnownClip, MergeResult
from photoai.services.clock import utcnow

CLIPS_LIVE = timedelta(days=7)
# A result that is about to go is none any more: it must outlast the download of who is told of it.
CLOSE_TO_THE_END = timedelta(hours=1)
RECENT = 20


@dataclass(frozen=True)
class Finished:
    """A merge made before: the store's key of its bytes and the facts shown with it."""

    key: str
    facts: Mapping[str, Any]


class KnownMerges:
    def __init__(self, database: Database, result_ttl_hours: int) -> None:
        self._db = database
        self._results_live = timedelta(hours=result_ttl_hours)
        self._close_to_the_end = min(CLOSE_TO_THE_END, self._results_live / 2)

    def clips(self, urls: Sequence[str]) -> dict[str, KnownClip]:
        """What is known of these addresses, by address."""
        by_digest = {_digest(url): url for url in urls}
        query = select(KnownClip).where(KnownClip.url_digest.in_(by_digest))
        with self._db.read() as session:
            return {by_digest[clip.url_digest]: clip for clip in session.scalars(query)}

    def found_at(self, urls: Sequence[str]) -> dict[str, dict[str, Any]]:
        """By address, the `sha256` of what was there last and the `facts` that were found in it."""
        known = self.clips(urls)
        return {url: {"sha256": clip.sha256, "facts": clip.probe} for url, clip in known.items()}

    def remember_clip(self, url: str, found: Mapping[str, Any]) -> None:
        """`found`: its validators `etag` and `last_modified`, `size_bytes`, `sha256`, `probe`."""
        row = {**found, "url_digest": _digest(url), "seen_at": utcnow()}
        with self._db.transaction(durable=False) as db:
            put(db, KnownClip, row)

    def result(self, digest: str) -> Finished | None:
        """The merge known by this digest, made before and still there for a while."""
        with self._db.read() as session:
            found = session.get(MergeResult, digest)
        if found is None or found.used_at < utcnow() - self._results_live + self._close_to_the_end:
            return None
        return Finished(found.result_key, found.facts)

    def remember_result(
        self, db: Executor, digest: str, key: str, facts: Mapping[str, Any]
    ) -> None:
        """In the transaction that ends a job with this result, whether it has made it or not."""
        now = utcnow()
        row = {"digest": digest, "result_key": key, "facts": dict(facts), "made_at": now}
        put(db, MergeResult, {**row, "used_at": now}, kept=("made_at",))

    def forget_result(self, digest: str) -> None:
        """Its bytes are gone."""
        with self._db.begin(durable=False) as session:
            session.execute(delete(MergeResult).where(MergeResult.digest == digest))

    def recent(self) -> list[Mapping[str, Any]]:
        """The facts of the last merges, newest first."""
        query = select(MergeResult.facts).order_by(MergeResult.used_at.desc()).limit(RECENT)
        with self._db.read() as session:
            return list(session.scalars(query))

    def forget_old(self) -> None:
        now = utcnow()
        with self._db.begin(durable=False) as session:
            session.execute(delete(KnownClip).where(KnownClip.seen_at < now - CLIPS_LIVE))
            session.execute(
                delete(MergeResult).where(MergeResult.used_at < now - self._results_live)
            )


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()

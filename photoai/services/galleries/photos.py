"""An operator's gallery: the finished photos of all slots that are still there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from photoai.db import Database
from photoai.errors import JobUnknown, ResultGone
from photoai.errors.galleries import GalleryEmpty
from photoai.models import PHOTO, REHEARSAL, Job, JobState
from photoai.services.accounts import Caller
from photoai.services.archives import Member, zipped
from photoai.services.ingest import ENDINGS
from photoai.services.jobs import Jobs
from photoai.services.storage import at_hand

PACKED_AT_ONCE = 200  # rows that are read in one go for an archive
# Who has made what a frame was put around, or nothing: the guest's own photo.
ORIGINAL, FRAME = "original", "frame"
NAMED_BY = 8  # characters of a job's id, in the name of its file


@dataclass(frozen=True)
class GalleryWish:
    """Which photos to show; None is any. `first` and `last` bound the moment they were finished,
    `last` itself left out. `rung` is a rung's number, or all of it ("1:local"). `ids` are the only
    jobs looked at, where given."""

    slot_id: str | None = None
    first: datetime | None = None
    last: datetime | None = None
    provider_id: str | None = None
    rung: str | None = None
    with_tests: bool = True
    ids: Sequence[str] | None = None


@dataclass(frozen=True)
class GalleryPage:
    """Photos, newest first; `next_id` is the job to go on after, None at the end."""

    photos: Sequence[Job]
    next_id: str | None


class Photos:
    def __init__(self, database: Database, jobs: Jobs, *, are_far: bool = False) -> None:
        """`are_far`: where photos lie, they may go away while somebody reads them."""
        self._db = database
        self._jobs = jobs
        self._are_far = are_far

    def page(
        self, caller: Caller, wish: GalleryWish, *, most: int, before: str | None = None
    ) -> GalleryPage:
        """At most so many, newest first, from behind the job `before` on.

        Raises:
            JobUnknown: the caller has no such job, or it has never ended.
        """
        with self._db.read() as session:
            query = _finished(caller.id, wish)
            if before is not None:
                query = query.where(behind(*_place(session, caller, before)))
            found = session.scalars(query.limit(most + 1)).all()
        shown = found[:most]
        return GalleryPage(shown, shown[-1].public_id if len(found) > most else None)

    def packed(self, caller: Caller, wish: GalleryWish) -> Iterator[bytes]:
        """All of them as one ZIP archive, in pieces; what is deleted meanwhile is not in it.

        Raises:
            GalleryEmpty: there are none.
            StorageUnavailable: the first of them cannot be had now.
        """
        first = self.page(caller, wish, most=PACKED_AT_ONCE)
        if not first.photos:
            raise GalleryEmpty
        return self.zipped(self._all(caller, wish, first))

    def zipped(self, photos: Iterable[Job]) -> Iterator[bytes]:
        """These as one ZIP archive, in pieces; what is deleted meanwhile is not in it. Raises
        StorageUnavailable"""
        return zipped(map(self._member, photos))

    def _all(self, caller: Caller, wish: GalleryWish, page: GalleryPage) -> Iterator[Job]:
        yield from page.photos
        while page.next_id is not None:
            page = self.page(caller, wish, most=PACKED_AT_ONCE, before=page.next_id)
            yield from page.photos

    def _member(self, job: Job) -> Member:
        assert job.finished is not None
        size_bytes = int((job.result or {}).get("size_bytes", 0))
        return Member(file_name(job), size_bytes, job.finished, open=lambda: self._opened(job))

    def _opened(self, job: Job) -> BinaryIO:
        """Of what an archive has begun it can leave out nothing, so it is here before. Raises
        ResultGone"""
        file = self._jobs.result(job)
        try:
            return at_hand(file) if self._are_far else file
        except FileNotFoundError:
            raise ResultGone from None


def maker_of(job: Job) -> str:
    """Who has made the photo: the provider of the rung that served, or `original`."""
    facts = job.result or {}
    if facts.get("operation") == FRAME:
        return ORIGINAL
    return str(facts.get("rung", "")).partition(":")[2] or job.provider or ""


def file_name(job: Job) -> str:
    """What a photo is called among others: its slot, its moment in UTC, its job."""
    moment = f"{job.finished:%Y%m%d-%H%M%S}" if job.finished else "photo"
    ending = ENDINGS.get((job.result or {}).get("mime", ""), "bin")
    return f"{job.slot_id}-{moment}-{job.public_id[:NAMED_BY]}.{ending}"


def of_slots(user_id: int) -> list[ColumnElement[bool]]:
    """What makes a row a finished photo of a slot's whose bytes are there; not of a drawn guest."""
    return [
        Job.user_id == user_id,
        Job.result_key.is_not(None),
        Job.kind == PHOTO,
        Job.state == JobState.SUCCEEDED,
        Job.slot_id.is_not(None),
        Job.params[REHEARSAL].as_boolean().is_not(True),
    ]


def no_tests() -> ColumnElement[bool]:
    return Job.params["test"].as_boolean().is_not(True)


def newest_first(query: Select[Job]) -> Select[Job]:
    return query.order_by(Job.finished.desc(), Job.id.desc())


def behind(finished: datetime, id_: int) -> ColumnElement[bool]:
    """What comes behind a place among the newest; a bound an index can begin at, and the rest."""
    return and_(Job.finished <= finished, or_(Job.finished < finished, Job.id < id_))


def _finished(user_id: int, wish: GalleryWish) -> Select[Job]:
    wanted, rung = of_slots(user_id), Job.result["rung"].as_string()
    if wish.slot_id is not None:
        wanted.append(Job.slot_id == wish.slot_id)
    if wish.first is not None:
        wanted.append(Job.finished >= wish.first)
    if wish.last is not None:
        wanted.append(Job.finished < wish.last)
    if wish.provider_id is not None:
        is_original = func.coalesce(Job.result["operation"].as_string(), "") == FRAME
        theirs = rung.endswith(f":{wish.provider_id}", autoescape=True)
        wanted.append(is_original if wish.provider_id == ORIGINAL else and_(theirs, ~is_original))
    if wish.rung is not None:
        number, _, maker = wish.rung.partition(":")
        exactly = rung == wish.rung
        wanted.append(exactly if maker else rung.startswith(f"{number}:"))
    if not wish.with_tests:
        wanted.append(no_tests())
    if wish.ids is not None:
        wanted.append(Job.public_id.in_(wish.ids))
    return newest_first(select(Job).where(*wanted))


def _place(session: Session, caller: Caller, public_id: str) -> tuple[datetime, int]:
    mine = (Job.public_id == public_id, Job.user_id == caller.id)
    job = session.scalar(select(Job).where(*mine))
    if job is None or job.finished is None:
        raise JobUnknown
    return job.finished, job.id

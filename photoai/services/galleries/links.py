"""Public galleries: some of an operator's finished photos, for whoever has the link, for minutes.

The token in a link is made of the link's id under the server's key, so that its operator can be
shown it again; the table knows its digest alone. Photos have names of their own in each gallery.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select

from photoai.db import Database
from photoai.errors.galleries import (
    GalleryLinkUnknown,
    GalleryPhotoUnknown,
    GalleryUnknown,
    TooManyGalleries,
)
from photoai.models import GalleryLink, Job, User
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.secrets import Secrets

from .photos import behind, newest_first, no_tests, of_slots

SHORTEST_MIN, UNASKED_MIN, LONGEST_MIN = 5, 15, 60
MOST_OPEN = 20
REMEMBERED = timedelta(days=1)
NUMBER_BYTES = 8
TOKEN, NAME = "gallery", "gallery photo"


@dataclass(frozen=True)
class LinkWish:
    """A gallery to be opened: for how long, of which slots (None: all), with photos since when."""

    minutes: int
    slot_ids: tuple[str, ...] | None
    since: datetime


@dataclass(frozen=True)
class OpenLink:
    """An open gallery as its operator sees it; `photos` is how many it shows now."""

    row: GalleryLink
    token: str
    photos: int


@dataclass(frozen=True)
class PublicPhoto:
    """A photo as a gallery shows it; `name` means nothing outside of this gallery."""

    name: str
    job: Job


@dataclass(frozen=True)
class PublicPage:
    """Photos, newest first; `next_name` is the one to go on after, None at the end."""

    photos: Sequence[PublicPhoto]
    next_name: str | None
    total: int


class Links:
    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._db = database
        self._secrets = secrets

    def open(self, caller: Caller, wish: LinkWish) -> OpenLink:
        """Open a gallery; it closes by itself.

        Raises:
            TooManyGalleries: so many of the caller's are open.
        """
        now, id_ = utcnow(), uuid.uuid4().hex
        row = GalleryLink(
            id=id_,
            user_id=caller.id,
            token_digest=self._digest(self._token(id_)),
            slot_ids=list(wish.slot_ids) if wish.slot_ids else None,
            since=wish.since,
            opened_at=now,
            closes_at=now + timedelta(minutes=wish.minutes),
        )
        with self._db.begin() as session:
            # Two at once take turns, so that there are not more than may be.
            session.get_one(User, caller.id, with_for_update=True)
            old = (GalleryLink.user_id == caller.id, GalleryLink.closes_at < now - REMEMBERED)
            session.execute(delete(GalleryLink).where(*old))
            are_open = select(func.count()).select_from(GalleryLink)
            if (session.scalar(are_open.where(*_open(caller.id, now))) or 0) >= MOST_OPEN:
                raise TooManyGalleries(details={"most": MOST_OPEN})
            session.add(row)
        return self._shown(row)

    def listed(self, caller: Caller) -> list[OpenLink]:
        """The caller's open galleries, the newest first."""
        query = select(GalleryLink).where(*_open(caller.id, utcnow()))
        with self._db.read() as session:
            rows = session.scalars(query.order_by(GalleryLink.opened_at.desc())).all()
        return [self._shown(row) for row in rows]

    def get(self, caller: Caller, link_id: str) -> OpenLink:
        """Raises GalleryLinkUnknown: the caller has no such gallery, or it is closed."""
        mine = [*_open(caller.id, utcnow()), GalleryLink.id == link_id]
        with self._db.read() as session:
            row = session.scalar(select(GalleryLink).where(*mine))
        if row is None:
            raise GalleryLinkUnknown
        return self._shown(row)

    def close(self, caller: Caller, link_id: str) -> None:
        """Close a gallery now: nothing of it can be seen any more. Raises GalleryLinkUnknown."""
        with self._db.begin() as session:
            row = session.get(GalleryLink, link_id, with_for_update=True)
            if row is None or row.user_id != caller.id or not _is_open(row):
                raise GalleryLinkUnknown
            row.closed_at = utcnow()

    def known(self, token: str) -> bool:
        """Whether a gallery of this token, maybe closed, was open within the last day: who brings
        it has not guessed it."""
        query = select(GalleryLink.id).where(GalleryLink.token_digest == self._digest(token))
        with self._db.read() as session:
            return session.scalar(query) is not None

    def behind(self, token: str) -> GalleryLink:
        """The open gallery of a link. Raises GalleryUnknown, also while its account is off."""
        its = GalleryLink.token_digest == self._digest(token)
        query = select(GalleryLink).join(User, User.id == GalleryLink.user_id)
        with self._db.read() as session:
            row = session.scalar(query.where(its, User.active))
        if row is None or not _is_open(row):
            raise GalleryUnknown
        return row

    def page(self, link: GalleryLink, *, most: int, before: str | None = None) -> PublicPage:
        """At most so many of its photos, newest first, from behind the photo `before` on.

        Raises:
            GalleryPhotoUnknown
        """
        query = newest_first(select(Job).where(*_in(link)))
        if before is not None:
            last = self.photo(link, before)
            assert last.finished is not None
            query = query.where(behind(last.finished, last.id))
        with self._db.read() as session:
            found = session.scalars(query.limit(most + 1)).all()
        photos = [PublicPhoto(self._name(link, job.id), job) for job in found[:most]]
        next_name = photos[-1].name if len(found) > most else None
        return PublicPage(photos, next_name, self._count(link))

    def photo(self, link: GalleryLink, name: str) -> Job:
        """The job of a photo of the gallery's. Raises GalleryPhotoUnknown."""
        hidden = self._secrets.hidden_subject(f"{NAME} {link.id}", name)
        if hidden is None:
            raise GalleryPhotoUnknown
        with self._db.read() as session:
            job = session.scalar(select(Job).where(Job.id == int.from_bytes(hidden), *_in(link)))
        if job is None:
            raise GalleryPhotoUnknown
        return job

    def _shown(self, row: GalleryLink) -> OpenLink:
        return OpenLink(row, self._token(row.id), self._count(row))

    def _count(self, link: GalleryLink) -> int:
        with self._db.read() as session:
            query = select(func.count()).select_from(Job)
            return session.scalar(query.where(*_in(link))) or 0

    def _token(self, link_id: str) -> str:
        return self._secrets.link_token(TOKEN, link_id)

    def _digest(self, token: str) -> str:
        return self._secrets.digest(f"{TOKEN} token", token)

    def _name(self, link: GalleryLink, number: int) -> str:
        return self._secrets.hidden_token(f"{NAME} {link.id}", number.to_bytes(NUMBER_BYTES))


def _open(user_id: int, now: datetime) -> list[ColumnElement[bool]]:
    return [
        GalleryLink.user_id == user_id,
        GalleryLink.closes_at > now,
        GalleryLink.closed_at.is_(None),
    ]


def _is_open(row: GalleryLink) -> bool:
    return row.closed_at is None and row.closes_at > utcnow()


def _in(link: GalleryLink) -> list[ColumnElement[bool]]:
    """What makes a row a photo of the gallery's: made for a guest, since then, of these slots."""
    photos = [*of_slots(link.user_id), Job.finished >= link.since, no_tests()]
    return photos + ([Job.slot_id.in_(link.slot_ids)] if link.slot_ids else [])

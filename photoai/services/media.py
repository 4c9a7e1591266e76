"""Registered images: kept until they expire, longer while a slot names them."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, BinaryIO

from sqlalchemy import delete, or_, select

from photoai.config import Config
from photoai.db import Database
from photoai.errors import MediaExpired, MediaUnknown, Sentence, SettingsInvalid
from photoai.models import MediaObject, Slot, User
from photoai.services import photos
from photoai.services.accounts import Caller
from photoai.services.catalogue import media_ids
from photoai.services.clock import utcnow
from photoai.services.storage import Store

REMEMBERED_PICTURES = 16
# How long an expired link says so; then nobody knows it any more.
REMEMBERED_AS_EXPIRED = timedelta(days=7)
# A PNG of a guest's photo is many times larger than the JPEG it was made of.
ANSWER_MAX_BYTES = 250_000_000
LINK_SEC = 300.0


class Media:
    def __init__(
        self, database: Database, store: Store, config: Config, offload: Callable[..., Any]
    ) -> None:
        self._db = database
        self._store = store
        self._config = config
        self._offload = offload
        self._pictures: OrderedDict[tuple[Any, ...], photos.Picture] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def limits(self) -> photos.PhotoLimits:
        """Of what people send."""
        config = self._config
        return photos.PhotoLimits(
            config.media_max_file_size_mb * 1_000_000,
            config.media_max_pixels,
            config.media_allowed_mime,
        )

    @property
    def answer_limits(self) -> photos.PhotoLimits:
        """Of what providers send."""
        return photos.PhotoLimits(ANSWER_MAX_BYTES, self._config.media_max_pixels)

    def register(self, caller: Caller, data: BinaryIO, ttl_sec: int | None = None) -> MediaObject:
        """Keep an image for `ttl_sec` seconds (the configured default when None).

        Raises:
            PhotoaiError: the file is not an image that is taken.
        """
        facts = photos.inspect(data, self.limits)
        data.seek(0)
        self._offload(photos.check, data.read(), self.limits)
        now = utcnow()
        media = MediaObject(
            id=str(uuid.uuid4()),
            user_id=caller.id,
            mime=facts.mime,
            size_bytes=facts.size_bytes,
            width=facts.width,
            height=facts.height,
            created_at=now,
            expires_at=now + timedelta(seconds=ttl_sec or self._config.media_default_ttl_sec),
        )
        media.path = f"media/{media.id}"
        data.seek(0)
        with self._store.write(media.path) as file:
            while chunk := data.read(1 << 20):
                file.write(chunk)
        with self._db.begin() as session:
            session.add(media)
        return media

    def publish(self, user_id: int, picture: photos.Picture, ttl_sec: float) -> MediaObject:
        """Keep a picture of a user's for somebody who fetches it by its link."""
        now = utcnow()
        media = MediaObject(
            id=str(uuid.uuid4()),
            user_id=user_id,
            mime=picture.mime,
            size_bytes=len(picture.data),
            width=picture.width,
            height=picture.height,
            created_at=now,
            expires_at=now + timedelta(seconds=ttl_sec),
        )
        media.path = f"media/{media.id}"
        with self._store.write(media.path, durable=False) as file:
            file.write(picture.data)
        with self._db.begin(durable=False) as session:
            session.add(media)
        return media

    def publish_link(self, user_id: int, picture: photos.Picture, ttl_sec: float) -> str:
        """The same; its link."""
        found = self.publish(user_id, picture, ttl_sec)
        return f"{self._config.public_base_url.rstrip('/')}/public/media/{found.id}"

    def public(self, media_id: str) -> tuple[MediaObject, BinaryIO]:
        """The object behind a public link, with its bytes.

        Raises:
            MediaUnknown: also while its account is off.
            MediaExpired
        """
        query = select(MediaObject).join(User, User.id == MediaObject.user_id)
        with self._db.read() as session:
            media = session.scalar(query.where(MediaObject.id == media_id, User.active))
        if media is None:
            raise MediaUnknown
        if media.path is None or media.expires_at <= utcnow():
            raise MediaExpired
        try:
            return media, self._store.open(media.path)
        except FileNotFoundError:
            raise MediaExpired from None

    def link(self, media: MediaObject, name: str) -> str | None:
        """Where its bytes may be fetched from the storage itself, for some minutes and not longer
        than it lives, as a download called `name`; None when they must be had from here."""
        lives_sec = (media.expires_at - utcnow()).total_seconds()
        return self._store.link(
            media.path or "", ttl_sec=min(LINK_SEC, lives_sec), mime=media.mime, name=name
        )

    def extend(self, caller: Caller, media_id: str, ttl_sec: int) -> MediaObject:
        """Let an image live `ttl_sec` seconds from now, or longer if it would anyway.

        Raises:
            MediaUnknown, MediaExpired
        """
        with self._db.begin() as session:
            media = session.get(MediaObject, media_id, with_for_update=True)
            if media is None or media.user_id != caller.id:
                raise MediaUnknown
            if media.path is None or media.expires_at <= utcnow():
                raise MediaExpired
            media.expires_at = max(media.expires_at, utcnow() + timedelta(seconds=ttl_sec))
            return media

    def check_owned(
        self, user_id: int, settings: Mapping[str, Any], kept: Collection[str] = ()
    ) -> None:
        """Whether every media object the settings name is this user's and still there. Those in
        `kept`, which a slot names already, may have expired: the slot keeps them alive.

        Raises:
            SettingsInvalid: `details` names the fields.
        """
        wanted = media_ids(settings)
        with self._db.read() as session:
            found = set(
                session.scalars(
                    select(MediaObject.id).where(
                        MediaObject.id.in_(wanted.values()),
                        MediaObject.user_id == user_id,
                        MediaObject.path.is_not(None),
                        or_(MediaObject.expires_at > utcnow(), MediaObject.id.in_(kept)),
                    )
                )
            )
        problems = {
            f"settings_json.{name}_media_id": [
                Sentence("There is no such image, or it has expired.")
            ]
            for name, media_id in wanted.items()
            if media_id not in found
        }
        if problems:
            raise SettingsInvalid(details=problems)

    def pictures(
        self, user_id: int, settings: Mapping[str, Any], accepted: Collection[str]
    ) -> dict[str, photos.Picture]:
        """The images the settings name, as a provider may be sent them.

        Raises:
            MediaExpired: one of them is gone.
        """
        return {
            name: self._picture(user_id, media_id, frozenset(accepted))
            for name, media_id in media_ids(settings).items()
        }

    def _picture(self, user_id: int, media_id: str, accepted: frozenset[str]) -> photos.Picture:
        key = (user_id, media_id, accepted)
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        with self._db.read() as session:
            media = session.get(MediaObject, media_id)
        if media is None or media.user_id != user_id or media.path is None:
            raise MediaExpired(details={"media_id": media_id})
        try:
            with self._store.open(media.path) as file:
                data = file.read()
        except FileNotFoundError:
            raise MediaExpired(details={"media_id": media_id}) from None
        picture: photos.Picture = self._offload(
            photos.prepare, data, self.answer_limits, accepted=accepted
        )
        with self._lock:
            self._pictures[key] = picture
            while len(self._pictures) > REMEMBERED_PICTURES:
                self._pictures.popitem(last=False)
        return picture

    def remove_expired(self) -> int:
        """Delete the bytes of what has expired and no slot names, and a week later that it ever
        was; how many objects lost their bytes."""
        with self._db.read() as session:
            pinned = _named(session.execute(select(Slot.settings_json, Slot.ladder)))
            expired = session.scalars(
                select(MediaObject).where(
                    MediaObject.expires_at <= utcnow(), MediaObject.path.is_not(None)
                )
            ).all()
        removed = 0
        for media in expired:
            if media.id in pinned or media.path is None:
                continue
            self._store.delete(media.path)
            with self._db.begin() as session:
                if (row := session.get(MediaObject, media.id)) is not None:
                    row.path = None
            removed += 1
        with self._db.begin(durable=False) as session:
            session.execute(
                delete(MediaObject).where(
                    MediaObject.expires_at <= utcnow() - REMEMBERED_AS_EXPIRED,
                    MediaObject.path.is_(None),
                )
            )
        return removed


def _named(slots: Iterable[tuple[Mapping[str, Any] | None, Sequence[Any] | None]]) -> set[str]:
    """The media that slots with these settings and ladders name."""
    named: set[str] = set()
    for settings, ladder in slots:
        for each in (settings or {}, *(rung["settings_json"] for rung in ladder or ())):
            named.update(media_ids(each).values())
    return named

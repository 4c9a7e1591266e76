"""How uploads in parts end: as a file, refused, given up, forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, BinaryIO

import pytest

from photoai.db import Database
from photoai.errors import (
    FileDigestWrong,
    PhotoDamaged,
    StorageQuotaUsedUp,
    StorageUnavailable,
    TooManyUploads,
    UploadBusy,
    UploadExpired,
    UploadFinished,
    UploadOvertaken,
    UploadTooManyParts,
    UploadUnknown,
)
from photoai.models import Upload, UploadPart
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.files import (
    Files,
    Looks,
    Part,
    Room,
    Span,
    Uploads,
)
from photoai.services.ingest import Form
from photoai.services.storage import Store
from tests.support import photos
from tests.support.uploading import (
    DATA,
    SHA256,
    SIZE,
    SRT,
    Sender,
    change,
    content,
    keys,
    refused,
    sending,
)


def test_another_s_upload_and_one_that_is_not_there_are_the_same(
    send: Sender, uploads: Uploads, owner: Caller, stranger: Caller
) -> None:
    upload = send.begun()
    theirs = Sender(uploads, stranger)
    for upload_id in (upload.id, "unknown"):
        for look in (
            lambda each: theirs(each, 100_000, 180_000),
            lambda each: uploads.get(stranger, each),
            lambda each: uploads.give_up(stranger, each),
        ):
            with refused(UploadUnknown):
                look(upload_id)
    assert uploads.open_ones(stranger) == []
    assert uploads.get(owner, upload.id).received_bytes == 100_000


def test_what_is_given_up_is_gone_with_its_bytes(
    send: Sender, uploads: Uploads, owner: Caller, store: Store
) -> None:
    upload = send.begun()
    send(upload, 100_000, 180_000)
    uploads.give_up(owner, upload.id)
    assert keys(store) == []
    with refused(UploadUnknown):
        send(upload, 180_000, SIZE)
    with refused(UploadUnknown):
        uploads.give_up(owner, upload.id)
    done = send.begun(SIZE)
    with pytest.raises(UploadFinished) as refusal:
        uploads.give_up(owner, done.id)
    assert refusal.value.details == {"file_id": done.file_id}


def test_a_part_that_comes_while_its_upload_is_given_up_leaves_nothing(
    send: Sender, uploads: Uploads, owner: Caller, store: Store
) -> None:
    upload = send.begun()

    def late(file: BinaryIO, max_bytes: int) -> Form:
        uploads.give_up(owner, upload.id)
        return sending(DATA[100_000:])(file, max_bytes)

    with refused(UploadUnknown, 100_000):
        uploads.take(owner, upload.id, Part(Span(100_000, SIZE - 1, SIZE)), late)
    assert keys(store) == []


def test_an_upload_expires_a_day_after_its_last_part(
    send: Sender, uploads: Uploads, owner: Caller, store: Store, database: Database, room: Room
) -> None:
    young, old, done = send.begun(20_000), send.begun(30_000), send.begun(SIZE, name="b.srt")
    assert timedelta(hours=23) < old.expires_at - utcnow() <= timedelta(hours=24)
    change(database, old, expires_at=utcnow())
    change(database, done, expires_at=utcnow())
    assert room.usage(owner).uploads == 1
    for look in (
        lambda: uploads.get(owner, old.id),
        lambda: uploads.give_up(owner, old.id),
        lambda: send(old, 30_000, 40_000),
    ):
        with refused(UploadExpired):
            look()
    assert uploads.remove_expired() == 1
    assert uploads.remove_expired() == 0
    assert keys(store) == ["files", f"uploads/{young.id}"]
    with refused(UploadExpired):
        uploads.get(owner, old.id)
    for each in (old, done):
        change(database, each, expires_at=utcnow() - timedelta(days=8))
    uploads.remove_expired()
    for each in (old, done):
        with refused(UploadUnknown):
            uploads.get(owner, each.id)
    assert send(young, 20_000, 40_000).expires_at > young.expires_at


def test_a_part_that_comes_while_its_upload_is_cleared_away_is_too_late(
    send: Sender, uploads: Uploads, owner: Caller, store: Store, database: Database
) -> None:
    upload = send.begun()

    def late(file: BinaryIO, max_bytes: int) -> Form:
        change(database, upload, expires_at=utcnow())
        assert uploads.remove_expired() == 1
        return sending(DATA[100_000:])(file, max_bytes)

    with refused(UploadOvertaken, 0):
        uploads.take(owner, upload.id, Part(Span(100_000, SIZE - 1, SIZE)), late)
    assert keys(store) == []


def test_open_uploads_take_the_room_of_what_they_are_to_become(
    send: Sender, uploads: Uploads, files: Files, owner: Caller, stranger: Caller, room: Room,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    limit_bytes = 2 * SIZE + 100_000
    monkeypatch.setattr(room, "_limit_bytes", lambda caller: limit_bytes)
    upload = send.begun(10_000)
    usage = room.usage(owner)
    assert (usage.uploads, usage.uploading_bytes, usage.size_bytes) == (1, SIZE, 0)
    assert usage.left_bytes == limit_bytes - SIZE
    send.begun(10_000, name="b.srt")
    usage = room.usage(owner)
    with pytest.raises(StorageQuotaUsedUp) as refusal:
        send.begun(20_000, name="c.srt")
    assert refusal.value.details == {
        "received_bytes": 0, "used_bytes": 0, "limit_bytes": limit_bytes, "size_bytes": SIZE,
        "uploading_bytes": 2 * SIZE, "left_bytes": limit_bytes - 2 * SIZE,
    }  # fmt: skip
    assert send.begun(10_000).id == upload.id, "that is the same one, which has its room"
    with pytest.raises(StorageQuotaUsedUp):
        files.take(owner, sending(SRT + b"\n" * (limit_bytes - 2 * SIZE)))
    Sender(uploads, stranger).begun()
    send(upload, 10_000, SIZE)
    usage = room.usage(owner)
    assert (usage.uploads, usage.uploading_bytes, usage.size_bytes) == (1, SIZE, SIZE)


def test_room_that_went_meanwhile_is_missed_in_the_end_and_may_come_back(
    send: Sender, files: Files, owner: Caller, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = send.begun()
    with monkeypatch.context() as smaller:
        smaller.setattr(room, "_limit_bytes", lambda caller: SIZE - 1)
        with refused(StorageQuotaUsedUp, SIZE):
            send(upload, 100_000, SIZE)
    assert content(files, owner, send(upload, 100_000, SIZE)) == DATA


def test_a_digest_that_was_promised_is_kept_to(
    send: Sender, uploads: Uploads, owner: Caller, store: Store, room: Room
) -> None:
    for sha256, last in (("0" * 64, None), (None, "0" * 64)):
        upload = send.begun(sha256=sha256)
        with refused(FileDigestWrong, SIZE) as refusal:
            send(upload, 100_000, SIZE, sha256=last)
        assert refusal.value.details["sha256"] == SHA256
        assert (keys(store), room.usage(owner).uploads) == ([], 0)
        with pytest.raises(FileDigestWrong):
            uploads.get(owner, upload.id)
    assert send(send.begun(), 100_000, SIZE, sha256=SHA256).file_id


def test_what_is_no_file_of_ours_is_refused_once_and_for_all(
    uploads: Uploads, owner: Caller, store: Store
) -> None:
    send = Sender(uploads, owner, photos.png()[:999] + bytes(SIZE - 999))
    upload = send.begun()
    for _ in range(2):
        with pytest.raises(PhotoDamaged):
            send(upload, 100_000, SIZE)
    assert keys(store) == []
    uploads.give_up(owner, upload.id)
    assert send.begun().id != upload.id


def test_a_storage_that_is_away_in_the_end_is_waited_for(
    send: Sender, files: Files, owner: Caller, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = send.begun()
    write = store.write

    def full(key: str, **how: Any) -> Any:
        if key.startswith("files"):
            raise StorageUnavailable(retry_after=5)
        return write(key, **how)

    with monkeypatch.context() as away:
        away.setattr(store, "write", full)
        with refused(StorageUnavailable, SIZE):
            send(upload, 100_000, SIZE)
    assert send.uploads.get(owner, upload.id).received_bytes == SIZE
    assert content(files, owner, send(upload, 100_000, SIZE)) == DATA
    assert keys(store) == ["files"]


def test_only_one_puts_a_file_together_until_it_is_dead(
    send: Sender, uploads: Uploads, owner: Caller, store: Store, database: Database, files: Files
) -> None:
    upload = send.begun()
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(uploads._finishing, "finish", lambda caller, upload: upload)
        send(upload, 100_000, SIZE)
    change(database, upload, claim="another", claimed_until=utcnow() + timedelta(seconds=9))
    with refused(UploadBusy, SIZE) as busy:
        send(upload, 100_000, SIZE)
    assert busy.value.retry_after
    change(database, upload, claimed_until=utcnow() - timedelta(seconds=1))
    assert content(files, owner, send(upload, 100_000, SIZE)) == DATA


def interrupted(looks: Looks, by: Callable[[], None]) -> Callable[..., Any]:
    """A look into a file during which something else happens."""
    into = looks.into

    def look(*about: Any) -> Any:
        by()
        return into(*about)

    return look


def test_who_has_lost_the_claim_publishes_nothing(
    send: Sender, looks: Looks, store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = send.begun()
    monkeypatch.setattr(
        looks, "into", interrupted(looks, lambda: change(database, upload, claim="another"))
    )
    with refused(UploadBusy, SIZE):
        send(upload, 100_000, SIZE)
    assert keys(store) == [f"uploads/{upload.id}"] * 2


def test_what_is_given_up_while_it_is_put_together_is_not_published(
    send: Sender, uploads: Uploads, owner: Caller, looks: Looks, store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    upload = send.begun()
    monkeypatch.setattr(
        looks, "into", interrupted(looks, lambda: uploads.give_up(owner, upload.id))
    )
    with refused(UploadUnknown, SIZE):
        send(upload, 100_000, SIZE)
    assert keys(store) == []


def test_there_are_not_uploads_and_parts_without_end(
    send: Sender, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photoai.services.files.room.UPLOADS_AT_ONCE", 2)
    monkeypatch.setattr("photoai.services.files.arrivals.PARTS_MAX", 2)
    small = Sender(send.uploads, send.caller, SRT)
    upload = small.begun(10)
    small.begun(11)
    with refused(TooManyUploads, 0):
        small.begun(12)
    assert small.begun(10).id == upload.id
    small(upload, 10, 12)
    with refused(UploadTooManyParts, 12):
        small(upload, 12, 14)
    assert len(keys(store)) == 3


def test_parts_go_with_the_account(send: Sender, owner: Caller, database: Database) -> None:
    from photoai.models import User

    send.begun()
    with database.begin() as session:
        session.delete(session.get_one(User, owner.id))
    with database.read() as session:
        assert (session.query(Upload).count(), session.query(UploadPart).count()) == (0, 0)

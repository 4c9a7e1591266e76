"""Files of accounts over each database and each storage."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, BinaryIO

import pytest

from photoai.db import Database
from photoai.errors import (
    FileEmpty,
    FileLinkExpired,
    FileMissing,
    FileTypeNotTaken,
    FileUnknown,
    PhotoaiError,
    StorageQuotaUsedUp,
    StorageUnavailable,
    TooManyFiles,
    Unauthorized,
    UploadTooLarge,
)
from photoai.models import User, UserFile
from photoai.offload import run_here
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.files import FileQuery, Files, Looks, PictureLimits, Probes, Room
from photoai.services.ingest import Form
from photoai.services.secrets import Secrets
from photoai.services.storage import Store
from tests.support import photos, sent

LIMIT_BYTES, MAX_BYTES = 100_000, 60_000
SRT = sent.SRT.encode()


@pytest.fixture
def files(database: Database, store: Store) -> Files:
    probes = Probes(
        clip=lambda path: {"read": path.read_bytes()[4:8].decode()},
        sound=lambda *_: {},
        font=lambda _: {},
    )
    looks = Looks(probes, run_here, PictureLimits(MAX_BYTES, 1_000_000))
    room = Room(database, lambda caller: LIMIT_BYTES)
    return Files(database, store, Secrets("a key"), looks, room, MAX_BYTES)


def sending(data: bytes, name: str = "clip.srt", files: int = 1) -> Callable[..., Form]:
    def receive(file: BinaryIO, max_bytes: int) -> Form:
        if len(data) > max_bytes:
            raise UploadTooLarge(details={"max_bytes": max_bytes})
        file.write(data)
        digest = hashlib.sha256(data).hexdigest()
        return Form({}, files, len(data), digest, file_name=name)

    return receive


def keys(store: Store) -> set[str]:
    return {file.key for file in store.stored("files")}


def filler(size_bytes: int) -> bytes:
    return SRT + b"\n" * (size_bytes - len(SRT))


def age(database: Database, file: UserFile, **times: Any) -> None:
    with database.begin() as session:
        for name, moment in times.items():
            setattr(session.get_one(UserFile, file.id), name, moment)


def test_a_file_is_kept_and_read_again(files: Files, owner: Caller, store: Store) -> None:
    file = files.take(owner, sending(SRT, "../Мой.srt"))
    assert (file.name, file.kind, file.mime) == ("Мой.srt", "subtitles", "application/x-subrip")
    assert (file.size_bytes, file.sha256) == (len(SRT), hashlib.sha256(SRT).hexdigest())
    assert file.probe is not None
    assert (file.probe["cues"], file.probe["format"]) == (2, "srt")
    assert keys(store) == {f"files/{file.id}"}
    with files.content(file) as data:
        assert data.read() == SRT


def test_a_file_is_brought_to_whoever_works_on_it(
    files: Files, owner: Caller, store: Store, tmp_path: Path
) -> None:
    file = files.take(owner, sending(SRT, "a.srt"))
    for place in ("one", "two"):  # an order may name a file twice
        assert files.bring(owner.id, file.id, tmp_path / place).sha256 == file.sha256
        assert (tmp_path / place).read_bytes() == SRT
    store.delete(f"files/{file.id}")
    with pytest.raises(FileUnknown):
        files.bring(owner.id, file.id, tmp_path / "three")
    assert not (tmp_path / "three").exists()


def test_a_probe_is_handed_the_bytes_on_this_machines_disk(files: Files, owner: Caller) -> None:
    file = files.take(owner, sending(sent.film(), "clip.mp4"))
    assert (file.kind, file.probe) == ("video", {"read": "ftyp"})


@pytest.mark.parametrize(
    ("receive", "error"),
    [
        (sending(b"<html>"), FileTypeNotTaken), (sending(photos.jpeg()[:900]), PhotoaiError),
        (sending(b""), FileEmpty), (sending(b"", files=0), FileMissing),
        (sending(SRT, files=2), TooManyFiles), (sending(filler(MAX_BYTES + 1)), UploadTooLarge),
    ],
)  # fmt: skip
def test_what_is_refused_leaves_nothing(
    receive: Callable[..., Form], error: type[PhotoaiError], files: Files, owner: Caller,
    store: Store,
) -> None:  # fmt: skip
    with pytest.raises(error):
        files.take(owner, receive)
    assert keys(store) == set()
    assert files.usage(owner).files == 0


def test_whose_probe_fails_is_not_kept(
    database: Database, files: Files, owner: Caller, store: Store
) -> None:
    def broken(path: Path) -> dict[str, Any]:
        raise PhotoaiError("What the probe says.")

    looks = Looks(Probes(broken, lambda *_: {}, broken), run_here, PictureLimits(1, 1))
    room = Room(database, lambda caller: LIMIT_BYTES)
    strict = Files(database, store, Secrets("a key"), looks, room, MAX_BYTES)
    with pytest.raises(PhotoaiError, match="What the probe says"):
        strict.take(owner, sending(sent.film()))
    assert keys(store) == set()


def test_files_are_listed_newest_first_and_by_kind(
    files: Files, owner: Caller, stranger: Caller
) -> None:
    texts = [files.take(owner, sending(SRT, f"{n}.srt")) for n in range(3)]
    picture = files.take(owner, sending(photos.jpeg(64, 48)))
    files.take(stranger, sending(SRT))
    files.delete(owner, texts[1].id)
    found = files.page(owner)
    assert [file.id for file in found.files] == [picture.id, texts[2].id, texts[0].id]
    assert found.total == 3
    assert [file.id for file in files.page(owner, FileQuery(kind="image")).files] == [picture.id]
    second = files.page(owner, FileQuery(page=2, page_size=2))
    assert ([file.id for file in second.files], second.total) == ([texts[0].id], 3)


def test_files_are_found_by_their_names_and_put_in_order(files: Files, owner: Caller) -> None:
    for name, size_bytes in (("Свадьба 10%.srt", 300), ("отпуск.srt", 200), ("ОТПУСК_2.srt", 400)):
        files.take(owner, sending(filler(size_bytes), name))
    files.take(owner, sending(photos.jpeg(64, 48), "a_отпуск.jpg"))

    def names(**wanted: Any) -> list[str]:
        return [file.name for file in files.page(owner, FileQuery(**wanted)).files]

    assert names(search=" Отпуск ") == ["a_отпуск.jpg", "ОТПУСК_2.srt", "отпуск.srt"]
    assert names(search="отпуск", kind="image") == ["a_отпуск.jpg"]
    assert names(search="%") == ["Свадьба 10%.srt"]
    assert names(search="_") == ["a_отпуск.jpg", "ОТПУСК_2.srt"]
    assert names(search="%.srt%") == []
    by_size = names(sort_by="size_bytes", sort_order="asc", kind="subtitles")
    assert by_size == ["отпуск.srt", "Свадьба 10%.srt", "ОТПУСК_2.srt"]
    by_name = names(sort_by="name", sort_order="asc")
    assert by_name == ["a_отпуск.jpg", "отпуск.srt", "ОТПУСК_2.srt", "Свадьба 10%.srt"]
    assert files.page(owner, FileQuery(search="отпуск", page_size=1)).total == 3


def test_a_job_has_the_file_it_was_accepted_with_though_it_is_deleted_meanwhile(
    files: Files, owner: Caller, stranger: Caller, database: Database, tmp_path: Path
) -> None:
    file = files.take(owner, sending(SRT))
    files.delete(owner, file.id)
    assert files.bring(owner.id, file.id, tmp_path / "one").sha256 == file.sha256
    assert (tmp_path / "one").read_bytes() == SRT
    with pytest.raises(FileUnknown):
        files.bring(stranger.id, file.id, tmp_path / "two")
    age(database, file, deleted_at=utcnow() - timedelta(hours=25))
    files.remove_deleted()
    with pytest.raises(FileUnknown):
        files.bring(owner.id, file.id, tmp_path / "two")


def test_many_keep_their_order_and_name_what_is_missing(
    files: Files, owner: Caller, stranger: Caller, tmp_path: Path
) -> None:
    one, two = (files.take(owner, sending(SRT, name)) for name in ("1", "2"))
    theirs = files.take(stranger, sending(SRT))
    wanted = [two.id, one.id, two.id]
    assert [file.id for file in files.many(owner.id, wanted)] == wanted
    assert files.many(owner.id, []) == []
    files.delete(owner, one.id)
    with pytest.raises(FileUnknown) as refusal:
        files.many(owner.id, ["none", two.id, theirs.id, one.id, "none"])
    assert refusal.value.details == {"file_ids": ["none", theirs.id, one.id]}
    with pytest.raises(FileUnknown):
        files.bring(stranger.id, two.id, tmp_path / "two")
    assert list(tmp_path.glob("two")) == []


def test_a_deleted_file_goes_at_once_its_bytes_a_day_later(
    files: Files, owner: Caller, store: Store, database: Database
) -> None:
    kept, file = files.take(owner, sending(SRT)), files.take(owner, sending(SRT))
    token = files.lend(owner, file.id, 3600).token
    files.delete(owner, file.id)
    for look in (
        lambda: files.get(owner, file.id),
        lambda: files.delete(owner, file.id),
        lambda: files.lend(owner, file.id, 60),
        lambda: files.lent(file.id, token),
    ):
        with pytest.raises(FileUnknown):
            look()
    age(database, file, deleted_at=utcnow() - timedelta(hours=23))
    assert files.remove_deleted() == 0
    assert len(keys(store)) == 2
    age(database, file, deleted_at=utcnow() - timedelta(hours=25))
    assert files.remove_deleted() == 1
    assert files.remove_deleted() == 0
    assert keys(store) == {kept.key}
    with database.read() as session:
        assert session.get_one(UserFile, file.id).key is None
    with pytest.raises(FileUnknown):
        files.take_back(owner.id, file.id)
    age(database, file, deleted_at=utcnow() - timedelta(days=8))
    files.remove_deleted()
    with database.read() as session:
        assert session.get(UserFile, file.id) is None
        assert session.get(UserFile, kept.id) is not None


def test_a_storage_that_is_away_is_asked_once_for_all_that_was_deleted(
    files: Files, owner: Caller, store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def away(key: str) -> None:
        asked.append(key)
        raise StorageUnavailable

    for name in "abc":
        file = files.take(owner, sending(SRT, name))
        files.delete(owner, file.id)
        age(database, file, deleted_at=utcnow() - timedelta(hours=25))
    monkeypatch.setattr(store, "delete", away)
    with pytest.raises(StorageUnavailable):
        files.remove_deleted()
    assert len(asked) == 1
    assert files.remove_deleted() == 0


def test_a_link_opens_one_file_until_it_expires(
    files: Files, owner: Caller, stranger: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = files.take(owner, sending(SRT)), files.take(owner, sending(SRT))
    loan = files.lend(owner, file.id, 60)
    assert files.lent(file.id, loan.token).id == file.id
    for wrong in ("", "x", loan.token[:-1], loan.token + "x", "é", other.id):
        with pytest.raises(FileUnknown):
            files.lent(file.id, wrong)
    with pytest.raises(FileUnknown):
        files.lent(other.id, loan.token)
    with pytest.raises(FileUnknown):
        files.lend(stranger, file.id, 60)
    later = utcnow() + timedelta(seconds=61)
    monkeypatch.setattr("photoai.services.files.files.utcnow", lambda: later)
    with pytest.raises(FileLinkExpired):
        files.lent(file.id, loan.token)


def test_the_plans_room_is_the_limit(files: Files, owner: Caller, stranger: Caller) -> None:
    files.take(owner, sending(filler(MAX_BYTES)))
    with pytest.raises(StorageQuotaUsedUp) as refusal:
        files.take(owner, sending(filler(40_001)))
    assert refusal.value.details == {
        "used_bytes": 60_000, "limit_bytes": 100_000, "left_bytes": 40_000,
    }  # fmt: skip
    with pytest.raises(UploadTooLarge):
        files.take(stranger, sending(filler(MAX_BYTES + 1)))
    files.take(owner, sending(filler(40_000)))
    usage = files.usage(owner)
    assert (usage.files, usage.size_bytes, usage.limit_bytes) == (2, 100_000, 100_000)
    with pytest.raises(StorageQuotaUsedUp):
        files.take(owner, sending(SRT))
    files.take(stranger, sending(SRT))


def test_deleting_makes_room_but_not_without_end(files: Files, owner: Caller) -> None:
    for _ in range(4):
        files.delete(owner, files.take(owner, sending(filler(50_000))).id)
    assert files.usage(owner).size_bytes == 0
    with pytest.raises(StorageQuotaUsedUp):
        files.take(owner, sending(SRT))


def test_uploads_all_at_once_cannot_pass_the_limit(
    files: Files, owner: Caller, store: Store
) -> None:
    ready = Barrier(5)

    def late(file: BinaryIO, max_bytes: int) -> Form:
        ready.wait(10)  # all have seen the whole room
        return sending(filler(30_000))(file, max_bytes)

    def take(_: int) -> bool:
        try:
            files.take(owner, late)
        except StorageQuotaUsedUp:
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        taken = list(pool.map(take, range(5)))
    assert taken.count(True) == 3
    assert files.usage(owner).size_bytes == 90_000
    assert len(keys(store)) == 3


def test_what_arrives_at_once_takes_no_more_room_than_there_is(
    files: Files, owner: Caller, stranger: Caller, store: Store
) -> None:
    """Also before anything of it is entered: slow senders must not fill the disk together."""

    def another(file: BinaryIO, max_bytes: int) -> Form:
        file.write(filler(40_000))
        file.write(filler(20_000))
        raise AssertionError("it has no room")

    def slowly(file: BinaryIO, max_bytes: int) -> Form:
        file.write(filler(50_000))
        with pytest.raises(StorageQuotaUsedUp) as refused:
            files.take(owner, another)
        assert refused.value.details["left_bytes"] == 0
        files.take(stranger, sending(SRT))
        raise FileEmpty

    with pytest.raises(FileEmpty):
        files.take(owner, slowly)
    files.take(owner, sending(filler(60_000)))
    assert len(keys(store)) == 2


def test_an_account_that_went_meanwhile_keeps_nothing(
    database: Database, files: Files, owner: Caller, store: Store
) -> None:
    def last_moment(file: BinaryIO, max_bytes: int) -> Form:
        with database.begin() as session:
            session.delete(session.get_one(User, owner.id))
        return sending(SRT)(file, max_bytes)

    with pytest.raises(Unauthorized):
        files.take(owner, last_moment)
    assert keys(store) == set()

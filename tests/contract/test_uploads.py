"""Files sent in parts over each database and each storage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from photoai.errors import (
    ContentRangeInvalid,
    FileTypeNotTaken,
    FileUnknown,
    PartLengthWrong,
    PhotoaiError,
    UploadBytesDiffer,
    UploadDigestDiffers,
    UploadGap,
    UploadIdMissing,
    UploadIncomplete,
    UploadOvertaken,
    UploadSizeDiffers,
    UploadTooLarge,
)
from photoai.services.accounts import Caller
from photoai.services.files import (
    Files,
    Uploads,
)
from photoai.services.storage import Store
from tests.support.uploading import (
    DATA,
    MAX_BYTES,
    SHA256,
    SIZE,
    Sender,
    content,
    keys,
    refused,
)


def test_parts_become_one_file_and_leave_nothing_else(
    send: Sender, files: Files, owner: Caller, store: Store
) -> None:
    upload = send.begun(name="../Мой.srt", sha256=SHA256)
    assert (upload.received_bytes, upload.file_id, upload.name) == (100_000, None, "Мой.srt")
    assert send(upload, 100_000, 180_000).received_bytes == 180_000
    assert keys(store) == [f"uploads/{upload.id}"] * 2
    assert [each.id for each in send.uploads.open_ones(owner)] == [upload.id]
    assert files.page(owner).total == 0
    done = send(upload, 180_000, SIZE)
    file = files.get(owner, done.file_id or "")
    assert (file.name, file.size_bytes, file.sha256) == ("Мой.srt", SIZE, SHA256)
    assert content(files, owner, done) == DATA
    assert keys(store) == ["files"]
    assert send.uploads.open_ones(owner) == []
    assert send.uploads.get(owner, upload.id).file_id == file.id


def test_a_part_sent_again_changes_nothing_and_is_answered_the_same(
    send: Sender, files: Files, owner: Caller, store: Store
) -> None:
    upload = send.begun()
    assert send.begun().id == upload.id, "its first answer was lost"
    for _ in range(2):
        assert send(upload, 100_000, 180_000).received_bytes == 180_000
    assert send(upload, 0, 100_000).received_bytes == 180_000
    assert send(upload, 50_000, 150_000).received_bytes == 180_000, "cut in another way"
    assert send(upload, 120_000, 200_000).received_bytes == 200_000, "some of it is new"
    done = [send(upload, 200_000, SIZE) for _ in range(2)] + [send(upload, 0, 100_000)]
    assert len({each.file_id for each in done}) == 1
    assert content(files, owner, done[0]) == DATA
    assert keys(store) == ["files"]
    assert files.page(owner).total == 1
    files.delete(owner, done[0].file_id or "")
    with refused(FileUnknown, SIZE):
        send(upload, 200_000, SIZE)


def test_one_part_may_be_all_of_it(send: Sender, files: Files, owner: Caller) -> None:
    done = send.begun(SIZE)
    assert content(files, owner, done) == DATA
    assert send.begun(SIZE).file_id == done.file_id
    files.delete(owner, done.file_id or "")
    assert send.begun(SIZE).file_id != done.file_id


def test_a_first_part_is_another_upload_once_a_second_has_followed(
    send: Sender, owner: Caller, stranger: Caller, uploads: Uploads
) -> None:
    upload = send.begun(40_000)
    assert Sender(uploads, stranger).begun(40_000).id != upload.id
    assert send.begun(40_000, name="b.srt").id != upload.id
    send(upload, 40_000, 50_000)
    assert send.begun(40_000).id != upload.id
    assert len(uploads.open_ones(owner)) == 3


@pytest.mark.parametrize(
    ("first", "stop", "how", "error"),
    [
        (100_001, 180_000, {}, UploadGap),
        (180_000, SIZE, {}, UploadGap),
        (100_000, 180_000, {"total": SIZE + 1}, UploadSizeDiffers),
        (100_000, SIZE + 1, {}, ContentRangeInvalid),
        (100_000, 100_000, {}, ContentRangeInvalid),
        (100_000, 180_000, {"data": DATA[100_000:179_999]}, PartLengthWrong),
        (100_000, 180_000, {"data": DATA[100_000:180_001]}, PartLengthWrong),
        (0, 100_000, {"data": DATA[:99_999] + b"x"}, UploadBytesDiffer),
        (90_000, 180_000, {"data": b"x" * 90_000}, UploadBytesDiffer),
        (0, 100_000, {"data": DATA[:99_999]}, PartLengthWrong),
        (100_000, 180_000, {"sha256": "0" * 64}, UploadDigestDiffers),
        (100_000, 180_000, {"cut": True, "data": DATA[100_000:110_000]}, UploadIncomplete),
    ],
)  # fmt: skip
def test_what_does_not_fit_says_why_and_changes_nothing(
    first: int, stop: int, how: dict[str, Any], error: type[PhotoaiError], send: Sender,
    files: Files, owner: Caller, store: Store,
) -> None:  # fmt: skip
    upload = send.begun(sha256=SHA256)
    with refused(error, 100_000):
        send(upload, first, stop, **how)
    assert keys(store) == [f"uploads/{upload.id}"]
    assert send.uploads.get(owner, upload.id).received_bytes == 100_000
    assert content(files, owner, send(upload, 100_000, SIZE)) == DATA


@pytest.mark.parametrize(
    ("first", "stop", "how", "error"),
    [
        (5, 10, {}, UploadIdMissing),
        (0, 10, {"total": 9}, ContentRangeInvalid),
        (0, 10, {"total": MAX_BYTES + 1}, UploadTooLarge),
        (0, 10, {"data": b"123"}, PartLengthWrong),
        (0, 10, {"data": b"123", "cut": True}, UploadIncomplete),
        (0, 100_000, {"data": DATA[:90_000], "cut": True}, UploadIncomplete),
        (0, 10_000, {"data": b"<html>" + b" " * 9_994}, FileTypeNotTaken),
    ],
)  # fmt: skip
def test_what_cannot_be_a_first_part_opens_nothing(
    first: int, stop: int, how: dict[str, Any], error: type[PhotoaiError], send: Sender,
    owner: Caller, store: Store,
) -> None:  # fmt: skip
    with refused(error, 0):
        send(None, first, stop, **how)
    assert (keys(store), send.uploads.open_ones(owner)) == ([], [])


def test_of_a_part_that_is_cut_off_what_came_stays(
    send: Sender, files: Files, owner: Caller, store: Store
) -> None:
    upload = send.begun()
    with refused(UploadIncomplete, 180_000):
        send(upload, 100_000, SIZE, data=DATA[100_000:180_000], cut=True)
    assert send.uploads.get(owner, upload.id).received_bytes == 180_000
    assert content(files, owner, send(upload, 100_000, SIZE)) == DATA
    assert keys(store) == ["files"]


def test_of_two_at_once_with_the_same_part_one_wins(
    send: Sender, files: Files, owner: Caller, store: Store
) -> None:
    upload, ready = send.begun(), Barrier(2)

    def part(_: int) -> Any:
        try:
            return send(upload, 100_000, 180_000, ready=ready).received_bytes
        except UploadOvertaken as error:
            return error.details

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(part, range(2)))
    assert 180_000 in ends
    assert {"received_bytes": 180_000} in ends
    assert keys(store) == [f"uploads/{upload.id}"] * 2
    assert content(files, owner, send(upload, 180_000, SIZE)) == DATA


def test_of_two_at_once_with_the_first_part_both_have_the_same_upload(
    send: Sender, store: Store
) -> None:
    ready = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        begun = list(pool.map(lambda _: send.begun(ready=ready), range(2)))
    assert begun[0].id == begun[1].id
    assert keys(store) == [f"uploads/{begun[0].id}"]

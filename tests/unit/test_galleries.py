"""What galleries are made with: archives made while they are sent, codes, previews made once."""

from __future__ import annotations

import io
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO

import pytest

from photoai.errors import ResultGone, StorageUnavailable
from photoai.services import qr
from photoai.services.archives import PIECE_BYTES, Member, zipped
from photoai.services.ingest.previews import Kept
from tests.support import photos
from tests.support.waiting import wait_until

NOON = datetime(2026, 11, 21, 12, 30, 6, tzinfo=UTC)
MEGABYTE = 1 << 20


def member(name: str, content: bytes) -> Member:
    return Member(name, len(content), NOON, lambda: io.BytesIO(content))


def gone() -> BinaryIO:
    raise ResultGone


def test_an_archive_holds_every_file_as_it_is() -> None:
    files = {"слот-1.jpg": photos.jpeg(), "empty": b"", "large": b"x" * (2 * PIECE_BYTES + 1)}
    members = [member(name, content) for name, content in files.items()]
    members.insert(1, Member("gone", 1, NOON, gone))
    sent = b"".join(zipped(members))
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        facts = archive.getinfo("слот-1.jpg")
        assert (facts.compress_type, facts.date_time) == (zipfile.ZIP_STORED, NOON.timetuple()[:6])


def test_an_archive_is_begun_at_once_and_never_in_memory_as_a_whole() -> None:
    opened: list[int] = []

    def numbered(number: int) -> Member:
        def open_it() -> BinaryIO:
            opened.append(number)
            return io.BytesIO(bytes(MEGABYTE))

        return Member(f"{number}.jpg", MEGABYTE, NOON, open_it)

    pieces = zipped(map(numbered, range(40)))
    tracemalloc.start()
    try:
        size_bytes = len(next(pieces))
        assert opened == [0]
        size_bytes += sum(map(len, pieces))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size_bytes > 40 * MEGABYTE
    assert peak_bytes < 4 * MEGABYTE


def test_an_archive_that_cannot_be_begun_is_refused_and_not_half_an_answer() -> None:
    def away() -> BinaryIO:
        raise StorageUnavailable

    with pytest.raises(StorageUnavailable):
        zipped([Member("gone", 1, NOON, gone), Member("away", 1, NOON, away)])


def test_who_hangs_up_before_anything_was_sent_leaves_no_file_open() -> None:
    file = io.BytesIO(bytes(MEGABYTE))
    pieces = zipped([Member("one", MEGABYTE, NOON, lambda: file)])
    del pieces
    assert file.closed


def test_a_code_is_small_and_stays_sharp() -> None:
    link = "https://photos.example.com/g/" + "a1" * 21
    assert len(qr.svg(link)) < 6000
    image = photos.opened(qr.png(link))
    assert image.width == image.height >= 500
    assert len(qr.png(link)) < 3000


def test_what_many_want_at_once_is_made_once() -> None:
    kept, made, go_on = Kept(100), [], threading.Event()

    def make() -> bytes:
        made.append(1)
        go_on.wait(10)
        return b"preview"

    got: list[bytes] = []
    wanting = [
        threading.Thread(target=lambda: got.append(kept.get(("a", 1), make))) for _ in range(5)
    ]
    for each in wanting:
        each.start()
    wait_until(lambda: made)
    go_on.set()
    for each in wanting:
        each.join(10)
    assert (len(made), got) == (1, [b"preview"] * 5)


@pytest.mark.parametrize("left_out", [0, 1])
def test_what_is_kept_has_a_bound_and_the_oldest_goes_first(left_out: int) -> None:
    kept = Kept(20)

    def told(name: str) -> Callable[[], bytes]:
        return lambda: name.encode() * 10

    for name in "ab":
        kept.get((name, 1), told(name))
    kept.get(("ab"[1 - left_out], 1), told("?"))
    kept.get(("c", 1), told("c"))
    assert kept.get(("ab"[left_out], 1), told("!")) == b"!" * 10


def test_what_fails_is_tried_again_by_the_next() -> None:
    kept = Kept(100)
    with pytest.raises(ResultGone):
        kept.get(("a", 1), gone)  # type: ignore[arg-type]
    assert kept.get(("a", 1), lambda: b"here") == b"here"

"""Guests' links, their codes, and many photos as one archive."""

from __future__ import annotations

import io
import tracemalloc
import uuid
import xml.etree.ElementTree as ElementTree
import zipfile
from datetime import UTC, datetime

import pytest

from photoai.errors import ResultGone
from photoai.services import qr
from photoai.services.archives import Member, zipped
from photoai.services.secrets import Secrets
from tests.support import codes

LINK = "https://photo.example.com/p/FPaanEK7LCLjjra0RnjS7vqvqGvjI1EwOeOiDHSWvno9"
NOON = datetime(2026, 11, 22, 12, 0, 6, tzinfo=UTC)


def test_a_hidden_token_is_opened_again_and_by_nobody_else() -> None:
    ours, theirs = Secrets("ours"), Secrets("theirs")
    for subject in (uuid.uuid4().bytes, b"x", b"x" * 100):
        token = ours.hidden_token("pickup", subject)
        assert ours.hidden_subject("pickup", token) == subject
        assert ours.hidden_subject("another purpose", token) is None
        assert theirs.hidden_subject("pickup", token) is None
        assert subject.hex() not in token


@pytest.mark.parametrize(
    "guess", ["", "x", "A" * 44, "=" * 44, "é" * 44, "a" * 5000, "\0", "\ud800"]
)
def test_nothing_else_opens(guess: str) -> None:
    assert Secrets("ours").hidden_subject("pickup", guess) is None


def test_a_token_that_was_changed_anywhere_is_another_one() -> None:
    secrets = Secrets("ours")
    token = secrets.hidden_token("pickup", uuid.uuid4().bytes)
    for at, letter in enumerate(token):
        changed = token[:at] + ("A" if letter != "A" else "B") + token[at + 1 :]
        assert secrets.hidden_subject("pickup", changed) is None
    for same_bytes in (token + "=", token + "==", token + "\n", f" {token}"):
        assert secrets.hidden_subject("pickup", same_bytes) is None, "a link has one address"


def test_codes_are_read_by_a_camera() -> None:
    assert codes.read(qr.png(LINK)) == LINK
    drawing = ElementTree.fromstring(qr.svg(LINK))
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert LINK not in qr.svg(LINK)
    assert "<script" not in qr.svg("<script>")


def test_an_archive_holds_what_is_there_as_it_is() -> None:
    photos = {f"{number}.jpg": bytes([number]) * 1000 * number for number in range(1, 4)}

    def gone() -> io.BytesIO:
        raise ResultGone

    members = [
        Member(name, len(data), NOON, lambda data=data: io.BytesIO(data))
        for name, data in photos.items()
    ]
    members.insert(1, Member("gone.jpg", 1, NOON, gone))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(zipped(members))))
    assert archive.testzip() is None
    assert {each.filename: archive.read(each) for each in archive.infolist()} == photos
    assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
    assert archive.infolist()[0].date_time == (2026, 11, 22, 12, 0, 6)


def test_an_archive_of_nothing_is_one() -> None:
    assert zipfile.ZipFile(io.BytesIO(b"".join(zipped([])))).namelist() == []


def test_no_more_than_a_piece_of_an_archive_is_ever_held() -> None:
    size = 8 * 1024 * 1024
    data = bytes(size)
    members = [Member(f"{n}.jpg", size, NOON, lambda: io.BytesIO(data)) for n in range(3)]
    tracemalloc.start()
    try:
        sent = sum(len(piece) for piece in zipped(members))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > 3 * size
    assert peak < 4 * 1024 * 1024

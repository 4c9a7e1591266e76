"""Servers die while a file is sent in parts: it goes on where it was, nothing is left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import sent
from tests.support.fleet import Fleet
from tests.support.parts import FILES, PART_BYTES, InParts
from tests.support.s3 import S3
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
SIZE = 3 * PART_BYTES - 500_000


@pytest.fixture(scope="module")
def data() -> bytes:
    return sent.wav(SIZE / 16_000)[:SIZE]


@pytest.fixture
def bucket(s3: S3) -> str:
    return s3.create_bucket()


@pytest.fixture(params=["folder", "bucket"])
def server(
    request: pytest.FixtureRequest, make_server: Callable[..., Server], s3: S3, bucket: str
) -> Iterator[Server]:
    with make_server(**(s3.settings(bucket) if request.param == "bucket" else {})) as running:
        yield running


def content(client: Client, shown: dict[str, object]) -> bytes:
    return client.get(f"{FILES}/{shown['id']}/content").content


def anew(server: Server) -> None:
    """The server after kill -9; tokens outlive it."""
    server.kill()
    server.start()


def claimed(server: Server, upload: InParts) -> bool:
    query = "SELECT claim IS NOT NULL FROM upload WHERE id = ?"
    with closing(sqlite3.connect(server.folder / "photoai.db")) as database:
        found = database.execute(query, (upload.upload_id,)).fetchone()
    return bool(found and found[0])


def kept(server: Server, s3: S3, bucket: str) -> set[str]:
    media = server.folder / "media"
    here = {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}
    return s3.kept(bucket) | here


def test_an_upload_goes_on_after_kill_9_between_and_within_its_parts(
    server: Server, data: bytes, s3: S3, bucket: str
) -> None:
    serg = server.session()
    upload = InParts(serg, data)
    assert upload.send(0).status_code == 202
    anew(server)
    assert upload.received_bytes() == PART_BYTES
    with upload.hanging(server, PART_BYTES, 2 * PART_BYTES, 2_000_000):
        anew(server)
    assert upload.received_bytes() == PART_BYTES
    assert upload.send(PART_BYTES).json()["received_bytes"] == 2 * PART_BYTES
    anew(server)
    shown = upload.rest()
    assert content(serg, shown) == data
    whole = {key for key in kept(server, s3, bucket) if not key.startswith("unpublished/")}
    assert whole == {f"files/{shown['id']}"}


def test_a_file_that_was_being_put_together_at_kill_9_is_put_together_later(
    server: Server, data: bytes, s3: S3, bucket: str
) -> None:
    serg = server.session()
    upload = InParts(serg, data)
    for first in (0, PART_BYTES):
        assert upload.send(first).status_code == 202
    last = 2 * PART_BYTES
    with upload.hanging(server, last, len(data), len(data) - last):
        wait_until(lambda: claimed(server, upload), 20, "it is being put together")
        server.kill()
    server.start()
    assert upload.received_bytes() == len(data)
    assert serg.get(FILES).json()["data"] == [], "nothing half-made is seen"
    last = len(data) - 1  # any bytes of it will do
    busy = upload.send(last)
    assert busy.status_code in {201, 409}
    if busy.status_code == 409:
        assert busy.json()["error"]["code"] == "upload_busy"
        assert busy.headers["Retry-After"]
    wait_until(lambda: upload.send(last).status_code == 201, 30, "the dead one's claim has run out")
    (shown,) = serg.get(FILES).json()["data"]
    assert content(serg, shown) == data
    whole = {key for key in kept(server, s3, bucket) if not key.startswith("unpublished/")}
    assert f"files/{shown['id']}" in whole
    assert not any(key.startswith("uploads/") for key in whole)


def test_parts_may_come_to_any_process_and_one_of_them_dies(
    make_fleet: Callable[..., Fleet], data: bytes, s3: S3, bucket: str, tmp_path: Path
) -> None:
    with make_fleet(webs=2, workers=0, **s3.settings(bucket)) as fleet:
        one, other = fleet.webs
        upload = InParts(one.session(), data)
        assert upload.send(0).status_code == 202
        token = upload.client.headers["Authorization"]
        with upload.hanging(one, PART_BYTES, 2 * PART_BYTES, 1_000_000):
            one.kill()
        upload.client = Client(other.url)
        upload.client.headers["Authorization"] = token
        shown = upload.rest()
        assert content(upload.client, shown) == data
        assert s3.kept(bucket) == {f"files/{shown['id']}"}

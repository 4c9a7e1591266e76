"""Files in parts through a real server, over a folder and a bucket."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photoai.config import ROOT
from tests.support import sent
from tests.support.booth import read_answer
from tests.support.parts import FILES, PART_BYTES, InParts
from tests.support.s3 import S3
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
SIZE = 3 * PART_BYTES - 500_000


@pytest.fixture(scope="module", params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest) -> Callable[[Server], set[str]]:
    """Says which keys the storage holds."""
    if request.param == "folder":
        return lambda server: {
            path.relative_to(server.folder / "media").as_posix()
            for path in (server.folder / "media").rglob("*")
            if path.is_file()
        }
    s3: S3 = request.getfixturevalue("s3")
    bucket = s3.create_bucket()

    def look(server: Server) -> set[str]:
        return s3.kept(bucket)

    look.settings = s3.settings(bucket)  # type: ignore[attr-defined]
    return look


@pytest.fixture(scope="module")
def server(
    kept: Callable[[Server], set[str]],
    make_server: Callable[..., Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    settings = {"TMPDIR": str(tmp_path_factory.mktemp("tmp")), "UPLOAD_MAX_MB": "40"}
    with make_server(**settings, **getattr(kept, "settings", {})) as running:
        yield running


@pytest.fixture(scope="module")
def serg(server: Server) -> Iterator[Client]:
    with server.session() as client:
        yield client


@pytest.fixture(scope="module")
def data() -> bytes:
    return sent.wav(SIZE / 16_000)[:SIZE]


@pytest.fixture
def upload(serg: Client, data: bytes, request: pytest.FixtureRequest) -> InParts:
    """One that has its first part."""
    upload = InParts(serg, data, f"{request.node.name[:60]}.wav")
    assert upload.send(0).status_code == 202
    return upload


@pytest.fixture(autouse=True)
def nothing_is_left(
    server: Server, serg: Client, kept: Callable[[Server], set[str]]
) -> Iterator[None]:
    """In the end there are the files, and of uploads nothing."""
    yield
    for each in serg.get(f"{FILES}/uploads").json()["data"]:
        assert serg.delete(each["links"]["self"]).status_code == 204
    files = serg.get(f"{FILES}?page_size=100").json()["data"]
    spool = Path(server.environment()["TMPDIR"])

    def is_clean() -> bool:
        return kept(server) == {f"files/{file['id']}" for file in files} and not any(
            spool.iterdir()
        )

    wait_until(is_clean, 20, "nothing but the files is there")


def content(client: Client, shown: dict[str, object]) -> bytes:
    return client.get(f"{FILES}/{shown['id']}/content").content


def test_three_parts_are_one_file_and_cost_no_memory(
    server: Server, serg: Client, upload: InParts, data: bytes
) -> None:
    before = server.rss_bytes()
    answered, done = 0, threading.Event()

    def watch() -> None:
        nonlocal answered
        with server.session(None) as watcher:
            while not done.is_set():
                answered += watcher.get("/healthz").status_code == 200

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        assert upload.send(2 * PART_BYTES).json()["error"]["code"] == "upload_gap"
        assert upload.send(PART_BYTES).headers["Range"] == f"bytes=0-{2 * PART_BYTES - 1}"
        assert upload.send(PART_BYTES).status_code == 202, "its answer was lost"
        before_last = answered
        last = upload.send(2 * PART_BYTES)
        meanwhile = answered - before_last
    finally:
        done.set()
        watcher.join()
    assert last.status_code == 201, last.text
    shown = last.json()
    assert upload.send(2 * PART_BYTES).json() == shown
    assert (shown["kind"], shown["sha256"]) == ("audio", hashlib.sha256(data).hexdigest())
    assert content(serg, shown) == data
    assert server.rss_bytes() - before < 20_000_000
    assert meanwhile > 3, "others are answered while the file is put together"


def test_a_refused_part_is_told_why_however_large_it_is(
    server: Server, upload: InParts, data: bytes
) -> None:
    """The answer reaches the client though nobody reads what it sends."""
    with server.session("igor") as igor:
        theirs = InParts(igor, data)
        theirs.upload_id = upload.upload_id
        assert theirs.send(PART_BYTES).json()["error"]["code"] == "upload_unknown"
        theirs.upload_id = ""
        theirs.data = data * 4
        answer = theirs.send(0)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")
    wrong = upload.send(0, data=b"x" * PART_BYTES)
    assert wrong.json()["error"]["code"] == "upload_bytes_differ"
    assert wrong.json()["error"]["details"] == {"received_bytes": PART_BYTES}
    assert upload.rest()["size_bytes"] == len(data)


def test_what_came_of_a_part_stays_when_its_client_goes(
    server: Server, serg: Client, upload: InParts, data: bytes
) -> None:
    with upload.hanging(server, PART_BYTES, 2 * PART_BYTES, 1_500_000):
        pass
    come = PART_BYTES + 1_500_000
    wait_until(lambda: upload.received_bytes() == come, 10, "what came is kept")
    again = upload.send(PART_BYTES)
    assert again.json()["received_bytes"] == 2 * PART_BYTES, "sent again as a whole"
    assert content(serg, upload.rest()) == data


def test_of_two_clients_with_the_same_part_one_gets_409(
    server: Server, serg: Client, upload: InParts, data: bytes
) -> None:
    half = PART_BYTES // 2
    span = (PART_BYTES, 2 * PART_BYTES)
    with upload.hanging(server, *span, half) as one, upload.hanging(server, *span, half) as other:
        wait_until(lambda: upload.received_bytes() == PART_BYTES, 10, "both are on their way")
        rest = data[PART_BYTES + half : 2 * PART_BYTES]

        def finish(wire: object) -> int:
            wire.sendall(rest)  # type: ignore[attr-defined]
            return read_answer(wire, time.monotonic()).status  # type: ignore[arg-type]

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(finish, (one, other))) == [202, 409]
    assert content(serg, upload.rest()) == data


def test_a_file_that_is_none_leaves_nothing(serg: Client) -> None:
    early = InParts(serg, b"<html>" + bytes(PART_BYTES)).send(0)
    assert (early.status_code, early.json()["error"]["code"]) == (415, "file_type_not_taken")
    damaged = InParts(serg, b"ID3" + bytes(2 * PART_BYTES - 3))
    assert damaged.send(0).status_code == 202
    for _ in range(2):
        late = damaged.send(PART_BYTES)
        assert (late.status_code, late.json()["error"]["code"]) == (422, "file_damaged")


def test_the_documents_curl_lines_send_a_file(
    server: Server, serg: Client, data: bytes, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "http-api.md").read_text()
    start = text.index("FILE=clip.mp4")
    script = text[start : text.index("```", start)]
    clip = tmp_path / "my clip.wav"
    clip.write_bytes(data)
    script = script.replace("FILE=clip.mp4", f"FILE='{clip}'")
    token = str(serg.headers["Authorization"]).removeprefix("Bearer ")
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{script}"], cwd=tmp_path, timeout=60, check=True,
        env={"PATH": "/usr/bin:/bin", "TOKEN": token, "API": server.url}, capture_output=True,
    )  # fmt: skip
    assert hashlib.sha256(data).hexdigest() in done.stdout.decode()
    clip.unlink()

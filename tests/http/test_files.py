"""Files through a real server: how they arrive, how much of them, and what is left of the rest."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.support import sent
from tests.support.booth import Part, form
from tests.support.s3 import S3
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

FILES = "/api/v1/files"
MEGABYTE = 1_000_000
LIMIT_MB = 40


@pytest.fixture(scope="module", params=["folder", "bucket"])
def server(
    request: pytest.FixtureRequest,
    make_server: Callable[..., Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    settings = {"UPLOAD_MAX_MB": str(LIMIT_MB), "TMPDIR": str(tmp_path_factory.mktemp("tmp"))}
    if request.param == "bucket":
        s3: S3 = request.getfixturevalue("s3")
        settings |= s3.settings(s3.create_bucket())
    with make_server(**settings) as running:
        yield running


@pytest.fixture(scope="module")
def serg(server: Server) -> Iterator[Client]:
    with server.session() as client:
        yield client


pytestmark = pytest.mark.slow


def send(client: Client, data: object, name: str = "clip.wav") -> requests.Response:
    return client.post(FILES, files={"file": (name, data)})  # type: ignore[dict-item]


def left_behind(server: Server) -> list[Path]:
    """What is collected and not published, on this machine."""
    folders = (server.folder / "media" / "unpublished", Path(server.environment()["TMPDIR"]))
    return [path for folder in folders if folder.exists() for path in folder.rglob("*")]


def total(client: Client) -> int:
    return int(client.get(FILES).json()["meta"]["total"])


def test_a_large_file_is_streamed_probed_and_read_in_parts(server: Server, serg: Client) -> None:
    data = sent.wav(seconds=30 * MEGABYTE / 16_000)
    before = server.rss_bytes()
    answer = send(serg, data)
    assert answer.status_code == 201, answer.text
    assert server.rss_bytes() - before < 20 * MEGABYTE
    shown = answer.json()
    assert shown["sha256"] == hashlib.sha256(data).hexdigest()
    assert (shown["kind"], shown["mime"]) == ("audio", "audio/wav")
    assert shown["probe"]["duration_sec"] == pytest.approx(1875, abs=0.1)
    assert shown["probe"]["audio"]["codec"] == "pcm_s16le"
    content = serg.get(shown["links"]["content"])
    assert content.content == data
    part = serg.get(shown["links"]["content"], headers={"Range": "bytes=29999990-"})
    assert (part.status_code, part.content) == (206, data[29_999_990:])
    assert left_behind(server) == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_beyond_the_limit_is_refused(server: Server, serg: Client, chunked: bool) -> None:
    before = total(serg)
    body = form([Part("file", bytes((LIMIT_MB + 2) * MEGABYTE), "clip.wav")])
    pieces = (body[at : at + MEGABYTE] for at in range(0, len(body), MEGABYTE))
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary(body)}"}
    try:
        answer = serg.post(FILES, data=pieces if chunked else body, headers=headers)
    except requests.ConnectionError:  # it has stopped listening before all was sent
        pass
    else:
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "upload_too_large"
    assert total(serg) == before
    wait_until(lambda: left_behind(server) == [], what="nothing is left behind")


def boundary(body: bytes) -> str:
    return body.split(b"\r\n", 1)[0].decode().removeprefix("--")


def test_who_leaves_in_the_middle_leaves_nothing(server: Server, serg: Client) -> None:
    before, begun = total(serg), threading.Event()

    def pieces() -> Iterator[bytes]:
        body = form([Part("file", sent.wav(60), "clip.wav")])
        yield body[:500_000]
        begun.set()
        raise ZeroDivisionError

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary(form([]))}"}
    with server.session() as client, pytest.raises(ZeroDivisionError):
        client.post(FILES, data=pieces(), headers=headers)
    assert begun.is_set()
    wait_until(lambda: left_behind(server) == [], what="nothing is left behind")
    assert total(serg) == before


def test_an_empty_file_and_a_damaged_one_are_refused(server: Server, serg: Client) -> None:
    for data, code in (
        (b"", "file_empty"),
        (sent.wav()[:20], "file_damaged"),
        (b"ID3" + bytes(5000), "file_damaged"),
    ):
        answer = send(serg, data)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert left_behind(server) == []


def test_the_server_answers_others_while_a_file_arrives(server: Server, serg: Client) -> None:
    waits: list[float] = []
    done = threading.Event()

    def watch() -> None:
        with server.session(None) as watcher:
            while not done.is_set():
                waits.append(watcher.get("/healthz").elapsed.total_seconds())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        assert send(serg, sent.wav(600)).status_code == 201
    finally:
        done.set()
        watcher.join()
    assert max(waits) < 1


def test_a_clip_is_probed_and_a_damaged_one_refused(serg: Client) -> None:
    whole = sent.film("mp4", "libx264", frames=50)
    shown = send(serg, whole, "clip.mp4").json()
    assert shown["kind"] == "video", shown
    assert (shown["probe"]["video"]["width"], shown["probe"]["video"]["height"]) == (64, 48)
    assert "fresh_frames" not in shown["probe"]["video"]
    for data in (whole[: len(whole) // 2], whole[:40] + bytes(1000)):
        answer = send(serg, data, "clip.mp4")
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["code"].startswith("clip_")
    for container, codec, mime in (
        ("flv", "flv", "video/x-flv"),
        ("vob", "mpeg2video", "video/mpeg"),
    ):
        answer = send(serg, sent.film(container, codec, frames=50))
        assert answer.status_code == 201, answer.text
        assert (answer.json()["kind"], answer.json()["mime"]) == ("video", mime)
    sound = send(serg, sent.sound("mp4", "aac"), "song.mp4").json()
    assert (sound["kind"], sound["mime"]) == ("audio", "audio/mp4")

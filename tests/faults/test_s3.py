"""The storage goes away and comes back: nothing accepted is lost, nothing is ordered twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import pytest

from tests.emulators.example import ExampleEmulator
from tests.support import photos
from tests.support.bad_line import BadLine, Line
from tests.support.booth import BoothAnswer
from tests.support.s3 import S3
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def s3() -> Iterator[S3]:
    """One of its own, to be stopped."""
    with S3() as endpoint:
        yield endpoint


@pytest.fixture
def server(make_server: Callable[..., Server], s3: S3) -> Iterator[Server]:
    with make_server(**s3.settings(s3.create_bucket()), SYNC_RESPONSE_TIMEOUT_SEC="40") as running:
        yield running


@pytest.fixture
def serg(server: Server) -> Iterator[Client]:
    with server.session() as client:
        yield client


@pytest.fixture
def booths() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(10) as pool:
        yield pool


def configure(client: Client, prompt: str) -> None:
    settings = {
        "name": "fault", "provider_id": "example", "operation_id": "change_image",
        "settings_json": {"prompt": prompt},
    }  # fmt: skip
    assert client.put("/api/slots/slot-001", json=settings).status_code == 200


def jobs(client: Client) -> list[dict[str, object]]:
    return client.get("/api/tasks?page_size=100").json()["data"]


def sent(booths: ThreadPoolExecutor, server: Server, count: int) -> list[Future[BoothAnswer]]:
    return [booths.submit(server.booth.send, photos.jpeg(seed=seed)) for seed in range(count)]


def calls(server: Server, emulator: ExampleEmulator) -> int:
    """How many the provider works on: each has a connection."""
    port = urlsplit(emulator.url).port
    return sum(
        bool(wire.raddr) and wire.raddr.port == port and wire.status == psutil.CONN_ESTABLISHED
        for wire in server.worker.net_connections("tcp")
    )


def test_without_storage_nothing_is_accepted_and_with_it_everything_is(
    server: Server, serg: Client, s3: S3
) -> None:
    known = server.booth.send(photos.jpeg()).headers["X-Photoai-Job"]
    s3.halt()
    refused = server.booth.send(photos.jpeg(seed=1))
    assert (refused.status, refused.error["code"]) == (503, "storage_unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.seconds < 10
    answer = serg.get(f"/api/tasks/{known}/result")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_unavailable")
    assert answer.headers["Retry-After"]
    wait_until(lambda: serg.get("/readyz").status_code == 503, 5, "it says so")
    ready = serg.get("/readyz")
    assert (ready.json()["storage"], ready.json()["database"]) == (False, True)
    assert [job["id"] for job in jobs(serg)] == [known]
    s3.start()
    assert server.booth.send(photos.jpeg(seed=1)).status == 200
    assert serg.get(f"/api/tasks/{known}/result").status_code == 200
    wait_until(lambda: serg.get("/readyz").json()["storage"], 5, "it is ready again")


def test_photos_finished_while_the_storage_is_away_are_kept_and_paid_once(
    server: Server, serg: Client, s3: S3, booths: ThreadPoolExecutor, emulator: ExampleEmulator
) -> None:
    configure(serg, "delay=4")
    waiting = sent(booths, server, 4)
    wait_until(lambda: calls(server, emulator) == 4, 20, "all are at the provider")
    s3.halt()
    wait_until(lambda: server.log.count("storage_failed") >= 4, 20, "none of them can be stored")
    assert [job["state"] for job in jobs(serg)] == ["running"] * 4
    s3.start()
    assert [answer.result(40).status for answer in waiting] == [200] * 4
    assert {(job["state"], job["attempt"]) for job in jobs(serg)} == {("succeeded", 1)}


def test_photos_accepted_before_the_storage_went_away_are_made_when_it_is_back(
    server: Server, serg: Client, s3: S3, booths: ThreadPoolExecutor
) -> None:
    configure(serg, "delay=1")
    waiting = sent(booths, server, 10)  # more than the provider takes at once
    wait_until(lambda: len(jobs(serg)) == 10, 10, "all are accepted")
    s3.halt()
    wait_until(lambda: "storage_failed" in server.log, 10, "the storage is missed")
    s3.start()
    assert [answer.result(40).status for answer in waiting] == [200] * 10
    assert {job["state"] for job in jobs(serg)} == {"succeeded"}


def test_a_server_killed_while_the_storage_is_away_finishes_its_photos_later(
    server: Server, serg: Client, s3: S3, booths: ThreadPoolExecutor
) -> None:
    configure(serg, "delay=1")
    waiting = sent(booths, server, 3)
    wait_until(lambda: len(jobs(serg)) == 3, 10, "all are accepted")
    s3.halt()
    server.kill()
    assert all(answer.exception(10) for answer in waiting)
    s3.start()
    server.start()
    wait_until(lambda: {job["state"] for job in jobs(serg)} == {"succeeded"}, 20, "all are made")
    for job in jobs(serg):
        assert photos.opened(serg.get(f"/api/tasks/{job['id']}/result").content).size == (640, 480)


def test_a_storage_that_keeps_silent_is_given_up_and_holds_up_nobody_else(
    make_server: Callable[..., Server], s3: S3, booths: ThreadPoolExecutor
) -> None:
    with BadLine(s3.port) as line:
        bucket = s3.create_bucket()
        with make_server(**s3.settings(bucket, port=line.port)) as server, server.session() as serg:
            line.state = Line.SILENT
            (refused,) = sent(booths, server, 1)
            while not refused.done():
                assert serg.get("/healthz").elapsed.total_seconds() < 1
            assert refused.result().error["code"] == "storage_unavailable"
            assert refused.result().seconds < 30
            ready = serg.get("/readyz")
            assert (ready.json()["storage"], ready.elapsed.total_seconds() < 7) == (False, True)
            line.state = Line.GOOD
            assert server.booth.send(photos.jpeg(seed=3)).status == 200

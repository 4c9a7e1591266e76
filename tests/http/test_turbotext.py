"""A booth's photo through TurboText and back: the real server, the emulated vendor, both ways."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.emulators.gemini_images import greens_inverted
from tests.emulators.turbotext import KEY, TurbotextEmulator
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Client, Server, free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
PHOTO = photos.jpeg(600, 400)


@pytest.fixture(scope="module")
def running() -> Iterator[TurbotextEmulator]:
    with TurbotextEmulator() as emulator:
        yield emulator


@pytest.fixture
def vendor(running: TurbotextEmulator) -> TurbotextEmulator:
    running.clear()
    return running


def settings(vendor: TurbotextEmulator, port: int) -> dict[str, str]:
    return {
        "TURBOTEXT_API_KEY": KEY,
        "TURBOTEXT_BASE_URL": f"{vendor.url}/api_ai",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "SYNC_RESPONSE_TIMEOUT_SEC": "16",
    }


@pytest.fixture(scope="module")
def own_server(make_server: Callable[..., Server], running: TurbotextEmulator) -> Iterator[Server]:
    port = free_port()
    made = make_server(**settings(running, port))
    made.port = port
    with made as server:
        yield server


@pytest.fixture(scope="module")
def operator(own_server: Server) -> Client:
    return own_server.session()


def configure(client: Client, words: str, operation: str = "change_image", **more: object) -> None:
    client.put(
        "/api/slots/slot-002",
        json={
            "provider_id": "turbotext",
            "operation_id": operation,
            "settings_json": {"prompt": words, **more},
        },
    ).raise_for_status()


def send(server: Server, client: Client, words: str) -> BoothAnswer:
    configure(client, words)
    return server.booth.send(PHOTO, slot="slot-002", fields={"id": words})


def is_the_guests(finished: bytes) -> bool:
    """Whether it is what the vendor makes of the guest's photo, and of no other."""
    expected = greens_inverted(photos.opened(PHOTO))
    return photos.difference(photos.opened(finished), expected) < 10


def register(client: Client) -> str:
    files = {"file": ("a.jpg", photos.jpeg(seed=5), "image/jpeg")}
    return str(client.post("/api/media/register", files=files).json()["id"])


def created(vendor: TurbotextEmulator) -> list[dict[str, str]]:
    return [each["params"] | {"method": each["method"]} for each in vendor.seen()["creates"]]


@pytest.mark.parametrize(
    ("operation", "media", "method"),
    [
        ("change_image", None, "generate_image2image"),
        ("style_transfer", "reference_media_id", "mix_images"),
        ("face_swap", "face_media_id", "deepfake_photo"),
    ],
)
def test_every_operation_brings_the_guests_photo_back(
    own_server: Server, operator: Client, vendor: TurbotextEmulator,
    operation: str, media: str | None, method: str,
) -> None:  # fmt: skip
    more = {media: register(operator)} if media else {}
    configure(operator, "watercolour", operation, **more)
    answer = own_server.booth.send(PHOTO, slot="slot-002")
    assert answer.status == 200, answer.body
    assert answer.headers["X-Photoai-Rung"] == "0:turbotext"
    assert photos.opened(answer.body).size == (600, 400)
    assert is_the_guests(answer.body)
    (asked,) = created(vendor)
    assert asked["method"] == method
    assert asked["webhook"].startswith(f"{own_server.url}/api/webhooks/turbotext/")
    job = operator.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
    assert job["result"]["model"] == method


@pytest.mark.parametrize(
    "words",
    ["hook=early", "hook=twice", "hook=foreign", "hook=garbage", "hook=huge", "hook=only",
     "hook=never", "hook=never reconnect=2", "hook=never say=result_html", "say=stray",
     "say=absolute", "say=png", "say=lost", "say=502"],
)  # fmt: skip
def test_however_the_answer_comes_it_is_the_guests_and_billed_once(
    own_server: Server, operator: Client, vendor: TurbotextEmulator, words: str
) -> None:
    answer = send(own_server, operator, words)
    assert answer.status == 200, answer.body
    assert is_the_guests(answer.body)
    assert len(created(vendor)) == 1
    told = [each["status"] for each in vendor.seen()["hooks"]]
    assert all(status is None or 200 <= status < 500 for status in told), told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("say=face", "provider_refused"),
        ("say=forbidden", "provider_refused"),
        ("say=error", "provider_bad_answer"),
        ("say=text", "provider_bad_answer"),
        ("say=html", "provider_bad_answer"),
        ("say=foreign", "provider_bad_answer"),
        ("say=private", "provider_bad_answer"),
        ("say=gone", "provider_bad_answer"),
        ("say=big", "provider_bad_answer"),
    ],
)
def test_what_cannot_be_is_told_in_time_and_not_billed_again(
    own_server: Server, operator: Client, vendor: TurbotextEmulator, words: str, code: str
) -> None:
    answer = send(own_server, operator, words)
    assert (answer.status, answer.error["code"]) == (502, code)
    assert answer.seconds < 10
    assert len(created(vendor)) == 1


def test_a_busy_vendor_is_asked_again(
    own_server: Server, operator: Client, vendor: TurbotextEmulator
) -> None:
    answer = send(own_server, operator, "503=1")
    assert answer.status == 200, answer.body
    assert len(created(vendor)) == 2


def test_who_knows_no_token_delivers_nothing(own_server: Server, operator: Client) -> None:
    address = f"{own_server.url}/api/webhooks/turbotext/guessed"
    statuses = {
        "stranger": requests.post(address, json={"asyncid": 1}, timeout=10).status_code,
        "no json": requests.post(address, data=b"\xff\xfe", timeout=10).status_code,
        "nested": requests.post(address, data=b"[" * 100_000, timeout=10).status_code,
        "huge": requests.post(address, data=b"x" * 2_000_000, timeout=10).status_code,
        "read": requests.get(address, timeout=10).status_code,
        "elsewhere": requests.post(
            address.replace("turbotext", "gemini"), json={"asyncid": 1}, timeout=10
        ).status_code,
    }
    assert statuses == {
        "stranger": 404, "no json": 404, "nested": 404, "huge": 413, "read": 405, "elsewhere": 404,
    }  # fmt: skip


def test_a_killed_server_fetches_what_it_had_ordered_and_orders_nothing_twice(
    make_server: Callable[..., Server], vendor: TurbotextEmulator
) -> None:
    port = free_port()
    server = make_server(**settings(vendor, port))
    server.port = port
    with server, ThreadPoolExecutor(1) as pool:
        with server.session() as client:
            configure(client, "delay=3 hook=never")
        sending = pool.submit(server.booth.send, PHOTO, slot="slot-002")
        wait_until(lambda: _ordered(server), 20, "the vendor has taken the order")
        server.kill()
        assert sending.exception(20) is not None
        server.start()
        with server.session() as client:
            job = wait_until(lambda: _finished(client), 30, "the photo is there")
            image = client.get(f"/api/tasks/{job['id']}/result")
        assert is_the_guests(image.content)
        assert len(created(vendor)) == 1


def test_neither_keys_nor_tokens_are_in_the_log(
    own_server: Server, operator: Client, vendor: TurbotextEmulator
) -> None:
    assert send(own_server, operator, "hook=only").status == 200
    (asked,) = created(vendor)
    token = asked["webhook"].rpartition("/")[2]
    assert KEY not in own_server.log
    assert token not in own_server.log


def _ordered(server: Server) -> bool:
    with sqlite3.connect(server.folder / "photoai.db") as database:
        rows = database.execute("SELECT request_id FROM provider_call").fetchall()
    return any(request_id for (request_id,) in rows)


def _finished(client: Client) -> dict[str, str] | None:
    (job,) = client.get("/api/tasks").json()["data"]
    return job if job["state"] == "succeeded" else None

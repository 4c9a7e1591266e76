"""A booth's photo through Gemini and back: the real server, the real SDK, the emulated API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.server import Client, Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def google() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as running:
        yield running


@pytest.fixture(scope="module")
def gemini_server(make_server: Callable[..., Server], google: GeminiEmulator) -> Iterator[Server]:
    keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC="12", **keys) as server:
        yield server


@pytest.fixture(scope="module")
def operator(gemini_server: Server) -> Client:
    return gemini_server.session()


def configure(client: Client, prompt: str, operation: str = "change_image", **more: object) -> None:
    client.put(
        "/api/slots/slot-002",
        json={
            "name": "gemini",
            "provider_id": "gemini",
            "operation_id": operation,
            "settings_json": {"prompt": prompt, **more},
        },
    ).raise_for_status()


def register(client: Client, seed: int) -> str:
    files = {"file": ("a.jpg", photos.jpeg(seed=seed), "image/jpeg")}
    return str(client.post("/api/media/register", files=files).json()["id"])


def test_the_photo_comes_back_in_the_booths_size_with_its_cost(
    gemini_server: Server, operator: Client
) -> None:
    reference = register(operator, 5)
    configure(operator, "watercolour", "style_transfer", reference_media_id=reference)
    answer = gemini_server.booth.send(photos.jpeg(600, 400), slot="slot-002")
    assert answer.status == 200, answer.body
    finished = photos.opened(answer.body)
    assert (finished.size, finished.format) == ((600, 400), "JPEG")
    assert answer.headers["X-Photoai-Rung"] == "0:gemini"
    job = operator.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
    assert job["result"]["model"] == "gemini-nano-banana-2.1"
    assert job["result"]["cost"] == pytest.approx(0.0336)
    rows = {row["id"]: row for row in operator.get("/api/stats/slots").json()["data"]}
    assert rows["slot-002"]["last_price"] == pytest.approx(0.0336)


@pytest.mark.parametrize(("fit", "told"), [("crop", "cropped"), ("pad", "padded")])
def test_an_answer_of_another_shape_comes_back_in_the_guests(
    gemini_server: Server, operator: Client, fit: str, told: str
) -> None:
    configure(operator, "watercolour", output={"fit": fit})
    guest = photos.encoded(photos.picture(1300, 620), "JPEG", dpi=(300, 300))
    answer = gemini_server.booth.send(guest, slot="slot-002")
    assert answer.status == 200, answer.body
    finished = photos.opened(answer.body)
    assert (finished.size, finished.info["dpi"]) == ((1300, 620), (300, 300))
    job = operator.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
    assert 0.05 < job["result"]["notes"][told] < 0.2


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ("finish=IMAGE_SAFETY", 502, "provider_refused"),
        ("say=quota_daily", 502, "provider_quota"),
    ],
)
def test_what_gemini_will_not_do_is_told_at_once(
    make_server: Callable[..., Server],
    google: GeminiEmulator,
    wish: str,
    status: int,
    code: str,
) -> None:
    with make_server(GEMINI_API_KEY=KEY, GEMINI_BASE_URL=google.url) as server:
        with server.session() as client:
            configure(client, wish)
        answer = server.booth.send(photos.jpeg(), slot="slot-002")
        assert (answer.status, answer.error["code"]) == (status, code)
        assert answer.seconds < 5
        assert KEY not in server.log


def test_a_storm_is_weathered_and_calls_overlap(
    gemini_server: Server, operator: Client, google: GeminiEmulator
) -> None:
    configure(operator, "storm=2")
    assert gemini_server.booth.send(photos.jpeg(seed=8), slot="slot-002").status == 200
    configure(operator, "delay=1")
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        sent = pool.map(
            lambda seed: gemini_server.booth.send(photos.jpeg(seed=seed), slot="slot-002"),
            range(20, 24),
        )
        assert [answer.status for answer in sent] == [200] * 4
    assert time.monotonic() - started < 2.5
    assert KEY not in gemini_server.log

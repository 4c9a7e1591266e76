"""Galleries of a real server: an archive that is larger than what it may take, a hall of guests."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator

import pytest

from tests.support import photos
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
PHOTOS, MEGABYTE = 12, 1_000_000


@pytest.fixture(scope="module")
def hall(make_server: Callable[..., Server]) -> Iterator[Server]:
    with make_server() as running:
        yield running


@pytest.fixture(scope="module")
def serg(hall: Server) -> Iterator[Client]:
    """Whose slot has made a dozen large photos."""
    with hall.session("serg") as client:
        settings = {"name": "", "provider_id": "example", "operation_id": "change_image",
                    "settings_json": {"prompt": "delay=0"}}  # fmt: skip
        assert client.put("/api/slots/slot-001", json=settings).status_code == 200
        photo = photos.heavy_jpeg(4)
        for _ in range(PHOTOS):
            answer = hall.booth.send(photo, slot="slot-001")
            assert answer.status == 200, answer.body
        yield client


def test_an_archive_is_larger_than_what_it_takes_to_make_it(hall: Server, serg: Client) -> None:
    serg.get("/api/gallery.zip?slot_id=slot-001", stream=True).close()  # everything is loaded
    hall.forget_peak()
    before = hall.peak_bytes()
    answer = serg.get("/api/gallery.zip?slot_id=slot-001")
    taken = hall.peak_bytes() - before
    assert len(answer.content) > PHOTOS * MEGABYTE
    assert taken < 4 * MEGABYTE
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(archive.namelist()) == PHOTOS
        assert archive.testzip() is None


def test_who_hangs_up_leaves_nothing_open(hall: Server, serg: Client) -> None:
    def results_open() -> list[str]:
        return [each.path for each in hall.worker.open_files() if "/results/" in each.path]

    answer = serg.get("/api/gallery.zip", stream=True)
    assert answer.raw.read(1000)
    answer.close()
    wait_until(lambda: not results_open(), what="all files are closed")
    assert serg.get("/healthz").status_code == 200


def test_a_hall_of_guests_looks_at_once_while_a_booth_goes_on(hall: Server, serg: Client) -> None:
    link = serg.post("/api/gallery/links", json={"hours": 1}).json()["url"]
    page = serg.get(link).text
    names = [part.split('"')[0] for part in page.split('id="shot-')[1:]]
    assert len(names) == PHOTOS
    wrong: list[object] = []

    def look() -> None:
        with hall.session(None) as guest:
            for name in names:
                answer = guest.get(f"{link}/{name}/small")
                if answer.status_code != 200:
                    wrong.append(answer.status_code)

    hall.forget_peak()
    before = hall.peak_bytes()
    guests = [threading.Thread(target=look) for _ in range(30)]
    for each in guests:
        each.start()
    answer = hall.booth.send(photos.guest(), slot="slot-001")
    for each in guests:
        each.join(60)
    assert (answer.status, wrong) == (200, [])
    assert hall.peak_bytes() - before < 200 * MEGABYTE, "no more than two are decoded at once"
    serg.delete(f"/api/gallery/links/{serg.get('/api/gallery/links').json()['data'][0]['id']}")
    assert serg.get(f"{link}/{names[0]}/small").status_code == 404

"""Photos whose booth has gone: their guests' links and their operator's tray, on a real server."""

from __future__ import annotations

import io
import itertools
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support import photos
from tests.support.booth import Part, form, read_answer
from tests.support.listener import Listener
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

SEEDS = itertools.count(500)
SECRET = ("job_id", "slot", "model", "cost", "links", "result", "serg")


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A booth's patience ends after 5 s; three may listen by links."""
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC="5", LIVE_STREAMS_MAX="6") as running:
        yield running


@pytest.fixture(scope="module")
def serg(server: Server) -> Client:
    return server.session("serg")


@pytest.fixture(autouse=True)
def nothing_is_late(serg: Client) -> None:
    serg.post("/api/late/done")


@pytest.fixture
def guest(server: Server) -> Iterator[Client]:
    with server.session(None) as stranger:
        yield stranger


@pytest.fixture
def listen(server: Server) -> Iterator[Callable[..., Listener]]:
    opened: list[Listener] = []

    def begin(client: Client, link: str, **how: Any) -> Listener:
        opened.append(Listener(server, client, link.removeprefix(server.url), **how))
        return opened[-1]

    yield begin
    for each in opened:
        each.close()


def in_tray(serg: Client) -> dict[str, Any]:
    return {job["id"]: job for job in serg.get("/api/late").json()["data"]}


def late_photo(server: Server, slot: str) -> dict[str, str]:
    answer = server.booth.send(photos.jpeg(), slot=slot)
    assert (answer.status, answer.error["code"]) == (504, "provider_timeout")
    details: dict[str, str] = answer.error["details"]
    return details


def test_a_guest_sees_the_photo_a_booth_did_not_wait_for(
    server: Server, serg: Client, slot: Callable[..., str], guest: Client,
    listen: Callable[..., Listener],
) -> None:  # fmt: skip
    details = late_photo(server, slot("delay=6"))
    link, job_id = details["pickup_url"], details["job_id"]
    assert link.startswith(f"{server.url}/p/")
    assert in_tray(serg)[job_id]["late"] is True
    guest.headers["Authorization"] = ""
    ears = listen(guest, f"{link}/events")
    assert guest.get(f"{link}/photo").status_code == 202
    last = ears.wait_for(lambda event: event.kind == "end")
    assert last.data["state"] == "ready"
    heard = str([event.data for event in ears.events])
    assert not [word for word in SECRET if word in heard], heard
    again = listen(guest, f"{link}/events", last_id=last.id)
    assert again.status == 204, "who knows the end is told nothing more"
    photo = guest.get(f"{link}/photo")
    assert photos.opened(photo.content).size == (640, 480)
    assert serg.get(f"/api/tasks/{job_id}").json()["pickup_url"] == link
    assert in_tray(serg)[job_id]["state"] == "succeeded"
    with server.session("igor") as igor:
        assert in_tray(igor) == {}
        assert igor.post(f"/api/late/{job_id}/done").status_code == 404
    archive = zipfile.ZipFile(io.BytesIO(serg.get("/api/late.zip").content))
    assert [archive.read(each) for each in archive.namelist()] == [photo.content]
    assert serg.post(f"/api/late/{job_id}/done").json()["late"] is False
    assert in_tray(serg) == {}
    assert guest.get(f"{link}/photo").status_code == 200, "the guest's link goes on working"
    assert link.rpartition("/")[2] not in server.log


def test_a_photo_in_time_has_a_link_and_is_not_late(
    server: Server, serg: Client, slot: Callable[..., str], guest: Client
) -> None:
    answer = server.booth.send(photos.jpeg(), slot=slot())
    link = answer.headers["X-Photoai-Pickup"]
    assert guest.get(f"{link}/photo").content == answer.body
    assert in_tray(serg) == {}
    serg.post("/api/settings/clear_media_cache")
    gone = guest.get(link)
    assert (gone.status_code, guest.get(f"{link}/photo").status_code) == (410, 410)


def test_a_booth_that_hangs_up_leaves_its_photo_in_the_tray(
    server: Server, serg: Client, slot: Callable[..., str], listen: Callable[..., Listener]
) -> None:
    ears = listen(serg, "/api/events")
    where = slot("delay=1.5")
    body = form(server.booth._parts(_part(), None, {}))
    with server.booth.connect() as wire:
        server.booth.send_head(wire, len(body), slot=where)
        wire.sendall(body)
        ears.wait_for(lambda event: event.kind == "state" and event.data["slot_id"] == where)
    told = ears.wait_for(lambda event: event.data.get("late") is True)
    assert told.data["slot_id"] == where
    job_id = told.data["id"]
    assert wait_until(lambda: in_tray(serg).get(job_id), 5, "it is in the tray")
    assert '"photo_not_delivered"' in server.log
    handed = serg.post("/api/late/done", json={"ids": [job_id]}).json()
    assert (handed["handed_over"], in_tray(serg)) == (1, {})
    undo = {"receipt": handed["receipt"]}
    with server.session("igor") as igor:
        assert igor.post("/api/late/undo", json=undo).json() == {"put_back": 0}
    assert [serg.post("/api/late/undo", json=undo).json()["put_back"] for _ in "12"] == [1, 0]
    ears.wait_for(lambda event: event.data.get("late") is False)
    assert list(in_tray(serg)) == [job_id]
    page = serg.get("/api/late?page=2&page_size=1").json()
    assert page == {"data": [], "meta": {"page": 2, "page_size": 1, "total": 1}}
    for wrong in ({}, {"receipt": ""}, {"receipt": 7}, {"receipt": "x" * 101}):
        assert serg.post("/api/late/undo", json=wrong).status_code == 422
    assert serg.get("/api/late?page=0").status_code == 422


def test_a_booth_that_takes_all_and_closes_at_once_has_its_photo(
    server: Server, serg: Client, slot: Callable[..., str]
) -> None:
    body, where = form(server.booth._parts(_part(), None, {})), slot("delay=0.3")
    for _ in range(5):
        with server.booth.connect() as wire:
            server.booth.send_head(wire, len(body), slot=where)
            wire.sendall(body)
            assert read_answer(wire, time.monotonic()).status == 200
    assert in_tray(serg) == {}


def test_a_booth_that_comes_back_for_its_photo_takes_it_out_of_the_tray(
    server: Server, serg: Client, slot: Callable[..., str]
) -> None:
    fields, where, photo = {"id": "77", "time": "now"}, slot("delay=5"), photos.jpeg(seed=9)
    first = server.booth.send(photo, slot=where, fields=fields)
    assert first.status == 504
    assert list(in_tray(serg)) == [first.error["details"]["job_id"]]
    assert server.booth.send(photo, slot=where, fields=fields).status == 200
    wait_until(lambda: in_tray(serg) == {}, 5, "the booth has it")


def test_photos_of_a_server_that_died_are_in_the_tray(
    make_server: Callable[..., Server],
) -> None:
    """Whether they were at work or waited; what only tried a slot is nobody's photo."""
    where = "slot-003"
    wanted = {
        "provider_id": "example",
        "operation_id": "change_image",
        "settings_json": {"prompt": "delay=3"},
    }
    with make_server() as house:
        with house.session("serg") as serg, ThreadPoolExecutor(4) as booths:
            serg.put(f"/api/slots/{where}", json=wanted).raise_for_status()
            sent = [booths.submit(house.booth.send, _fresh(), slot=where) for _ in range(3)]
            files = {"photo": ("guest.jpg", photos.jpeg(), "image/jpeg")}
            tried = serg.post(f"/api/slots/{where}/test", files=files).json()["id"]
            wait_until(lambda: _under_way(serg) == 4, 10, "all are accepted")
            house.kill()
            assert all(each.exception() is not None for each in sent)
        house.start()
        with house.session("serg") as serg:
            wait_until(lambda: _under_way(serg) == 0, 40, "all are finished")
            tray = in_tray(serg)
            assert len(tray) == 3
            assert tried not in tray
            assert {job["state"] for job in tray.values()} == {"succeeded"}


def test_originals_are_kept_as_long_as_wished_and_a_photo_is_made_once_more(
    server: Server, serg: Client, slot: Callable[..., str]
) -> None:
    where = slot("delay=4")
    before = serg.put("/api/settings", json={"originals_kept_min": 30}).json()
    assert before["originals_kept_min"] == 30
    job_id = late_photo(server, where)["job_id"]
    wait_until(lambda: in_tray(serg)[job_id]["state"] == "succeeded", 10, "the photo")
    again = serg.post(f"/api/tasks/{job_id}/replay?counted=true").json()
    assert (again["late"], again["test"]) == (True, False)
    assert again["pickup_url"] != serg.get(f"/api/tasks/{job_id}").json()["pickup_url"]
    done = wait_until(lambda: in_tray(serg)[again["id"]]["state"] == "succeeded", 10, "it again")
    assert done
    rows = serg.get("/api/stats/slots").json()["data"]
    counted = next(row for row in rows if row["id"] == where)
    assert counted["ever"]["requests"] == 2, "both cost, and both are counted"
    assert serg.post("/api/late/done").json()["handed_over"] == 2
    for wrong in (-1, 1441, "ten", 1.5):
        assert serg.put("/api/settings", json={"originals_kept_min": wrong}).status_code == 422
    assert serg.put("/api/settings", json={"originals_kept_min": 0}).status_code == 200


def test_many_guests_shut_nobody_out(
    server: Server, serg: Client, slot: Callable[..., str], guest: Client,
    listen: Callable[..., Listener],
) -> None:  # fmt: skip
    link = late_photo(server, slot("delay=8"))["pickup_url"]
    guest.headers["Authorization"] = ""
    first = [listen(guest, f"{link}/events") for _ in range(3)]
    assert {each.status for each in first} == {200}
    full = listen(guest, f"{link}/events")
    assert full.status == 503
    assert listen(serg, "/api/events").status == 200, "who runs the evening listens on"
    for each in first:
        each.wait_for(lambda event: event.kind == "end")
    serg.post("/api/late/done")


def _fresh() -> bytes:
    return photos.jpeg(320, 240, seed=next(SEEDS))


def _under_way(client: Client) -> int:
    states = ("queued", "running")
    pages = [client.get("/api/tasks", params={"state": state}).json() for state in states]
    return sum(page["meta"]["total"] for page in pages)


def _part() -> Part:
    return Part("fileToUpload", photos.jpeg(), "DSC_0001.JPG")

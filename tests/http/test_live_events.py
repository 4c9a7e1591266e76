"""Live events over a real server: what changes is told once it did, and nothing is lost."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import jwt
import pytest
from sqlalchemy import create_engine, text

from photoai.services.secrets import Secrets
from tests.support import photos
from tests.support.fleet import Fleet
from tests.support.listener import Listener
from tests.support.postgres import Postgres
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

PER_USER, IN_ALL = 5, 7
LIMITS = {
    "LIVE_HEARTBEAT_SEC": "1",
    "LIVE_STREAMS_PER_USER": str(PER_USER),
    "LIVE_STREAMS_MAX": str(IN_ALL),
}
Listen = Callable[..., Listener]


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    with make_server(**LIMITS) as running:
        yield running


@pytest.fixture
def serg(house: Server) -> Iterator[Client]:
    with house.session("serg") as client:
        yield client


@pytest.fixture
def igor(house: Server) -> Iterator[Client]:
    with house.session("igor") as client:
        yield client


@pytest.fixture
def listen(house: Server) -> Iterator[Listen]:
    opened: list[Listener] = []

    def make(client: Client, path: str = "/api/events", last_id: object = None) -> Listener:
        opened.append(Listener(house, client, path, last_id))
        return opened[-1]

    yield make
    for listener in opened:
        listener.close()
    wait_until(lambda: listeners(house) == 0, 10, "every stream is freed")


def listeners(server: Server) -> int:
    """How many the server last said there are."""
    closed = [line for line in server.log.splitlines() if '"stream_closed"' in line]
    return json.loads(closed[-1])["listeners"] if closed else 0


def save(client: Client, slot: str, name: str = "", **settings: object) -> dict[str, Any]:
    body = {
        "name": name,
        "provider_id": "example",
        "operation_id": "change_image",
        "settings_json": {"prompt": "delay=0", **settings},
    }
    answer = client.put(f"/api/slots/{slot}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def start(client: Client, prompt: str) -> str:
    """A job that runs as its prompt says; its id."""
    update = {
        "provider_id": "example",
        "operation_id": "change_image",
        "settings_json": {"prompt": prompt},
    }
    answer = client.post(
        "/api/slots/slot-001/test",
        files={"photo": photos.jpeg(64, 48)},
        data={"settings": json.dumps(update)},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_one_jobs_stream_tells_how_it_stands_what_changes_and_its_end(
    serg: Client, listen: Listen
) -> None:
    job = start(serg, "delay=0.5")
    heard = listen(serg, f"/api/tasks/{job}/events")
    assert heard.headers["Content-Type"].startswith("text/event-stream")
    assert heard.headers["Cache-Control"] == "no-store"
    assert heard.headers["X-Accel-Buffering"] == "no"
    wait_until(lambda: heard.ended, 15, "the server closes")
    assert heard.kinds()[0] == "state"
    assert heard.kinds()[-2:] == ["state", "end"]
    assert heard.kinds().count("end") == 1
    assert [event.data["state"] for event in heard.events][-2:] == ["succeeded", "succeeded"]
    ids = [event.id or 0 for event in heard.events]
    assert ids == sorted(ids)
    assert heard.events[-1].data == serg.get(f"/api/tasks/{job}").json()
    assert heard.events[-1].data["links"]["events"].endswith(f"/api/tasks/{job}/events")


def test_who_knows_the_end_is_told_to_stay_away(serg: Client, listen: Listen) -> None:
    job = start(serg, "delay=0")
    first = listen(serg, f"/api/tasks/{job}/events")
    wait_until(lambda: first.ended, 15, "the server closes")
    assert listen(serg, f"/api/tasks/{job}/events", first.last_id).status == 204
    for unknown in (None, 0, 2**62):
        again = listen(serg, f"/api/tasks/{job}/events", unknown)
        wait_until(lambda again=again: again.ended, 15, "the server closes")
        assert again.kinds() == ["state", "end"]


def test_everything_of_ones_own_and_nothing_of_others(
    serg: Client, igor: Client, listen: Listen
) -> None:
    hers, his = listen(serg).wait_until_it_began(), listen(igor).wait_until_it_began()
    save(serg, "slot-009", "for serg")
    job = start(serg, "delay=0")
    told = hers.wait_for(lambda event: event.kind == "slot", "the slot")
    assert told.data == serg.get("/api/slots/slot-009").json()
    hers.wait_for(lambda event: event.data["id"] == job and event.data["state"] == "succeeded")
    save(igor, "slot-009", "for igor")
    his.wait_for(lambda event: event.kind == "slot", "his own slot")
    assert [event.data["name"] for event in his.events] == ["for igor"]
    assert {event.data.get("name") for event in hers.events} == {"for serg", None}


def test_a_slot_that_is_freed_or_counts_anew_is_told(serg: Client, listen: Listen) -> None:
    save(serg, "slot-010", "to be freed")
    heard = listen(serg).wait_until_it_began()
    assert serg.post("/api/slots/slot-010/reset_stats").status_code == 204
    heard.wait_for(lambda event: event.data["last_reset_at"] is not None)
    assert serg.delete("/api/slots/slot-010/settings").status_code == 204
    heard.wait_for(lambda event: event.data["is_configured"] is False)


def test_unfinished_jobs_are_told_first(serg: Client, listen: Listen) -> None:
    ended, running = start(serg, "delay=0"), start(serg, "delay=2")
    wait_until(lambda: serg.get(f"/api/tasks/{ended}").json()["state"] == "succeeded", 10)
    heard = listen(serg).wait_until_it_began()
    told = {event.data["id"] for event in heard.events}
    assert running in told
    assert ended not in told


def test_who_comes_back_has_missed_nothing(serg: Client, listen: Listen) -> None:
    heard = listen(serg).wait_until_it_began()
    seen: set[tuple[str, str]] = set()
    wanted: set[tuple[str, str]] = set()
    for number in range(4):
        wanted |= {("slot-011", save(serg, "slot-011", f"round {number}")["updated_at"])}
        job = start(serg, "delay=0")
        heard.close()
        # Only the last of what changed while nobody listened is there to be told.
        last = save(serg, f"slot-{20 + number:03}")
        wait_until(lambda job=job: serg.get(f"/api/tasks/{job}").json()["state"] == "succeeded", 10)
        wanted |= {(f"slot-{20 + number:03}", last["updated_at"]), (job, "succeeded")}
        seen |= {_mark(event.data) for event in heard.events}
        heard = listen(serg, last_id=heard.last_id).wait_until_it_began()
    wait_until(lambda: not wanted - seen - {_mark(event.data) for event in heard.events}, 10,
               "nothing is missing")  # fmt: skip


def _mark(data: dict[str, Any]) -> tuple[str, str]:
    return data["id"], data.get("updated_at") or data["state"]


def test_an_id_from_another_database_is_answered_with_what_there_is(
    serg: Client, listen: Listen
) -> None:
    running = start(serg, "delay=2")
    heard = listen(serg, last_id=2**62).wait_until_it_began()
    assert running in [event.data["id"] for event in heard.events]
    assert heard.last_id is not None
    assert heard.last_id < 2**62


@pytest.mark.parametrize("given", ["-1", "x", "1.5", "9" * 19, "1" * 30, "\u0661".encode()])
def test_ids_that_were_never_sent_are_refused(serg: Client, given: Any) -> None:
    answer = serg.get("/api/events", headers={"Last-Event-ID": given})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "last_event_id_invalid")


def test_a_strangers_job_is_not_there(serg: Client, igor: Client) -> None:
    job = start(serg, "delay=0")
    assert igor.get(f"/api/tasks/{job}/events").status_code == 404
    assert igor.get("/api/tasks/nothing/events").status_code == 404


def test_a_silent_stream_has_a_beat(serg: Client, listen: Listen) -> None:
    heard = listen(serg)
    wait_until(lambda: heard.comments >= 2, 5, "two beats a second apart")


def test_who_signs_out_hears_nothing_more(house: Server, listen: Listen) -> None:
    with house.session("serg") as leaving:
        heard = listen(leaving).wait_until_it_began()
        assert leaving.post("/api/logout").status_code == 204
        wait_until(lambda: heard.ended, 5, "the stream ends")


def test_a_stream_ends_with_its_token(house: Server, serg: Client, listen: Listen) -> None:
    known = jwt.decode(
        str(serg.headers["Authorization"]).split()[1], options={"verify_signature": False}
    )
    key = Secrets(house.credentials["secret_key"]).key_for("jwt")
    short = jwt.encode(known | {"exp": time.time() + 2.5}, key, "HS256")
    serg.headers["Authorization"] = f"Bearer {short}"
    heard = listen(serg).wait_until_it_began()
    wait_until(lambda: heard.ended, 6, "the stream ends")
    assert heard.comments in (1, 2, 3)


def test_streams_are_counted_by_user_and_in_all(serg: Client, igor: Client, listen: Listen) -> None:
    own = [listen(serg).wait_until_it_began() for _ in range(PER_USER)]
    answer = serg.get("/api/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_streams")
    assert answer.headers["Retry-After"] == "1"
    for _ in range(IN_ALL - PER_USER):
        listen(igor).wait_until_it_began()
    answer = igor.get("/api/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_room_to_listen")
    own[0].close()
    wait_until(lambda: listen(serg).status == 200, 5, "there is room again at once")


def test_cancelling_a_job_that_is_about_to_end_ends_it_once(serg: Client, listen: Listen) -> None:
    for delay_sec in (0, 0.01, 0.02, 0.05, 0.1):  # some of them end before they are cancelled
        job = start(serg, f"delay={delay_sec}")
        heard = listen(serg, f"/api/tasks/{job}/events")
        assert serg.delete(f"/api/tasks/{job}").status_code in (202, 409)
        wait_until(lambda heard=heard: heard.ended, 10, "the server closes")
        assert heard.kinds().count("end") == 1
        last, end = heard.events[-2:]
        assert (last.kind, end.kind, last.data) == ("state", "end", end.data)
        assert end.data["state"] in {"succeeded", "cancelled"}


def test_a_restart_is_announced_and_not_held_up(make_server: Callable[..., Server]) -> None:
    server = make_server().start()
    try:
        with server.session() as serg, server.session("igor") as igor:
            heard = [Listener(server, each).wait_until_it_began() for each in (serg, igor)]
            job = start(serg, "delay=3")
            heard.append(Listener(server, serg, f"/api/tasks/{job}/events"))
            heard[-1].wait_for(lambda event: event.data["state"] == "running")
            server.terminate()
            assert server.wait(8) == 0
            for listener in heard:
                assert listener.kinds()[-1] == "bye"
                assert "end" not in listener.kinds()
                listener.close()
            server.kill()
            server.start()
            serg.sign_in("serg", server.password())
            with Listener(server, serg, f"/api/tasks/{job}/events", heard[-1].last_id) as back:
                back.wait_for(lambda event: event.kind == "end")
                assert back.events[-1].data["state"] == "succeeded"
    finally:
        server.stop()


def test_who_takes_nothing_is_let_go(make_server: Callable[..., Server]) -> None:
    with make_server() as server, server.session() as serg, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.connect(("127.0.0.1", server.port))
        head = f"Host: x\r\nAuthorization: {serg.headers['Authorization']}"
        deaf.sendall(f"GET /api/events HTTP/1.1\r\n{head}\r\n\r\n".encode())
        with Listener(server, serg).wait_until_it_began() as heard:
            for number in range(100):
                save(serg, "slot-012", f"number {number}", prompt="long " * 300)
            heard.wait_for(lambda event: event.data["name"] == "number 99")
            wait_until(lambda: listeners(server) == 1, 60, "the deaf one is let go")
            assert heard.ended is False
        deaf.close()
        wait_until(lambda: listeners(server) == 0, 60, "nobody listens")
        assert "Traceback" not in server.log


def test_processes_on_one_postgresql_hear_each_other(
    make_server: Callable[..., Server], postgres: Postgres
) -> None:
    url = postgres.create_database()
    shared = {"DATABASE_URL": url, "QUEUE_BACKEND": "postgres", "LIVE_HEARTBEAT_SEC": "1"}
    with make_server(**shared) as one:
        shared["RUNTIME_CREDENTIALS"] = json.dumps(one.credentials)
        with make_server(**shared) as other, one.session() as serg:
            heard = Listener(other, serg).wait_until_it_began()
            save(serg, "slot-013", "before")
            told = heard.wait_for(lambda event: event.data["name"] == "before")
            updated = datetime.fromisoformat(told.data["updated_at"])
            assert told.at - updated.timestamp() < 0.9  # sooner than anybody looks
            _end_listeners(url)
            save(serg, "slot-013", "meanwhile")
            heard.wait_for(lambda event: event.data["name"] == "meanwhile")
            heard.close()


def test_who_comes_back_again_and_again_while_much_changes_sees_where_it_ends(
    make_fleet: Callable[..., Fleet],
) -> None:
    seen: dict[str, str] = {}
    with make_fleet() as fleet, ThreadPoolExecutor(4) as pool:
        server = fleet.web
        clients = [server.session() for _ in range(4)]
        began = Listener(server, clients[0]).wait_until_it_began()
        began.close()
        last_id = began.last_id
        working = [pool.submit(_work, client, 20 + at) for at, client in enumerate(clients)]
        rounds = 0
        while not all(each.done() for each in working) or rounds < 5:
            with Listener(server, clients[0], last_id=last_id).wait_until_it_began() as heard:
                wait_until(lambda heard=heard: heard.events, 5, "something is told")
            seen |= {event.data["id"]: _mark(event.data)[1] for event in heard.events}
            last_id, rounds = heard.last_id, rounds + 1
        with Listener(server, clients[0], last_id=last_id).wait_until_it_began() as heard:
            seen |= {event.data["id"]: _mark(event.data)[1] for event in heard.events}
        for each in working:
            assert each.result().items() <= seen.items()
        for client in clients:
            client.close()


def _work(client: Client, number: int) -> dict[str, str]:
    """Save a slot and run jobs; what each of them comes to."""
    slot, last = f"slot-{number:03}", ""
    jobs = []
    for turn in range(12):
        last = save(client, slot, f"turn {turn}")["updated_at"]
        jobs.append(start(client, "delay=0"))
    for job in jobs:
        wait_until(
            lambda job=job: client.get(f"/api/tasks/{job}").json()["state"] == "succeeded", 20
        )
    return {slot: last, **dict.fromkeys(jobs, "succeeded")}


def _end_listeners(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        ended = connection.scalar(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'photoai listener' AND datname = current_database()"
            )
        )
    engine.dispose()
    assert ended == 2

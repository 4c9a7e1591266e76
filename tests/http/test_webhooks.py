"""Webhooks of the real server to a real receiver: signed, tried again, surviving kill -9."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import photos
from tests.support.postgres import Postgres
from tests.support.receiver import Receiver
from tests.support.server import Client, Server, free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
PHOTO = photos.jpeg(320, 240)
HASTY = {
    "FETCH_ALLOWED_HOSTS": "LocalHost, 127.0.0.1",
    "WEBHOOK_RETRIES_SEC": "0.1,0.2,0.2,0.2",
    "WEBHOOK_TIMEOUT_SEC": "2",
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def teller(make_server: Callable[..., Server]) -> Iterator[Server]:
    port = free_port()
    made = make_server(PUBLIC_BASE_URL=f"http://127.0.0.1:{port}", **HASTY)
    made.port = port
    with made as server:
        yield server


@pytest.fixture
def client(teller: Server) -> Iterator[Client]:
    with teller.session() as client:
        yield client


def start(client: Client, url: str, prompt: str = "delay=0", **headers: str) -> dict[str, Any]:
    settings = {
        "provider_id": "example",
        "operation_id": "change_image",
        "settings_json": {"prompt": prompt},
    }
    answer = client.post(
        "/api/slots/slot-002/test",
        files={"photo": ("guest.jpg", PHOTO, "image/jpeg")},
        data={
            "settings": json.dumps(settings),
            "webhook_url": url,
            "metadata": json.dumps({"order": "№ 7"}),
        },
        headers=headers,
    )
    assert answer.status_code in {200, 202}, answer.text
    return dict(answer.json())


def deliveries(client: Client, job: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.get(f"/api/tasks/{job['id']}/deliveries")
    assert answer.status_code == 200, answer.text
    assert answer.json()["meta"]["total"] == len(answer.json()["data"])
    return list(answer.json()["data"])


def settled(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = deliveries(client, job)
        return found[0] if found and found[0]["state"] != "pending" else None

    return wait_until(look, 30, "it is delivered or given up") or {}


def test_a_receiver_verifies_what_it_is_told_and_it_is_what_the_job_says(
    client: Client, receiver: Receiver
) -> None:
    job = start(client, f"http://LOCALHOST:{receiver.server_port}/200/x?y=1", Prefer="wait=20")
    delivery = settled(client, job)
    (told,) = receiver.told
    assert told.is_signed_with(client.get("/api/webhook_secret").json()["secret"])
    assert not told.is_signed_with("another secret")
    assert told.path == "/200/x?y=1"
    assert told.message["job"] == client.get(f"/api/tasks/{job['id']}").json()
    assert told.message["metadata"] == {"order": "№ 7"}
    assert (told.message["event"], delivery["event"]) == ("job.succeeded",) * 2
    assert (delivery["state"], delivery["id"]) == ("delivered", told.delivery)
    assert delivery["url"] == f"http://localhost:{receiver.server_port}/200/x?y=1"
    assert (delivery["next_try_at"], len(delivery["tries"])) == (None, 1)
    assert (delivery["tries"][0]["status"], delivery["tries"][0]["error"]) == (200, None)


def test_a_failure_is_told_as_the_job_tells_it(client: Client, receiver: Receiver) -> None:
    job = start(client, f"{receiver.url}/200", "say=refuse")
    settled(client, job)
    (told,) = receiver.told
    assert told.headers["X-Photoai-Event"] == "job.failed"
    assert told.message["job"] == client.get(f"/api/tasks/{job['id']}").json()
    assert told.message["job"]["error"]["code"] == "provider_refused"


def test_500_then_200_is_delivered_and_five_times_500_is_given_up_until_it_is_sent_again(
    client: Client, teller: Server, receiver: Receiver
) -> None:
    receiver.then = ["500", "200"]
    assert [each["status"] for each in settled(client, start(client, f"{receiver.url}/then"))[
        "tries"
    ]] == [500, 200]  # fmt: skip
    receiver.then = ["500"] * 5 + ["200"]
    job = start(client, f"{receiver.url}/then")
    failed = settled(client, job)
    assert (failed["state"], len(failed["tries"])) == ("failed", 5)
    path = f"/api/tasks/{job['id']}/deliveries/{failed['id']}/redeliver"
    with teller.session("igor") as stranger:
        assert stranger.get(f"/api/tasks/{job['id']}/deliveries").status_code == 404
        assert stranger.post(path).status_code == 404
    with teller.session(None) as nobody:
        assert nobody.post(path).status_code == 401
    assert len(receiver.told) == 7
    again = client.post(path)
    assert (again.status_code, again.json()["id"]) == (202, failed["id"])
    assert settled(client, job)["state"] == "delivered"
    assert receiver.told[-1].delivery == failed["id"]
    unknown = client.post(path.replace(failed["id"], job["id"]))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "webhook_unknown")


def test_a_receiver_that_hangs_leaves_the_server_and_the_others_alone(
    client: Client, receiver: Receiver
) -> None:
    hung = [start(client, f"{receiver.url}/hang") for _ in range(3)]
    wait_until(lambda: len(receiver.of("/hang")) == 3, 10, "three are on their way")
    quick = start(client, f"{receiver.url}/200", Prefer="wait=20")
    assert settled(client, quick)["state"] == "delivered"
    assert client.get("/healthz").elapsed.total_seconds() < 1
    wait_until(lambda: all(deliveries(client, job)[0]["tries"] for job in hung), 20)
    for job in hung:
        first = deliveries(client, job)[0]["tries"][0]
        assert (first["status"], first["error"]) == (None, "deadline")


def test_a_retry_and_a_replay_tell_whom_they_name(client: Client, receiver: Receiver) -> None:
    job = start(client, f"{receiver.url}/200/first", "say=refuse", Prefer="wait=20")
    for path, state in (("retry", "failed"), ("replay", "failed")):
        answer = client.post(
            f"/api/tasks/{job['id']}/{path}",
            json={"webhook_url": f"{receiver.url}/200/{path}", "metadata": {"by": path}},
            headers={"Prefer": "wait=20"},
        )
        assert (answer.status_code, answer.json()["state"]) == (200, state)
        (told,) = wait_until(lambda path=path: receiver.of(f"/200/{path}"), 10)  # type: ignore[misc]
        assert told.message["metadata"] == {"by": path}
        assert told.message["job"]["id"] == answer.json()["id"]
    assert len(deliveries(client, job)) == 2


def test_addresses_inside_are_refused_at_the_door(client: Client, receiver: Receiver) -> None:
    for url in (f"http://[::1]:{receiver.server_port}/", "http://10.0.0.1/", "gopher://a.example"):
        answer = client.post("/api/tasks/none/retry", json={"webhook_url": url})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "webhook_refused")


@pytest.mark.parametrize(("first", "database"), [("hang", "sqlite"), ("503", "postgresql")])
def test_killed_between_a_jobs_end_and_its_delivery_the_server_tells_it_after_the_start(
    make_server: Callable[..., Server], receiver: Receiver, postgres: Postgres,
    first: str, database: str,
) -> None:  # fmt: skip
    receiver.then = [first, "200"]
    settings = {**HASTY, "WEBHOOK_TIMEOUT_SEC": "1", "WEBHOOK_RETRIES_SEC": "2,2,2,2"}
    if database == "postgresql":
        settings["DATABASE_URL"] = postgres.create_database()
    with make_server(**settings) as server:
        client = server.session()
        job = start(client, f"{receiver.url}/then")
        wait_until(lambda: len(receiver.told) == 1, 20, "the first try is made")
        server.kill()
        server.start()
        delivery = settled(client, job)
        assert delivery["state"] == "delivered"
        assert {told.delivery for told in receiver.told} == {delivery["id"]}
        assert client.get(f"/api/tasks/{job['id']}").json()["attempt"] == 1
        wait_until(lambda: "webhook_tried" in server.log, 10, "the try is in the log")
        assert receiver.url not in server.log, "an address may hold somebody's token"

"""Nothing accepted is lost, whatever happens to the process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.ledger import configure, jobs
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

PHOTOS = 20


def send_many(server: Server, count: int) -> tuple[list[threading.Thread], list[BoothAnswer]]:
    answers: list[BoothAnswer] = []
    booth = server.booth

    def send(seed: int) -> None:
        try:
            answers.append(booth.send(photos.jpeg(seed=seed)))
        except OSError:
            return  # the server was killed under it

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(count)]
    for thread in threads:
        thread.start()
    return threads, answers


def test_kill_9_with_twenty_accepted_photos_loses_none(make_server: Callable[..., Server]) -> None:
    with make_server() as server:
        client = server.session()
        configure(client, "delay=3")
        threads, _ = send_many(server, PHOTOS)
        wait_until(lambda: len(jobs(client)) == PHOTOS, 20, "all photos are accepted")
        before = {job["state"] for job in jobs(client)}
        server.kill()
        for thread in threads:
            thread.join(20)
        assert before == {"queued", "running"}
        server.start()
        configure(client, "delay=0")
        done = wait_until(
            lambda: [job for job in jobs(client) if job["state"] == "succeeded"][PHOTOS - 1 :], 60
        )
        assert len(done) == 1
        ids = {str(job["id"]) for job in jobs(client)}
        assert len(ids) == PHOTOS
        for job_id in ids:
            result = client.get(f"/api/tasks/{job_id}/result")
            assert result.status_code == 200
            assert photos.opened(result.content).size == (640, 480)
        stored = list((server.folder / "media" / "results").iterdir())
        assert len(stored) == PHOTOS
        assert not list((server.folder / "media" / "unpublished").iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_with_photos_waiting_it_answers_them_all(
    make_server: Callable[..., Server], number: signal.Signals
) -> None:
    with make_server({"max_parallel_jobs": 3}) as server:
        client = server.session()
        configure(client, "delay=2")
        threads, answers = send_many(server, 6)
        wait_until(lambda: len(jobs(client)) == 6, 20, "all photos are accepted")
        os.killpg(server.process.pid, number)  # a deploy, or Ctrl-C in a terminal
        for thread in threads:
            thread.join(30)
        assert [answer.status for answer in answers] == [200] * 6
        assert all(photos.opened(answer.body).size == (640, 480) for answer in answers)
        assert server.process.wait(10) == 0


def test_a_full_queue_says_503_and_takes_photos_again(make_server: Callable[..., Server]) -> None:
    with make_server({"max_parallel_jobs": 1}, QUEUE_MAX_SIZE="2") as server:
        client = server.session()
        configure(client, "delay=2")
        threads, answers = send_many(server, 3)
        wait_until(lambda: len(jobs(client)) == 3, 10, "one runs, two wait")
        refused = server.booth.send(photos.jpeg())
        assert (refused.status, refused.error["code"]) == (503, "queue_full")
        assert int(refused.headers["Retry-After"]) > 0
        for thread in threads:
            thread.join(30)
        assert [answer.status for answer in answers] == [200] * 3
        assert server.booth.send(photos.jpeg()).status == 200


def test_one_operator_over_his_share_gets_429(make_server: Callable[..., Server]) -> None:
    with make_server({"max_parallel_jobs": 1}, QUEUE_MAX_PER_USER="1") as server:
        client = server.session()
        configure(client, "delay=2")
        threads, _ = send_many(server, 2)
        wait_until(lambda: len(jobs(client)) == 2, 10, "one runs, one waits")
        refused = server.booth.send(photos.jpeg())
        assert (refused.status, refused.error["code"]) == (429, "your_queue_full")
        assert refused.headers["Retry-After"]
        for thread in threads:
            thread.join(30)


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_soon(
    make_server: Callable[..., Server],
) -> None:
    with make_server({"max_parallel_jobs": 1}) as server:
        client = server.session()
        configure(client, "delay=5")
        threads, answers = send_many(server, 2)
        wait_until(lambda: {job["state"] for job in jobs(client)} == {"queued", "running"}, 10)
        waiting = next(job for job in jobs(client) if job["state"] == "queued")
        assert waiting["queue_position"] == 1
        started = time.monotonic()
        for job in jobs(client):
            assert client.delete(f"/api/tasks/{job['id']}").status_code == 202
        for thread in threads:
            thread.join(30)
        assert time.monotonic() - started < 4
        assert {job["state"] for job in jobs(client)} == {"cancelled"}
        assert {answer.error["code"] for answer in answers} == {"cancelled"}
        first = str(jobs(client)[0]["id"])
        assert client.delete(f"/api/tasks/{first}").status_code == 409
        assert client.post(f"/api/tasks/{first}/retry").status_code == 202
        wait_until(lambda: client.get(f"/api/tasks/{first}").json()["state"] == "succeeded", 15)
        assert client.post(f"/api/tasks/{first}/retry").status_code == 409

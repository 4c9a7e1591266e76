"""What can happen to the one folder an embedded server lives in: it is full, or two live in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import photos
from tests.support.ledger import Crowd, configure, jobs, settled
from tests.support.scarcity import room
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MakeServer = Callable[..., Server]


def files(server: Server, folder: str) -> list[Path]:
    return list((server.folder / "media" / folder).glob("*"))


def test_a_photo_there_is_no_room_for_is_not_accepted(make_server: MakeServer) -> None:
    with make_server() as server:
        client = server.session()
        configure(client, "delay=0")
        assert server.booth.send(photos.jpeg()).status == 200
        large = photos.jpeg(4000, 3000)
        with room(server, len(large) // 2):
            refused = server.booth.send(large)
            assert (refused.status, refused.error["code"]) == (503, "storage_full")
            assert int(refused.headers["Retry-After"]) > 0
            assert len(jobs(client)) == 1
            assert not files(server, "unpublished")
            assert server.booth.send(photos.jpeg()).status == 200, "a small one has room"
        assert server.booth.send(large).status == 200
        assert [job["state"] for job in jobs(client)] == ["succeeded"] * 3


def test_a_job_there_is_no_room_for_is_not_accepted(make_server: MakeServer) -> None:
    with make_server() as server:
        client = server.session()
        configure(client, "delay=0")
        assert server.booth.send(photos.jpeg()).status == 200
        photo = photos.jpeg(200, 150)
        log = server.folder / "photoai.db-wal"
        assert log.stat().st_size > 2 * len(photo)
        with room(server, log.stat().st_size):
            refused = server.booth.send(photo)
            assert refused.status == 503, refused.body
            assert "job_id" not in refused.error["details"]
        wait_until(lambda: server.booth.send(photo).status == 200, 20, "there is room again")
        states = [job["state"] for job in jobs(client)]
        assert states == ["succeeded"] * len(states)
        assert len(files(server, "results")) == len(states)


@contextmanager
def second_in(first: Server) -> Iterator[Server]:
    """Another server on the first one's folder and database."""
    folder = first.folder
    shared = {
        "DATABASE_URL": f"sqlite:///{folder}/photoai.db",
        "MEDIA_ROOT": str(folder / "media"),
        "INSTANCE_DIR": str(folder),
        "CREDENTIALS_FILE": str(folder / "credentials.json"),
        "RATE_LIMIT_ENABLED": "false",
    }
    own = {name: first.environment()[name] for name in ("PROVIDERS_FILE", "EXAMPLE_URL")}
    aside = folder / "second"
    second = Server(aside, env=own | shared, app="tests.support.wsgi:app")
    (aside / "credentials.json").symlink_to(folder / "credentials.json")
    with second:
        yield second


def test_of_two_servers_in_one_folder_one_runs_the_jobs_and_the_other_takes_over(
    make_server: MakeServer,
) -> None:
    with make_server({"max_parallel_jobs": 3}) as first, second_in(first) as second:
        client = second.session()
        configure(client, "delay=1")
        assert "engine_elected" not in second.log
        crowd = Crowd().send(first, 4).send(second, 4, first=4)
        wait_until(lambda: len(jobs(client)) == 8, 20, "all are accepted")
        killed_at = time.monotonic()
        first.kill()
        crowd.join()
        assert [answer.status for answer in crowd.answers] == [200] * 4
        tally = settled("one of two servers in a folder killed", client, crowd, since=killed_at)
        assert (tally.accepted, tally.lost) == (8, 0)
        assert "engine_elected" in second.log
        first.start()


def test_a_booth_hears_soon_of_a_cancel_at_the_other_server(make_server: MakeServer) -> None:
    with make_server({"max_parallel_jobs": 1}) as first, second_in(first) as second:
        client = second.session()
        configure(client, "delay=8")
        running = Crowd().send(first, 1)
        wait_until(lambda: [job["state"] for job in jobs(client)] == ["running"], 10)
        waiting = Crowd().send(first, 1, first=1)
        wait_until(lambda: len(jobs(client)) == 2, 10)
        queued = next(job for job in jobs(client) if job["state"] == "queued")
        cancelled_at = time.monotonic()
        assert client.delete(f"/api/tasks/{queued['id']}").status_code == 202
        waiting.join()
        assert waiting.answers[0].error["code"] == "cancelled"
        assert time.monotonic() - cancelled_at < 6
        running.join()

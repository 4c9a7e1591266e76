"""The web process on other ground, and where it refuses to stand."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from tests.support import photos
from tests.support.postgres import Postgres
from tests.support.server import Server


@pytest.mark.slow
def test_the_main_job_works_on_postgresql(
    make_server: Callable[..., Server], postgres: Postgres
) -> None:
    with make_server(DATABASE_URL=postgres.create_database()) as server:
        answer = server.booth.send(photos.guest())
        assert answer.status == 200, answer.body
        assert answer.headers["X-Photoai-Rung"] == "0:local"
        with server.session() as serg:
            job = serg.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
            assert job["state"] == "succeeded"
            assert serg.get("/readyz").json()["database"] is True
        server.kill()
        server.start()
        assert server.booth.send(photos.guest()).status == 200


@pytest.mark.slow
def test_two_workers_on_the_memory_queue_are_refused(make_server: Callable[..., Server]) -> None:
    server = make_server(GUNICORN_CMD_ARGS="--workers 2")
    with pytest.raises(AssertionError, match="memory queue runs in one web process"):
        server.start()


def test_a_setting_that_cannot_work_stops_the_start_with_one_line(
    make_server: Callable[..., Server],
) -> None:
    server = make_server(QUEUE_BACKEND="rabbits")
    with pytest.raises(
        AssertionError, match="photoai: QUEUE_BACKEND must be one of memory, postgres"
    ) as stopped:
        server.start()
    assert "Traceback" not in "".join(stopped.value.__notes__)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL must begin with one of"),
        ("DATABASE_URL", "postgres://a:b@127.0.0.1:1/c", "The database cannot be used"),
        ("PUBLIC_BASE_URL", "photos.example.com", "PUBLIC_BASE_URL must begin with https"),
        ("HOST", "192.0.2.1", r"Cannot listen on 192.0.2.1"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(
    make_server: Callable[..., Server], setting: str, value: str, said: str
) -> None:
    with pytest.raises(AssertionError) as stopped:
        make_server(**{setting: value}).start()
    log = "".join(stopped.value.__notes__)
    assert f"photoai: {said}" in log
    assert "Traceback" not in log


@pytest.mark.slow
def test_credentials_that_cannot_work_stop_a_second_start_with_one_line(
    make_server: Callable[..., Server],
) -> None:
    with make_server() as server:
        pass
    (server.folder / "credentials.json").write_text('{"serg": {}}')
    with pytest.raises(AssertionError, match=r"photoai: .*credentials") as stopped:
        server.start()
    assert "Traceback" not in str(stopped.value) + "".join(stopped.value.__notes__)


@pytest.mark.slow
def test_an_idle_server_is_light(make_server: Callable[..., Server]) -> None:
    with make_server() as server:
        assert server.worker.memory_info().rss < 160e6


@pytest.mark.slow
def test_connections_left_open_do_not_hold_up_the_end(make_server: Callable[..., Server]) -> None:
    server = make_server().start()
    try:
        left_open = [server.session() for _ in range(3)]
        silent = socket.create_connection(("127.0.0.1", server.port))
        assert all(client.get("/healthz").status_code == 200 for client in left_open)
        server.terminate()
        # Less than what gunicorn gives a connection between two requests (`keepalive`).
        assert server.wait(6) == 0
        assert silent.recv(1) == b""
        silent.close()
        for client in left_open:
            client.close()
        assert '"level": "error"' not in server.log
    finally:
        server.kill()

"""Bodies and addresses that strangers send: refused with a code, in time, and without harm."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.support import photos
from tests.support.booth import BOUNDARY, Part, form
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

Slot = Callable[..., str]
JSON_TYPE = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[" * 100_000, b'{"username": NaN, "password": "x"}', b"\xff", b"",
        b'{"username": "\\ud83d", "password": "x"}', b'{"username": "a\\u0000", "password": "x"}',
        b'{"username": "a", "password": "x", "\\udfff": 1}', b'{"username": 1e999}',
        b'{"username": ' + b"1" * 5000 + b"}",
    ],
)  # fmt: skip
def test_json_nobody_can_store_is_400(server: Server, body: bytes) -> None:
    with server.session(None) as stranger:
        answer = stranger.post("/api/login", data=body, headers=JSON_TYPE)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "details"}


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"type": "\xff"}', b"1" * 5000])
def test_json_nobody_can_read_is_not_taken_for_none_at_all(serg: Client, body: bytes) -> None:
    answer = serg.post("/api/v1/tasks", data=body, headers=JSON_TYPE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/public/media/%00", 404), ("/api/tasks/%00", 404), ("/api/slots/%00", 404),
        ("/api/slots?provider_id=%00", 400), ("/ingest/slot-001%00", 404),
    ],
)  # fmt: skip
def test_addresses_with_a_nul_lead_nowhere(serg: Client, path: str, status: int) -> None:
    assert serg.get(path).status_code == status


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_that_is_no_form_is_refused(server: Server, chunked: bool) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(30):
            yield b" " * 100_000

    before = server.rss_bytes()
    with server.session(None) as stranger:
        body = pieces() if chunked else b"".join(pieces())
        answer = stranger.post("/api/login", data=body, headers=JSON_TYPE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")
    assert server.rss_bytes() - before < 20_000_000


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/ingest/slot-001", 415, "not_multipart"),
        ("/ingest/slot-999", 404, "slot_unknown"),
        ("/nowhere", 404, "not_found"),
    ],
)
def test_a_photo_sent_bare_is_told_what_is_wrong(
    server: Server, path: str, status: int, code: str
) -> None:
    with server.session(None) as booth:
        answer = booth.post(path, data=bytes(1_500_000), headers={"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_stranger_is_told_to_sign_in_before_his_fields_are_judged(server: Server) -> None:
    with server.session(None) as stranger:
        assert stranger.put("/api/slots/slot-001", json={"wrong": 1}).status_code == 401
        assert stranger.get("/api/tasks?page=0").status_code == 401


def test_whole_numbers_may_come_with_a_point(server: Server, serg: Client, slot: Slot) -> None:
    slot_id = slot(output={"format": "jpeg", "quality": 92.0, "max_side_px": 300.0})
    assert serg.get(f"/api/slots/{slot_id}").json()["settings_json"]["output"]["quality"] == 92
    answer = server.booth.send(photos.jpeg(), slot=slot_id)
    assert answer.status == 200
    assert photos.opened(answer.body).size == (300, 225)


def test_a_file_name_only_in_the_extended_form_is_a_file_name(server: Server, slot: Slot) -> None:
    body = form([Part("password", server.ingest_password().encode())])
    disposition = b"form-data; name=\"fileToUpload\"; filename*=utf-8''%D1%84.jpg"
    part = b"--%b\r\nContent-Disposition: %b\r\n\r\n%b\r\n"
    body = part % (BOUNDARY.encode(), disposition, photos.jpeg()) + body
    with server.session(None) as booth:
        answer = booth.post(
            f"/ingest/{slot()}",
            data=body,
            headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("ttl", ["00000000172800999", "0000000019999999999999", "1" * 5000])
def test_a_long_time_to_live_is_422(serg: Client, ttl: str) -> None:
    files = {"file": ("a.jpg", photos.jpeg(), "image/jpeg")}
    assert serg.post("/api/media/register", files=files, data={"ttl_sec": ttl}).status_code == 422


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Another program writes to the database."""
    connection = sqlite3.connect(server.folder / "photoai.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.mark.slow
def test_a_database_that_is_busy_is_503_and_stops_nobody(server: Server, slot: Slot) -> None:
    slot_id, originals = slot(), server.folder / "media" / "originals"
    there = set(originals.iterdir()) if originals.exists() else set()
    worst = 0.0
    with locked(server), server.session(None) as watcher, ThreadPoolExecutor(1) as booth:
        sent = booth.submit(server.booth.send, photos.jpeg(seed=77), slot=slot_id)
        while not sent.done():
            started = time.monotonic()
            assert watcher.get("/healthz").status_code == 200
            worst = max(worst, time.monotonic() - started)
        answer = sent.result()
    assert (answer.status, answer.error["code"]) == (503, "database_busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert worst < 1
    wait_until(lambda: set(originals.iterdir()) <= there, what="the original is gone")
    assert server.booth.send(photos.jpeg(seed=77), slot=slot_id).status == 200


@pytest.mark.slow
def test_ingest_guesses_finished_all_at_once_count_like_any_others(
    make_server: Callable[..., Server],
) -> None:
    with make_server(RATE_LIMIT_ENABLED="true") as server:
        wires = [half_sent(server, f"guess-{each}") for each in range(40)]
        wires.append(half_sent(server, server.ingest_password()))
        wait_until(lambda: len(list((server.folder / "media/unpublished").iterdir())) == 41)
        for wire in wires:
            wire.sendall(b"--\r\n")
        statuses = [wire.recv(100).split()[1].decode() for wire in wires]
        for wire in wires:
            wire.close()
        assert Counter(statuses[:-1]) == {"401": 20, "429": 20}
        with server.session(None) as client:
            right = {"username": "serg", "password": server.password()}
            logins = [client.post("/api/login", json=right).status_code for _ in range(35)]
        assert logins == [200] * 35


def half_sent(server: Server, password: str) -> socket.socket:
    """A form whose last bytes are still to come."""
    body = form([Part("password", password.encode()), Part("file", photos.jpeg(64, 64), "a.jpg")])
    wire = socket.create_connection(("127.0.0.1", server.port))
    wire.settimeout(20)
    head = (
        "POST /ingest/slot-002 HTTP/1.1\r\nHost: x\r\nContent-Length: "
        f"{len(body)}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    wire.sendall(head.encode() + body[:-4])
    return wire


@pytest.mark.slow
def test_who_stalls_is_hung_up_on(make_server: Callable[..., Server]) -> None:
    with make_server() as server:
        serg = server.session()
        files = {"file": ("big.jpg", photos.big_jpeg(24), "image/jpeg")}
        media = serg.post("/api/media/register", files=files).json()
        path = media["public_url"].partition(str(server.port))[2]
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", server.port))
        deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        dripping = socket.create_connection(("127.0.0.1", server.port))
        dripping.sendall(b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
        dripping.sendall(b"Content-Type: application/json\r\n\r\n")
        stop = threading.Event()
        feeder = threading.Thread(target=drip, args=(dripping, stop))
        feeder.start()
        try:
            dripping.settimeout(30)
            started = time.monotonic()
            answer = dripping.recv(10_000)
            while not answer.rstrip().endswith(b"}}"):
                piece = dripping.recv(10_000)
                assert piece, answer
                answer += piece
            assert 18 < time.monotonic() - started < 26
            assert b" 408 " in answer.splitlines()[0]
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == (
                "upload_too_slow"
            )
        finally:
            stop.set()
            feeder.join()
        serg.close()
        server.terminate()
        assert server.wait(35) == 0
        deaf.close()
        dripping.close()


def drip(wire: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(0.5):
        try:
            wire.sendall(b" ")
        except OSError:
            return

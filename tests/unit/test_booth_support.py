"""The tests' booth sends what DSLR Remote Pro sends, and is as strict about what comes back."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from queue import Queue

import pytest

from tests.support.booth import BOUNDARY, Booth, Part

GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
PHOTO = b"HTTP/1.1 200 Fine\r\nX-Photoai-Job: 7\r\nContent-Length: 5\r\n\r\nphoto"
Serve = Callable[..., Booth]


@pytest.fixture
def heard() -> Queue[bytes]:
    """What each client sent, one entry a connection."""
    return Queue()


@pytest.fixture
def serve(heard: Queue[bytes]) -> Iterator[Serve]:
    """A server that says `interim` to the head and `final` once the request is complete."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = []

        def make(final: bytes = PHOTO, interim: bytes = GO_ON) -> Booth:
            thread = threading.Thread(target=converse, args=(listener, interim, final, heard))
            thread.start()
            threads.append(thread)
            return Booth("127.0.0.1", listener.getsockname()[1], "secret")

        yield make
        for thread in threads:
            thread.join(10)


def converse(listener: socket.socket, interim: bytes, final: bytes, heard: Queue[bytes]) -> None:
    wire, _ = listener.accept()
    with wire:
        wire.settimeout(10)
        seen = received(wire, b"", b"\r\n\r\n")
        wire.sendall(interim)
        heard.put(received(wire, seen, f"--{BOUNDARY}--\r\n".encode()))
        wire.sendall(final)


def received(wire: socket.socket, seen: bytes, end: bytes) -> bytes:
    """Everything up to `end`, or up to the other side's hanging up."""
    while end not in seen:
        piece = wire.recv(65536)
        if not piece:
            break
        seen += piece
    return seen


def test_it_sends_the_fields_in_order_then_the_file_then_the_password(
    serve: Serve, heard: Queue[bytes]
) -> None:
    answer = serve().send(b"\xff\xd8photo", fields={"id": "17"})
    head, _, body = heard.get(timeout=10).partition(b"\r\n\r\n")
    names = [line.split(b'"')[1] for line in body.split(b"\r\n") if b"form-data" in line]
    fields = b"time user_id id profile status hash name model version".split()
    assert names == [*fields, b"fileToUpload", b"password"]
    assert b'filename="DSC_0001.JPG"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8photo\r\n' in body
    assert b'name="id"\r\n\r\n17\r\n' in body
    assert b'name="password"\r\n\r\nsecret\r\n' in body
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"User-Agent" not in head
    assert (answer.status, answer.reason, answer.body) == (200, "Fine", b"photo")
    assert answer.headers["x-photoai-job"] == "7"


def test_a_form_may_lack_its_file_or_hold_more_than_one(serve: Serve, heard: Queue[bytes]) -> None:
    booth = serve()
    booth.send(None)
    assert b"fileToUpload" not in heard.get(timeout=10)
    serve().send(b"one", content_type="image/png", more=(Part("second", b"two", "two.jpg"),))
    body = heard.get(timeout=10)
    assert b"Content-Type: image/png" in body
    assert b'name="second"; filename="two.jpg"' in body


def test_the_target_is_the_slots_link_or_any_path(serve: Serve, heard: Queue[bytes]) -> None:
    serve().send(b"photo", slot="slot-002")
    assert heard.get(timeout=10).startswith(b"POST /ingest/slot-002 HTTP/1.1\r\n")
    serve().send(b"photo", path="/elsewhere?token=1")
    assert heard.get(timeout=10).startswith(b"POST /elsewhere?token=1 HTTP/1.1\r\n")


def test_it_waits_to_be_told_to_go_on(serve: Serve) -> None:
    assert serve().send(b"photo").was_told_to_continue
    assert not serve(interim=b"").send(b"photo", expect=False).was_told_to_continue


@pytest.mark.slow
def test_it_sends_the_body_unasked_when_it_is_told_nothing_for_two_seconds(serve: Serve) -> None:
    answer = serve(interim=b"").send(b"photo")
    assert (answer.status, answer.was_told_to_continue) == (200, False)
    assert 1.9 < answer.seconds < 8


def test_the_body_may_come_slowly_or_in_chunks(serve: Serve, heard: Queue[bytes]) -> None:
    answer = serve().send(b"x" * 5_000, bytes_per_sec=20_000)
    assert answer.seconds > 0.2
    assert b"x" * 5_000 in heard.get(timeout=10)
    serve().send(b"photo", chunked=True)
    request = heard.get(timeout=10)
    assert b"Transfer-Encoding: chunked" in request
    assert b"Content-Length" not in request


def test_an_upload_can_stop_half_way(serve: Serve, heard: Queue[bytes]) -> None:
    with serve().stalled(b"x" * 5_000, after=2_000):
        assert heard.empty()
    _, _, body = heard.get(timeout=10).partition(b"\r\n\r\n")
    assert len(body) == 2_000


def test_an_answer_in_chunks_is_read_whole(serve: Serve) -> None:
    final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\npho\r\n2\r\nto\r\n0\r\n\r\n"
    assert serve(final).send(b"photo").body == b"photo"


@pytest.mark.parametrize(
    "final",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nphoto",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\npho\r\n",
        b"",
    ],
    ids=["length", "chunks", "nothing"],
)
def test_a_truncated_answer_is_no_answer(serve: Serve, final: bytes) -> None:
    booth = serve(final)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        booth.send(b"photo")


def test_an_error_is_read_from_its_json(serve: Serve) -> None:
    said = b'{"error":{"code":"slot_unknown","message":"There is no such slot."}}'
    final = b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n" % len(said) + said
    assert serve(final).send(b"photo").error["code"] == "slot_unknown"

"""`booth send` gives the finished photo back, or says in one sentence why not."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from photoai.__main__ import arguments
from photoai.config import Config
from photoai.services import booth
from photoai.services.booth import MULTIPART, BoothProgram, BoothSendFailed, send_photo
from tests.support.server import free_port
from tests.support.waiting import wait_until

JPEG = b"\xff\xd8\xff\xe0" + b"finished" * 1000
Handle = Callable[[BaseHTTPRequestHandler], None]


class Recorder(ThreadingHTTPServer):
    """Keeps the last request and answers with what a test hands it."""

    answer: Handle
    head: BaseHTTPRequestHandler
    body: bytes = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ingest/slot-001"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # its base class says `100 Continue` by itself then
    server: Recorder

    def do_POST(self) -> None:
        self.server.head = self
        self.server.answer(self)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Recorder]:
    with Recorder(("127.0.0.1", 0), Handler) as running:
        running.answer = saying(200, JPEG, ("X-Photoai-Job", "j1"), ("X-Photoai-Rung", "0:local"))
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join(10)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "guest.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + b"guest" * 100_000)
    return path


def saying(
    status: int, body: bytes, *headers: tuple[str, str], length: int | None = -1, read: bool = True
) -> Handle:
    """Answers so; `length` is the Content-Length claimed, None for none."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        if read:
            size = int(request.headers["Content-Length"])
            request.server.body = request.rfile.read(size)  # type: ignore[attr-defined]
        request.send_response(status)
        for name, value in headers:
            request.send_header(name, value)
        if length is not None:
            request.send_header("Content-Length", str(len(body) if length < 0 else length))
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(body)

    return answer


def error(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "details": {}}}).encode()


def test_it_gives_the_finished_photo_back(server: Recorder, photo: Path) -> None:
    finished = send_photo(server.url, photo, "secret")
    assert (finished.image, finished.mime, finished.ending) == (JPEG, "image/jpeg", ".jpg")
    assert (finished.job, finished.rung) == ("j1", "0:local")
    assert 0 < finished.seconds < 10


def test_it_sends_what_the_booth_program_sends(server: Recorder, photo: Path) -> None:
    send_photo(server.url, photo, "пароль")
    headers, body = server.head.headers, server.body
    names = [line.split(b'"')[1] for line in body.split(b"\r\n") if b"form-data" in line]
    fields = b"time user_id id profile status hash name model version".split()
    assert names == [*fields, b"fileToUpload", b"password"]
    assert b'filename="guest.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' in body
    assert photo.read_bytes() in body
    assert 'name="password"\r\n\r\nпароль\r\n'.encode() in body
    assert headers["Expect"] == "100-continue"
    assert "User-Agent" not in headers


def test_the_link_may_hold_spaces_letters_and_a_guests_answers(
    server: Recorder, photo: Path
) -> None:
    send_photo(f"{server.url} ё?answer=a b&x=%41", photo, "secret")
    assert server.head.path == "/ingest/slot-001%20%D1%91?answer=a%20b&x=%41"


def test_a_name_and_a_password_in_the_link_stay_out_of_the_host(
    server: Recorder, photo: Path
) -> None:
    send_photo(server.url.replace("//", "//me:secret@"), photo, "secret")
    assert server.head.headers["Host"] == f"127.0.0.1:{server.server_address[1]}"


def test_a_file_name_cannot_break_the_form(server: Recorder, photo: Path) -> None:
    odd = photo.rename(photo.with_name('a"\r\nX: b.jpg'))
    send_photo(server.url, odd, "secret")
    assert b'filename="a%22%0D%0AX: b.jpg"\r\n' in server.body


def test_a_png_says_that_it_is_one(server: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "guest.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    send_photo(server.url, path, "secret")
    assert b"Content-Type: image/png\r\n" in server.body


def test_a_server_that_says_nothing_about_going_on_gets_the_body_anyway(
    server: Recorder, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booth, "CONTINUE_WITHIN_SEC", 0.2)
    monkeypatch.setattr(Handler, "handle_expect_100", lambda self: True)
    assert send_photo(server.url, photo, "secret").image == JPEG


def test_a_server_that_refuses_the_head_is_not_sent_the_body(
    server: Recorder, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: BaseHTTPRequestHandler) -> bool:
        saying(404, error("slot_unknown", "There is no such slot."), read=False)(request)
        leftover.append(request.rfile.read())
        return False

    leftover: list[bytes] = []
    monkeypatch.setattr(Handler, "handle_expect_100", refuse)
    with pytest.raises(BoothSendFailed, match="404: There is no such slot"):
        send_photo(server.url, photo, "secret")
    wait_until(lambda: leftover, 10, "the client has hung up")
    assert leftover == [b""]


def test_the_servers_reason_is_passed_on(server: Recorder, photo: Path) -> None:
    server.answer = saying(401, error("wrong_ingest_password", "The ingest password is wrong."))
    with pytest.raises(BoothSendFailed, match="401: The ingest password is wrong") as caught:
        send_photo(server.url, photo, "wrong")
    assert caught.value.details == {"code": "wrong_ingest_password"}


def test_the_link_of_a_late_photo_is_passed_on(server: Recorder, photo: Path) -> None:
    details = {"job_id": "j1", "result_url": "http://photos.example/r"}
    late = {"code": "provider_timeout", "message": "Not in time.", "details": details}
    server.answer = saying(504, json.dumps({"error": late}).encode())
    with pytest.raises(BoothSendFailed, match="504: Not in time") as caught:
        send_photo(server.url, photo, "right")
    assert caught.value.details == {"code": "provider_timeout", **details}


@pytest.mark.parametrize("body", [b"<h1>Bad Gateway</h1>", b"[]", b'{"error":"no"}', b"\xff"])
def test_an_answer_of_somebody_else_is_told_by_its_status(
    server: Recorder, photo: Path, body: bytes
) -> None:
    server.answer = saying(502, body, length=None)
    with pytest.raises(BoothSendFailed, match="502: Bad Gateway"):
        send_photo(server.url, photo, "secret")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (saying(200, b"<html>Welcome</html>"), "is not an image"),
        (saying(200, b""), "is not an image"),
        (saying(200, JPEG, length=len(JPEG) + 1), "ended before it was complete"),
        (saying(200, JPEG, length=None), "does not say how long it is"),
        (lambda request: None, "connection was lost"),
    ],
    ids=["page", "empty", "cut", "no length", "silence"],
)
def test_anything_but_a_complete_image_is_a_failure(
    server: Recorder, photo: Path, answer: Handle, sentence: str
) -> None:
    def once(request: BaseHTTPRequestHandler) -> None:
        answer(request)
        request.close_connection = True

    server.answer = once
    with pytest.raises(BoothSendFailed, match=sentence):
        send_photo(server.url, photo, "secret")


def test_an_answer_in_the_middle_of_the_upload_is_heard(tmp_path: Path) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(200_000_000)
    said = error("upload_too_large", "The upload is larger than allowed.")

    def refuse() -> None:
        wire, _ = listener.accept()
        with wire:
            wire.recv(4096)
            wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            wire.recv(4096)
            head = f"HTTP/1.1 413 Too Large\r\nContent-Length: {len(said)}\r\n\r\n"
            wire.sendall(head.encode() + said)
            wire.shutdown(socket.SHUT_WR)
            for _ in range(200):
                wire.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(BoothSendFailed, match="413: The upload is larger than allowed"):
            send_photo(f"http://127.0.0.1:{listener.getsockname()[1]}/", huge, "secret")
        thread.join(10)


def test_a_server_that_takes_too_long_is_given_up(server: Recorder, photo: Path) -> None:
    gone = threading.Event()
    server.answer = lambda request: gone.wait(10) and None
    with pytest.raises(BoothSendFailed, match=r"did not answer in 0\.5 s"):
        send_photo(server.url, photo, "secret", timeout_sec=0.5)
    gone.set()


def test_an_answer_that_trickles_in_is_given_up_all_the_same(server: Recorder, photo: Path) -> None:
    gone = threading.Event()

    def trickle(request: BaseHTTPRequestHandler) -> None:
        saying(200, b"", length=1000)(request)
        while not gone.wait(0.05):
            request.wfile.write(b"x")

    server.answer = trickle
    with pytest.raises(BoothSendFailed, match=r"did not answer in 0\.5 s"):
        send_photo(server.url, photo, "secret", timeout_sec=0.5)
    gone.set()


def test_nobody_there_and_no_such_file_are_told_apart(photo: Path) -> None:
    with pytest.raises(BoothSendFailed, match=r"Cannot connect to 127\.0\.0\.1:\d+: Connection re"):
        send_photo(f"http://127.0.0.1:{free_port()}/ingest/slot-001", photo, "secret")
    with pytest.raises(BoothSendFailed, match=r"none\.jpg cannot be read: No such file"):
        send_photo("http://127.0.0.1:9/", photo.with_name("none.jpg"), "secret")


def test_a_server_without_tls_is_told_apart_too(server: Recorder, photo: Path) -> None:
    with pytest.raises(BoothSendFailed, match="Cannot connect to 127"):
        send_photo(server.url.replace("http:", "https:"), photo, "secret")


@pytest.mark.parametrize("url", ["", "ftp://host/x", "http://", "http://host:99999/", "http://["])
def test_what_is_no_address_is_said_to_be_none(url: str, photo: Path) -> None:
    with pytest.raises(BoothSendFailed, match="is not an http address"):
        send_photo(url, photo, "secret")


def form_of(facts: bytes, image: bytes, boundary: str = "b-1") -> bytes:
    head = b'--%s\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: %s\r\n\r\n'
    edge = boundary.encode()
    parts = [(b"json", b"application/json", facts), (b"image", b"image/jpeg", image)]
    body = b"".join(head % (edge, *part[:2]) + part[2] + b"\r\n" for part in parts if part[2])
    return body + b"--" + edge + b"--\r\n"


def as_form(body: bytes) -> Handle:
    return saying(200, body, ("Content-Type", 'multipart/form-data; boundary="b-1"'))


BREEZE = BoothProgram(MULTIPART, {"name": "Анна", "mood": "gay"})


def test_breeze_booth_takes_the_image_out_of_its_form(server: Recorder, photo: Path) -> None:
    image = JPEG + b"\r\n--b-2\r\n\r\n"
    server.answer = as_form(form_of(b'{"status": "ok"}', image))
    assert send_photo(server.url, photo, "secret", program=BREEZE).image == image
    assert 'name="survey1_text_name"\r\n\r\nАнна\r\n'.encode() in server.body
    assert "?" not in server.head.path


@pytest.mark.parametrize(
    "answer",
    [
        saying(200, JPEG, ("Content-Type", "image/jpeg")),
        as_form(form_of(b"", JPEG)),
        as_form(form_of(b"{}", b"")),
        as_form(form_of(b"not json", JPEG)),
        as_form(form_of(b"[]", JPEG)),
    ],
    ids=["an image alone", "no facts", "no image", "no JSON", "no object"],
)
def test_breeze_booth_wants_facts_and_an_image(
    server: Recorder, photo: Path, answer: Handle
) -> None:
    server.answer = answer
    with pytest.raises(BoothSendFailed, match="facts and an image"):
        send_photo(server.url, photo, "secret", program=BREEZE)


def test_dslr_remote_pro_puts_answers_into_the_link(server: Recorder, photo: Path) -> None:
    program = BoothProgram(tokens={"name": "Анна & Bo", "mood": "gay"})
    send_photo(server.url, photo, "secret", program=program)
    asked = "name=%D0%90%D0%BD%D0%BD%D0%B0+%26+Bo&mood=gay"
    assert server.head.path == f"/ingest/slot-001?{asked}"
    assert b"survey1" not in server.body
    send_photo(f"{server.url}?style=a", photo, "secret", program=BoothProgram(tokens={"b": "c"}))
    assert server.head.path == "/ingest/slot-001?style=a&b=c"


def test_a_password_on_the_command_line_may_begin_with_a_hyphen(
    server: Recorder, photo: Path
) -> None:
    base = server.url.removesuffix("/ingest/slot-001")
    words = ["booth", "send", str(photo), "--url", base, "--password", "-h--x", "--token", "a=-b"]
    args = arguments(words)
    assert args.run(Config(), args) == 0
    assert b'name="password"\r\n\r\n-h--x\r\n' in server.body
    assert server.head.path == "/ingest/slot-001?a=-b"


def test_an_answer_without_a_name_is_refused(
    photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        arguments(["booth", "send", str(photo), "--token", "Anna"])
    assert "an answer is NAME=ANSWER" in capsys.readouterr().err

"""Redirects, and the bounds of bytes and time."""

from __future__ import annotations

import gzip
import io
import itertools
import socket
import threading
import time
from collections.abc import Collection, Iterator

import pytest

from photoai.errors import FetchFailed, FetchRefused, FetchTooLarge, FetchTooSlow
from photoai.services.fetch import Fetched, Fetcher
from photoai.services.fetch.fetcher import CONNECT_WITHIN_SEC, HEAD_BYTES, MOST_REDIRECTS
from tests.support.waiting import paced
from tests.unit.fetch.site import LOOPBACK, PUBLIC, Names, Page, Site, answer, download

URL = "http://photos.example/here"
SHORT_SEC = 0.2
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FILLER = b"x" * 100_000


def dripping(start: bytes, filler: bytes = FILLER) -> Page:
    return lambda: itertools.chain([start], paced(filler, 100))


def endless(start: bytes, piece: bytes) -> Page:
    return lambda: itertools.chain([start], itertools.repeat(piece))


def test_what_came_is_written_and_described(fetcher: Fetcher, site: Site) -> None:
    site.says("/here", answer(b"\xff\xd8photo", "200 OK", "Content-Type: image/jpeg; q=1"))
    got = download(fetcher, URL)
    assert got.body == b"\xff\xd8photo"
    assert got.fetched == Fetched(size_bytes=7, mime="image/jpeg")


@pytest.mark.parametrize(
    "pieces",
    [
        (answer(b"a" * 70_000),),
        (OK + b"\r\n", b"a" * 70_000),
        (CHUNKED, b"11170\r\n", b"a" * 70_000, b"\r\n0\r\nTrailer: x\r\n\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n",
         answer(b"a" * 70_000)),
    ],
    ids=["of known length", "until the end", "in chunks", "after an interim answer"],
)  # fmt: skip
def test_every_framing_is_understood(
    pieces: tuple[bytes, ...], fetcher: Fetcher, site: Site
) -> None:
    site.says("/here", *pieces)
    assert download(fetcher, URL, max_bytes=70_000).body == b"a" * 70_000


@pytest.mark.parametrize("status", ["204 No Content", "206 Part", "304 Same", "404 No", "500 Oh"])
def test_only_status_200_counts(status: str, fetcher: Fetcher, site: Site) -> None:
    site.says("/here?token=secret", answer(b"", status))
    with pytest.raises(FetchFailed) as failure:
        download(fetcher, URL + "?token=secret")
    assert failure.value.details == {
        "address": "http://photos.example",
        "reason": "status",
        "status": int(status[:3]),
    }


# Redirects.


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 There", "308 Gone"])
@pytest.mark.parametrize(
    "location", ["/photo", "photo", "//photos.example/photo", f"http://{PUBLIC}/photo#part"]
)
def test_redirects_are_followed(status: str, location: str, fetcher: Fetcher, site: Site) -> None:
    site.sends_to("/here", location, status)
    assert download(fetcher, URL).body == b"photo"


def test_a_redirect_in_utf_8_is_understood(fetcher: Fetcher, site: Site) -> None:
    site.sends_to("/here", "/фото")
    site.says("/%D1%84%D0%BE%D1%82%D0%BE", answer())
    assert download(fetcher, URL).body == b"photo"


def test_five_redirects_are_followed_and_the_sixth_is_refused(fetcher: Fetcher, site: Site) -> None:
    for number in range(MOST_REDIRECTS):
        site.sends_to(f"/{number}", f"/{number + 1}")
    site.says(f"/{MOST_REDIRECTS}", answer())
    assert download(fetcher, "http://photos.example/0").body == b"photo"
    site.sends_to("/first", "/0")
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, "http://photos.example/first")
    assert refusal.value.details["reason"] == "redirects"


def test_a_loop_of_redirects_ends(fetcher: Fetcher, site: Site) -> None:
    site.sends_to("/here", "/there")
    site.sends_to("/there", "/here")
    with pytest.raises(FetchRefused):
        download(fetcher, URL)
    assert len(site.heads) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (f"http://{LOOPBACK}/photo", "address"),
        ("http://inside.example/photo", "address"),
        ("http://[::ffff:127.0.0.1]/photo", "address"),
        ("http://2130706433/photo", "host"),
        ("http://photos.example:22/photo", "port"),
        ("http://user:secret@photos.example/photo", "credentials"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://photos.example/", "scheme"),
        ("http://[/", "malformed"),
    ],
)
def test_a_redirect_is_checked_like_the_first_url(
    location: str, reason: str, fetcher: Fetcher, site: Site, names: Names
) -> None:
    site.sends_to("/here", location)
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, URL)
    assert refusal.value.details["reason"] == reason
    assert names.reached == [(PUBLIC, 80)]


def test_a_redirect_to_nowhere_is_a_failure(fetcher: Fetcher, site: Site) -> None:
    site.says("/here", answer(b"", "302 Found"))
    with pytest.raises(FetchFailed) as failure:
        download(fetcher, URL)
    assert failure.value.details["status"] == 302


# Bytes.


@pytest.mark.parametrize(
    "page",
    [
        lambda: [answer(b"x" * 1001)],
        lambda: [OK + b"Content-Length: 99999999999\r\n\r\n"],
        endless(OK + b"\r\n", FILLER),
        endless(CHUNKED, b"3e8\r\n" + b"x" * 1000 + b"\r\n"),
        endless(CHUNKED + b"-1\r\n", FILLER),
        endless(OK + b"Content-Length: 9, 9\r\n\r\n", FILLER),
    ],
    ids=["known", "announced", "endless", "endless chunks", "negative chunk", "two lengths"],
)
def test_content_beyond_the_limit_is_given_up(page: Page, fetcher: Fetcher, site: Site) -> None:
    site.pages["/here"] = page
    with pytest.raises(FetchTooLarge) as refusal:
        download(fetcher, URL, max_bytes=1000)
    assert refusal.value.details == {"address": "http://photos.example", "reason": "bytes"}


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (CHUNKED + b"1\r\nx\r\n0\r\n", b"Trailer: x\r\n" * 100),
        (CHUNKED, b"1;" + b"x" * 60_000 + b"\r\nx\r\n"),
    ],
    ids=["interim answers", "trailers", "chunks of nothing"],
)
def test_what_is_no_content_has_a_limit_too(
    start: bytes, piece: bytes, fetcher: Fetcher, site: Site
) -> None:
    site.pages["/here"] = endless(start, piece)
    with pytest.raises(FetchTooLarge):
        download(fetcher, URL, max_bytes=HEAD_BYTES, within_sec=5)


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"x" * 70_000 + b"\r\n\r\n", b"X: x\r\n" * 101 + b"\r\n"],
    ids=["one long", "many"],
)
def test_headers_have_a_limit(head: bytes, fetcher: Fetcher, site: Site) -> None:
    site.says("/here", OK + head, b"photo")
    with pytest.raises(FetchFailed):
        download(fetcher, URL)


def test_a_length_that_promises_too_much_is_a_failure(fetcher: Fetcher, site: Site) -> None:
    site.says("/here", OK + b"Content-Length: 10\r\n\r\nphoto")
    with pytest.raises(FetchFailed) as failure:
        download(fetcher, URL)
    assert failure.value.details["reason"] == "incomplete"


def test_a_length_that_promises_too_little_hides_nothing(fetcher: Fetcher, site: Site) -> None:
    site.says("/here", OK + b"Content-Length: 2\r\n\r\n", FILLER)
    assert download(fetcher, URL, max_bytes=2).body == b"xx"


@pytest.mark.parametrize(
    "said",
    [b"photo", b"", b"HTTP/1.1 abc\r\n\r\n", CHUNKED + b"zz\r\n", CHUNKED + b"5\r\npho"],
)
def test_what_is_no_whole_answer_is_a_failure(said: bytes, fetcher: Fetcher, site: Site) -> None:
    site.says("/here", said)
    with pytest.raises(FetchFailed) as failure:
        download(fetcher, URL)
    assert failure.value.details["reason"] == "connection"


@pytest.mark.parametrize(
    "header",
    [
        "Content-Encoding: gzip", "Content-Encoding: br", "Content-Encoding: identity, gzip",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: gzip",
    ],
)  # fmt: skip
def test_nothing_is_unpacked(header: str, fetcher: Fetcher, site: Site) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    site.says("/here", answer(bomb, "200 OK", header))
    with pytest.raises(FetchFailed) as failure:
        download(fetcher, URL)
    assert failure.value.details["reason"] == "encoding"
    assert b"\r\nAccept-Encoding: identity\r\n" in site.heads[0]


def test_the_identity_encoding_is_none(fetcher: Fetcher, site: Site) -> None:
    site.says("/here", answer(b"photo", "200 OK", "Content-Encoding: Identity"))
    assert download(fetcher, URL).body == b"photo"


def test_no_room_for_the_file_is_the_callers_to_hear(fetcher: Fetcher) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fetcher.fetch(
            "http://photos.example/photo", Full(), max_bytes=9, deadline=time.monotonic() + 5
        )


# Time.


@pytest.mark.parametrize(
    "page",
    [
        dripping(b""),
        dripping(b"HTTP/1.1 200 O"),
        dripping(OK + b"X: "),
        dripping(OK + b"Content-Length: 99999\r\n\r\n"),
        dripping(OK + b"\r\n"),
        dripping(CHUNKED, b"1\r\nx\r\n" * 10_000),
        dripping(CHUNKED + b"0\r\n", b"T: x\r\n" * 10_000),
        dripping(b"", b"HTTP/1.1 100 Go on\r\n\r\n" * 1000),
    ],
    ids=["start", "status", "headers", "body", "endless", "chunks", "trailers", "interim"],
)
def test_nothing_that_drips_outlives_the_deadline(page: Page, fetcher: Fetcher, site: Site) -> None:
    site.pages["/here"] = page
    started = time.monotonic()
    with pytest.raises(FetchTooSlow) as refusal:
        download(fetcher, URL, within_sec=SHORT_SEC)
    assert SHORT_SEC <= time.monotonic() - started < SHORT_SEC + 1
    assert refusal.value.details["reason"] == "deadline"


def test_redirects_share_one_deadline(fetcher: Fetcher, site: Site) -> None:
    site.pages["/here"] = lambda: paced(answer(b"", "302 Found", "Location: /here"), 500)
    started = time.monotonic()
    with pytest.raises(FetchTooSlow):
        download(fetcher, URL, within_sec=SHORT_SEC)
    assert time.monotonic() - started < SHORT_SEC + 1
    assert len(site.heads) > 1


def test_a_resolver_that_hangs_does_not_outlive_the_deadline(site: Site) -> None:
    answered = threading.Event()

    class Hanging(Names):
        def addresses(self, host: str) -> Collection[str]:
            answered.wait(10)
            return super().addresses(host)

    with pytest.raises(FetchTooSlow):
        download(Fetcher(network=Hanging(site)), URL, within_sec=SHORT_SEC)
    answered.set()


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port whose backlog is full, so that a connection to it never comes about."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind((LOOPBACK, 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_host_that_takes_no_connection_does_not_outlive_the_deadline(deaf_port: int) -> None:
    assert SHORT_SEC < CONNECT_WITHIN_SEC
    with pytest.raises(FetchTooSlow):
        download(Fetcher([LOOPBACK]), f"http://{LOOPBACK}:{deaf_port}/", within_sec=SHORT_SEC)


def test_the_next_address_is_tried_when_one_does_not_answer(site: Site) -> None:
    class OneDead(Names):
        def connect(self, address: str, port: int, timeout_sec: float) -> socket.socket:
            if address == PUBLIC:
                raise ConnectionRefusedError
            return super().connect(address, port, timeout_sec)

    names = OneDead(site, photos_example=[[PUBLIC, "8.8.8.8"]])
    assert download(Fetcher(network=names), "http://photos.example/photo").body == b"photo"
    assert names.reached == [("8.8.8.8", 80)]


def test_the_real_network_is_used_by_default(site: Site) -> None:
    url = f"http://localhost:{site.port}/photo"
    assert download(Fetcher(["localhost"]), url).body == b"photo"
    with pytest.raises(FetchRefused):
        download(Fetcher(["photos.example"]), "http://localhost/photo")

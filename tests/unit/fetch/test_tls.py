"""TLS to the name that was asked for, and fetching inside a gevent process."""

from __future__ import annotations

import io
import random
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from photoai.config import ROOT
from photoai.errors import FetchFailed, FetchRefused, FetchTooLarge, FetchTooSlow
from photoai.services.fetch import Fetcher, Message, Reply
from tests.support.waiting import paced
from tests.unit.fetch.site import LOOPBACK, PUBLIC, Names, Site, answer, download

pytestmark = pytest.mark.slow

SHORT_SEC = 0.2
# A handshake record that announces more than ever comes.
HANDSHAKE = b"\x16\x03\x03\x40\x00" + b"\x02" * 5000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate it signs itself, for `photos.example` alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "photos.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("photos.example")]), False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "photos.example.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def asked_for() -> list[str | None]:
    """The names that came with the handshakes (SNI)."""
    return []


@pytest.fixture
def site(certificate: Path, asked_for: list[str | None]) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _sock, name, _context: asked_for.append(name)
    with Site(tls=context) as running:
        running.says("/photo", answer())
        yield running


@pytest.fixture
def names(site: Site) -> Names:
    return Names(site, photos_example=[[PUBLIC]], other_example=[[PUBLIC]])


@pytest.fixture
def fetcher(names: Names, certificate: Path) -> Fetcher:
    return Fetcher(network=names, tls=ssl.create_default_context(cafile=str(certificate)))


def test_tls_is_made_with_the_name_at_the_checked_address(
    fetcher: Fetcher, names: Names, site: Site, asked_for: list[str | None]
) -> None:
    assert download(fetcher, "https://photos.example/photo").body == b"photo"
    assert names.reached == [(PUBLIC, 443)]
    assert asked_for == ["photos.example"]
    assert b"\r\nHost: photos.example\r\n" in site.heads[0]


@pytest.mark.parametrize("host", ["other.example", PUBLIC])
def test_a_certificate_for_another_name_is_a_failure(
    host: str, fetcher: Fetcher, site: Site
) -> None:
    with pytest.raises(FetchFailed) as failure:
        download(fetcher, f"https://{host}/photo")
    assert failure.value.details == {"address": f"https://{host}", "reason": "tls"}
    assert site.heads == []


def test_a_certificate_nobody_vouches_for_is_a_failure(names: Names, site: Site) -> None:
    with pytest.raises(FetchFailed) as failure:
        download(Fetcher(network=names), "https://photos.example/photo")
    assert failure.value.details["reason"] == "tls"
    assert site.heads == []


def test_a_redirect_out_of_tls_is_refused(fetcher: Fetcher, names: Names, site: Site) -> None:
    site.sends_to("/moved", "http://photos.example/photo")
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, "https://photos.example/moved")
    assert refusal.value.details == {"address": "http://photos.example", "reason": "downgrade"}
    assert len(names.reached) == 1


def test_a_large_question_arrives_whole_and_its_refusal_is_heard_out(
    fetcher: Fetcher, site: Site
) -> None:
    site.says("/ask", answer(b"no", "400 Bad Request"))
    photo = random.Random(1).randbytes(3_000_000)
    reply = exchange(fetcher, photo, within_sec=5)
    assert (reply.status, reply.content) == (400, b"no")
    assert site.bodies == [photo]


def test_the_deadline_holds_while_nobody_reads_the_question(fetcher: Fetcher, site: Site) -> None:
    held = threading.Event()

    def says_nothing() -> Iterator[bytes]:
        held.wait(5)
        yield b""

    site.greeting = says_nothing
    with pytest.raises(FetchTooSlow):
        exchange(fetcher, bytes(30_000_000), within_sec=0.5)
    held.set()


def exchange(fetcher: Fetcher, photo: bytes, within_sec: float) -> Reply:
    return fetcher.exchange(
        "https://photos.example/ask",
        Message(photo, "image/jpeg").question,
        max_bytes=1000,
        deadline=time.monotonic() + within_sec,
    )


def test_the_limits_hold_inside_tls(fetcher: Fetcher, site: Site) -> None:
    site.says("/large", b"HTTP/1.1 200 OK\r\n\r\n", bytes(200_000))
    site.pages["/slow"] = lambda: paced(answer(bytes(1000)), 100)
    with pytest.raises(FetchTooLarge):
        download(fetcher, "https://photos.example/large", max_bytes=100_000)
    with pytest.raises(FetchTooSlow):
        download(fetcher, "https://photos.example/slow", within_sec=SHORT_SEC)


def test_a_connection_that_breaks_inside_tls_is_made_anew(fetcher: Fetcher, site: Site) -> None:
    half = answer(b"clip", "200 OK", 'ETag: "one"', "Content-Length: 8")
    part = answer(b"clip", "206 Part", 'ETag: "one"', "Content-Range: bytes 4-7/8")
    site.says_in_turn("/clip.mp4", half, part)
    into = io.BytesIO()
    deadline = time.monotonic() + 5
    fetcher.fetch_whole("https://photos.example/clip.mp4", into, max_bytes=8, deadline=deadline)
    assert into.getvalue() == b"clipclip"
    assert b"\r\nRange: bytes=4-\r\n" in site.heads[1]


def test_a_handshake_that_drips_does_not_outlive_the_deadline() -> None:
    with Site(greeting=lambda: paced(HANDSHAKE, 100)) as site, pytest.raises(FetchTooSlow):
        download(Fetcher([LOOPBACK]), f"https://{LOOPBACK}:{site.port}/", within_sec=SHORT_SEC)


def test_a_server_that_speaks_no_tls_is_a_failure() -> None:
    with Site(greeting=lambda: [answer()]) as site, pytest.raises(FetchFailed) as failure:
        download(Fetcher([LOOPBACK]), f"https://{LOOPBACK}:{site.port}/")
    assert failure.value.details["reason"] == "tls"


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import io, ssl, sys, time
import gevent
from photoai.errors import PhotoaiError
from photoai.services.fetch import Fetcher, Message, Reply

def fetch(url):
    into = io.BytesIO()
    try:
        fetcher.fetch(url, into, max_bytes=10_000_000, deadline=time.monotonic() + 0.5)
    except PhotoaiError as error:
        return error.code
    return len(into.getvalue())

fetcher = Fetcher(["localhost", "127.0.0.1"], tls=ssl.create_default_context(cafile=sys.argv[1]))
tasks = [gevent.spawn(fetch, url) for url in sys.argv[2:]]
started = time.monotonic()
gevent.joinall(tasks)
print(*[task.value for task in tasks], time.monotonic() - started < 1.5)
"""


def test_under_gevent_downloads_go_on_beside_each_other(certificate: Path, site: Site) -> None:
    plain = Site()
    plain.says("/large", answer(bytes(5_000_000)))
    plain.pages["/slow"] = lambda: paced(answer(bytes(1000)), 100)
    with plain, Site(greeting=lambda: paced(HANDSHAKE, 100)) as deaf:
        urls = [
            f"http://localhost:{plain.port}/slow",
            f"http://localhost:{plain.port}/large",
            f"https://localhost:{deaf.port}/",
            f"https://localhost:{site.port}/photo",
        ]
        done = subprocess.run(
            [sys.executable, "-c", GREENLETS, str(certificate), *urls],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.stdout.split() == [
        "fetch_too_slow", "5000000", "fetch_too_slow", "fetch_failed", "True",
    ], done.stderr  # fmt: skip

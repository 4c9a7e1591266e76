"""Fetching: hop after hop, each checked, connected to a checked address and read within bounds."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from http.client import HTTPResponse
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from socket import socket
from typing import BinaryIO

import certifi

from photoai.errors import FetchFailed, FetchTooLarge, FetchTooSlow

from .hop import ABOUT_IT, WHAT_IS_THERE, Form, Hop, Message, Question, covers, listed
from .network import Address, Network, address_in, is_public
from .receiving import Fetched, Progress, Receiving, Reply, in_our_words
from .tries import TRIES, Tries, expect_ok
from .versions import Validators, validators_in
from .wire import Wire, ask, carried, seconds_left

WEB_PORTS = frozenset({80, 443, 8080, 8443})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
CONNECT_WITHIN_SEC = 5.0
# What a hop may send besides the content and its framing: handshake, interim answers, headers.
HEAD_BYTES = 256 * 1024
# Chunks and TLS records of sensible sizes add a few per cent; twice the content is no accident.
FRAMING = 2
# As much as is read of an answer whose status says it all.
SKIMMED_BYTES = 4096


class Fetcher:
    """Downloads from the open internet, and from `allowed_hosts` wherever they are.

    Those are names or addresses (FETCH_ALLOWED_HOSTS) and may use any port. `tls` says whose
    certificates count: by default the system's authorities and Mozilla's.

    Raises:
        ConfigError: one of `allowed_hosts` is not a host.
    """

    def __init__(
        self,
        allowed_hosts: Collection[str] = (),
        network: Network | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = frozenset(listed(host) for host in allowed_hosts)
        self._network = network or Network()
        self._tls = tls

    def fetch(
        self,
        url: str,
        into: BinaryIO,
        *,
        max_bytes: int,
        deadline: float,
        hosts: Collection[str] | None = None,
        progress: Progress | None = None,
    ) -> Fetched:
        """Write what lies at `url` into `into`, following at most five redirects.

        `max_bytes` bounds the content, `deadline` (a `time.monotonic()` value) everything. With
        `hosts` no others are asked; `*.example.com` means every host below that name. `progress`
        is called after each piece with the bytes so far and all there will be, None when the
        server did not say; what it raises ends the download. After an error `into` may hold a part.

        Raises:
            FetchRefused: the URL, or one it redirects to, is not one that may be asked.
            FetchTooLarge: there is more than `max_bytes`, or far more around it.
            FetchTooSlow: the deadline passed.
            FetchFailed: no connection, no valid certificate, no answer of status 200, or only
                a part of it.
            ConfigError: one of `hosts` is not a host.
        """
        allowance = HEAD_BYTES + FRAMING * max_bytes
        with self._answered(url, WHAT_IS_THERE, allowance, deadline, hosts) as (hop, response):
            expect_ok(hop, response)
            return Receiving(into, max_bytes, deadline, progress).take(hop, response)

    def fetch_whole(
        self,
        url: str,
        into: Path | BinaryIO,
        *,
        max_bytes: int,
        deadline: float,
        tries: int = TRIES,
        progress: Progress | None = None,
    ) -> Fetched:
        """As `fetch`, but a broken connection, a server that is busy (429) and one that fails (5xx)
        are asked again, after a while that grows. If the server can prove that the file is still
        the same, only the rest is asked for. Every try is checked like the first.

        `into` is a path, whose file is replaced, or a seekable file, filled from its beginning;
        `progress` may go back to a smaller number when a try begins anew.

        Raises:
            FetchRefused, FetchTooLarge, FetchTooSlow, FetchFailed: as `fetch`.
        """
        allowance = HEAD_BYTES + FRAMING * max_bytes

        def asking(question: Question) -> AbstractContextManager[tuple[Hop, HTTPResponse]]:
            return self._answered(url, question, allowance, deadline)

        with _opened(into) as file:
            receiving = Receiving(file, max_bytes, deadline, progress)
            return Tries(asking, receiving).fetch(tries, deadline)

    def validators(self, url: str, *, deadline: float) -> Validators | None:
        """What tells the version that lies at `url` now from others, None when the server does not
        say within the deadline.

        Raises:
            FetchRefused: as `fetch`.
        """
        with (
            suppress(FetchFailed, FetchTooLarge, FetchTooSlow),
            self._answered(url, ABOUT_IT, HEAD_BYTES, deadline) as (hop, response),
        ):
            expect_ok(hop, response)
            return validators_in(response.headers)
        return None

    def post(self, url: str, form: Form, *, max_bytes: int, deadline: float) -> bytes:
        """What `url` answers to a form. A redirect is a failure of that status.

        Raises:
            FetchRefused, FetchTooLarge, FetchTooSlow
            FetchFailed: as `fetch`; `unreachable` and `tls` are the reasons for which the form
                cannot have arrived.
        """
        hop = Hop.parse(url)
        self._check(hop, None)
        into = BytesIO()
        allowance = HEAD_BYTES + FRAMING * max_bytes
        with self._asked(hop, allowance, deadline, form.message.question) as response:
            expect_ok(hop, response)
            Receiving(into, max_bytes, deadline).take(hop, response)
        return into.getvalue()

    def exchange(self, url: str, question: Question, *, max_bytes: int, deadline: float) -> Reply:
        """Whatever `url` answers, a refusal and its words too; a redirect is one of them.

        Raises:
            FetchRefused, FetchTooLarge, FetchTooSlow
            FetchFailed: no connection, no valid certificate, or only a part of an answer.
        """
        hop = Hop.parse(url)
        self._check(hop, None)
        into = BytesIO()
        allowance = HEAD_BYTES + FRAMING * max_bytes
        with self._asked(hop, allowance, deadline, question) as response:
            Receiving(into, max_bytes, deadline).take(hop, response)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, headers, into.getvalue())

    def tell(self, url: str, message: Message, *, deadline: float) -> int:
        """Send a message; the status `url` answers with, whatever else it says.

        Raises:
            FetchRefused, FetchTooLarge, FetchTooSlow, FetchFailed: as `post`.
        """
        hop = Hop.parse(url)
        self._check(hop, None)
        with self._asked(hop, HEAD_BYTES, deadline, message.question) as response:
            # Hanging up in the middle of its answer would look like a failure over there.
            with suppress(FetchFailed, FetchTooLarge, FetchTooSlow):
                _skim(hop, response, deadline)
            return response.status

    def check(self, url: str, *, deadline: float) -> str:
        """The URL in its normal form, if it is one that may be asked. A host nobody can look up
        at the moment is no reason to refuse it: each request checks anew.

        Raises:
            FetchRefused
        """
        hop = Hop.parse(url)
        self._check(hop, None)
        with suppress(FetchFailed, FetchTooSlow), in_our_words(hop, deadline):
            self._checked_addresses(hop, deadline)
        return hop.url

    def reach(self, url: str, *, deadline: float) -> None:
        """Connect to the URL's host, with TLS where it says so; nothing is asked.

        Raises:
            FetchRefused, FetchTooSlow
            FetchFailed: no connection, or no valid certificate.
        """
        hop = Hop.parse(url)
        self._check(hop, None)
        with in_our_words(hop, deadline, "unreachable"):
            sock = self._connected(hop, deadline)
        with sock, in_our_words(hop, deadline):
            carried(hop, Wire(hop, sock, HEAD_BYTES, deadline), self._tls_for(hop))

    def _check(self, hop: Hop, hosts: Collection[str] | None) -> None:
        if hosts is not None and not any(covers(entry, hop.host) for entry in hosts):
            raise hop.refused("foreign_host")
        if hop.host not in self._allowed and hop.port not in WEB_PORTS:
            raise hop.refused("port")

    @contextmanager
    def _answered(
        self,
        url: str,
        question: Question,
        allowance: int,
        deadline: float,
        hosts: Collection[str] | None = None,
    ) -> Iterator[tuple[Hop, HTTPResponse]]:
        """The last hop and its answer, after the redirects."""
        hop = Hop.parse(url)
        for _ in range(MOST_REDIRECTS + 1):
            self._check(hop, hosts)
            with self._asked(hop, allowance, deadline, question) as response:
                location = response.headers.get("Location")
                if response.status not in REDIRECTS or location is None:
                    yield hop, response
                    return
            hop = hop.onward(location)
        raise hop.refused("redirects")

    @contextmanager
    def _asked(
        self, hop: Hop, allowance: int, deadline: float, question: Question
    ) -> Iterator[HTTPResponse]:
        """The hop's answer, its head read."""
        with in_our_words(hop, deadline, "unreachable"):
            sock = self._connected(hop, deadline)
        with sock:
            with in_our_words(hop, deadline):
                wire = Wire(hop, sock, allowance, deadline)
                response = ask(hop, wire, self._tls_for(hop), question)
            yield response

    def _tls_for(self, hop: Hop) -> ssl.SSLContext | None:
        return (self._tls or _usual_tls()) if hop.scheme == "https" else None

    def _connected(self, hop: Hop, deadline: float) -> socket:
        refusal = OSError()
        for address in self._checked_addresses(hop, deadline):
            timeout_sec = min(CONNECT_WITHIN_SEC, seconds_left(deadline))
            try:
                return self._network.connect(str(address), hop.port, timeout_sec)
            except OSError as error:
                refusal = error
        raise refusal

    def _checked_addresses(self, hop: Hop, deadline: float) -> list[Address]:
        """All that the host has: one bad address among them gives it away."""
        literal = address_in(hop.host)
        found = [literal] if literal else self._looked_up(hop, deadline)
        if hop.host not in self._allowed and not all(map(is_public, found)):
            raise hop.refused("address")
        return found

    def _looked_up(self, hop: Hop, deadline: float) -> list[Address]:
        """Asked in a thread that can be left behind, for the C library knows no deadline."""
        answers: list[Collection[str]] = []

        def look() -> None:
            try:
                answers.append(self._network.addresses(hop.host))
            except OSError:
                answers.append(())

        thread = threading.Thread(target=look, name="fetch-lookup", daemon=True)
        timeout_sec = min(CONNECT_WITHIN_SEC, seconds_left(deadline))
        thread.start()
        thread.join(timeout_sec)
        if not answers:
            raise TimeoutError
        if not answers[0]:
            raise hop.failed("name")
        return [ip_address(text) for text in answers[0]]


@contextmanager
def _opened(into: Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(into, Path):
        with into.open("wb") as file:
            yield file
    else:
        yield into


def _skim(hop: Hop, response: HTTPResponse, deadline: float) -> None:
    """Read the beginning of a body nobody needs."""
    with in_our_words(hop, deadline):
        response.read(SKIMMED_BYTES)


@cache
def _usual_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())  # for machines without authorities
    return context

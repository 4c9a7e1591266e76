"""One URL on the way, normalised: exactly what is checked, connected to and asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin

from urllib3.util import Url, parse_url

from photoai.errors import ConfigError, FetchFailed, FetchRefused, FetchTooLarge, FetchTooSlow

from .network import address_in

DEFAULT_PORTS = {"http": 80, "https": 443}
LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST_NAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(?:\.{LABEL})*")
# Octal, hexadecimal and short forms, which the C library reads as IPv4 (WHATWG URL, 3.5).
ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


@dataclass(frozen=True)
class Question:
    """What is asked of an address, and with which headers besides the usual ones."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True)
class Message:
    """What a POST sends, and with which headers of its own (a key, a signature)."""

    content: bytes
    mime: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def question(self) -> Question:
        own = {"Content-Type": self.mime, "Content-Length": str(len(self.content))}
        return Question("POST", own | dict(self.headers), self.content)


@dataclass(frozen=True)
class Form:
    """The same as a form's fields."""

    fields: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        content = urlencode(self.fields).encode()
        return Message(content, "application/x-www-form-urlencoded", self.headers)


WHAT_IS_THERE, ABOUT_IT = Question(), Question("HEAD")


@dataclass(frozen=True)
class Hop:
    """`host` is lower-case ASCII, an address in its shortest form; `target` is path and query.

    The details of its errors hold `reason`, a word, and `address`, which is scheme, host and
    port: never a path or a query, since those may be somebody's token.
    """

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, url: str, base: str = "") -> Hop:
        """Read a URL, a relative one against `base`.

        Raises:
            FetchRefused: it is not an http or https URL, holds credentials, or its host is
                neither a name nor an address in the usual notation.
        """
        try:
            parts = parse_url(urljoin(base, url))
        except ValueError:
            raise FetchRefused(details={"reason": "malformed"}) from None
        if parts.scheme not in DEFAULT_PORTS:
            raise FetchRefused(details={"reason": "scheme"})
        if parts.auth is not None:
            raise FetchRefused(details={"reason": "credentials"})
        port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
        return cls(parts.scheme, _normal(parts.host or ""), port, parts.request_uri)

    def onward(self, location: str) -> Hop:
        """Where a redirect leads.

        Raises:
            FetchRefused: as `parse`, or it would leave TLS.
        """
        # http.client reads headers as Latin-1, servers write UTF-8.
        text = location.encode("latin-1", "replace").decode("utf-8", "replace")
        onward = Hop.parse(text, base=self.url)
        if (self.scheme, onward.scheme) == ("https", "http"):
            raise onward.refused("downgrade")
        return onward

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.target

    def request(self, question: Question = WHAT_IS_THERE) -> bytes:
        """The whole request; content comes as it is (`identity`) or not at all.

        Raises:
            ValueError: a header of the message's cannot be sent.
        """
        lines = [
            f"{question.method} {self.target} HTTP/1.1",
            f"Host: {self.authority}",
            "Connection: close",
            "Accept: */*",
            "Accept-Encoding: identity",
            "User-Agent: photoai",
            *(f"{name}: {value}" for name, value in question.headers.items()),
        ]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("A header is one line.")
        return "\r\n".join([*lines, "", ""]).encode("ascii") + question.content

    def refused(self, reason: str) -> FetchRefused:
        return FetchRefused(details=self._details(reason))

    def failed(self, reason: str, **facts: Any) -> FetchFailed:
        return FetchFailed(details=self._details(reason) | facts)

    def too_large(self) -> FetchTooLarge:
        return FetchTooLarge(details=self._details("bytes"))

    def too_slow(self) -> FetchTooSlow:
        return FetchTooSlow(details=self._details("deadline"))

    def _details(self, reason: str) -> dict[str, Any]:
        return {"address": self.origin, "reason": reason}


def listed(entry: str) -> str:
    """A host of a list, normalised as the hosts it is compared with.

    Raises:
        ConfigError: it is not a host, or more than one.
    """
    literal = address_in(entry)
    try:
        parts = parse_url(
            f"http://[{entry}]" if literal and literal.version == 6 else f"http://{entry}"
        )
        host = _normal(parts.host or "")
    except (ValueError, FetchRefused):
        raise ConfigError(f"{entry!r} is not a host.") from None
    if parts != Url("http", host=parts.host):
        raise ConfigError(f"{entry!r} must be a host and nothing else.")
    return host


def covers(entry: str, host: str) -> bool:
    """Whether a normalised host is the one of the entry, or below it: `*.example.com`."""
    if entry.startswith("*."):
        return host.endswith("." + listed(entry.removeprefix("*.")))
    return host == listed(entry)


def _normal(host: str) -> str:
    name = host.removesuffix(".")
    if (address := address_in(name.removeprefix("[").removesuffix("]"))) is not None:
        return str(address)
    if not HOST_NAME.fullmatch(name) or ENDS_IN_NUMBER.fullmatch(name):
        raise FetchRefused(details={"reason": "host"})
    return name

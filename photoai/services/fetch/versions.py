"""Telling one version of a file from another by what its server says of it (RFC 9110, 8.8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import Message as Headers
from email.utils import parsedate_to_datetime

LONGEST_VALIDATOR = 500
STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')
CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/(?:([0-9]{1,19})|\*)")
NUMBER = re.compile(r"[0-9]{1,19}")
# A file can change twice in the second its Last-Modified names (RFC 9110, 8.8.2.2).
SURELY_OLDER = timedelta(seconds=1)


@dataclass(frozen=True)
class Validators:
    """As they were sent: a weak tag (`W/"…"`) tells versions apart too. Never without any."""

    etag: str | None
    last_modified: str | None
    size_bytes: int | None


@dataclass(frozen=True)
class Part:
    """Bytes `first` to `last` of `whole_bytes`, None when the server does not know how many."""

    first: int
    last: int
    whole_bytes: int | None


def validator(headers: Headers, name: str) -> str | None:
    """The header's value; None for what nobody would mean by one."""
    value = headers.get(name, "").strip()
    return value if value.isprintable() and 0 < len(value) <= LONGEST_VALIDATOR else None


def validators_in(headers: Headers) -> Validators | None:
    """Those of the answer to a HEAD, None when there are none."""
    etag, last_modified = validator(headers, "ETag"), validator(headers, "Last-Modified")
    if not (etag or last_modified):
        return None
    length = NUMBER.fullmatch(headers.get("Content-Length", "").strip())
    return Validators(etag, last_modified, int(length[0]) if length else None)


def exact_version(headers: Headers) -> str | None:
    """What If-Range takes for proof that not one byte has changed (RFC 9110, 13.1.5), None when
    nothing does or parts cannot be had anyway."""
    if headers.get("Accept-Ranges", "").strip().lower() == "none":
        return None
    etag = validator(headers, "ETag")
    if etag is not None:
        return etag if STRONG_ETAG.fullmatch(etag) else None
    last_modified = validator(headers, "Last-Modified")
    return last_modified if last_modified and _is_exact(last_modified, headers) else None


def may_be(headers: Headers, version: str) -> bool:
    """Whether a part can be of the version it was asked for: it need not repeat the date."""
    found = validator(headers, "ETag")
    if found is None and not STRONG_ETAG.fullmatch(version):
        found = validator(headers, "Last-Modified")
    return found in {version, None}


def part_in(headers: Headers) -> Part | None:
    """Which part of a file an answer of status 206 holds; None when it makes no sense."""
    found = CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if found is None:
        return None
    part = Part(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)
    sane = part.first <= part.last and (part.whole_bytes is None or part.last < part.whole_bytes)
    return part if sane else None


def _is_exact(last_modified: str, headers: Headers) -> bool:
    try:
        age = parsedate_to_datetime(headers.get("Date", "")) - parsedate_to_datetime(last_modified)
    except (TypeError, ValueError):
        return False
    return last_modified.isascii() and age >= SURELY_OLDER

"""Looks at the server itself: its disk, its clock, its public address."""

from __future__ import annotations

import http.client
import json
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from photoai.db import Database
from photoai.errors import Sentence
from photoai.services.clock import utcnow

from .capacity import Event, room
from .verdicts import Verdict, green, red, yellow

ASK_SEC = 5.0
MOST_BYTES = 65_536
# A clock this far off is told; beyond the second, signatures and certificates begin to fail.
NOTICED_SEC, HARMFUL_SEC = 2.0, 60.0
ALIVE = {"status": "healthy"}
DATABASE = "PostgreSQL"  # an embedded one has the machine's own clock


def disk(folder: Path, photo_bytes: float, originals_kept_min: float, event: Event) -> Verdict:
    """Whether photos find room in the folder, which need not be there yet."""
    while not folder.exists():
        folder = folder.parent
    return room(shutil.disk_usage(folder).free, photo_bytes, originals_kept_min, event)


def clock(database: Database, addresses: Mapping[str, str]) -> Verdict:
    """How far this machine's clock is from the database's and from those at the addresses, which
    are told by whose they are."""
    skews: dict[str, float] = {}
    before = utcnow()
    with database.look() as connection:
        theirs = database.now(connection)
    skews[DATABASE] = _apart(theirs, before, utcnow())
    for name, address in addresses.items():
        skew = _skew_at(address)
        if skew is not None:
            skews[name] = skew
    who, most = max(skews.items(), key=lambda item: item[1])
    facts = {"sec": round(most, 1), "who": who}
    if most > HARMFUL_SEC:
        return red(
            Sentence(
                "The clock is {sec} s away from that of {who}: switch on time synchronisation "
                "(NTP).",
                **facts,
            )
        )
    if most > NOTICED_SEC:
        return yellow(
            Sentence(
                "The clock is {sec} s away from that of {who}: see whether time is synchronised "
                "(NTP).",
                **facts,
            )
        )
    if len(skews) == 1 and addresses:
        return yellow(
            Sentence(
                "The clock fits the database's; no provider could be asked what time it is: see "
                "whether the internet is there."
            )
        )
    return green(Sentence("The clock is right: {clocks} others agree.", clocks=len(skews)))


def public_address(base_url: str, is_needed: bool) -> Verdict:
    """Whether this server is reached by the address that guests' links and some providers use."""
    if not base_url:
        unset = Sentence(
            "PUBLIC_BASE_URL is not set: guests' links lead to the address the booth used. Set it "
            "to the one that guests' phones reach."
        )
        return red(unset) if is_needed else yellow(unset)
    began = time.monotonic()
    try:
        status, body = _asked(base_url.rstrip("/") + "/healthz", "GET")[:2]
    except (OSError, http.client.HTTPException, ValueError):
        lost = Sentence(
            "Nobody answers at {address}: see its DNS name, the router's forwarding and the "
            "certificate.",
            address=base_url,
        )
        return red(lost) if is_needed else yellow(lost)
    if status == 200 and _is_ours(body):
        ms = round((time.monotonic() - began) * 1000)
        return green(
            Sentence("This server answers at {address} in {ms} ms.", address=base_url, ms=ms)
        )
    return red(
        Sentence(
            "Something else answers at {address} (status {status}): see where it leads.",
            address=base_url,
            status=status,
        )
    )


def _is_ours(body: bytes) -> bool:
    try:
        return bool(json.loads(body) == ALIVE)
    except ValueError:
        return False


def _skew_at(address: str) -> float | None:
    """In seconds; None when nobody there says what time it is."""
    before = utcnow()
    try:
        said = _asked(address, "HEAD")[2]
        theirs = parsedate_to_datetime(said or "")
    except (OSError, http.client.HTTPException, ValueError, TypeError):
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    # The header counts whole seconds: what it says may be one behind.
    return max(0.0, _apart(theirs, before, utcnow()) - 1.0)


def _apart(theirs: datetime, before: datetime, after: datetime) -> float:
    """How far a clock is off that was read between these two moments."""
    if theirs < before:
        return (before - theirs).total_seconds()
    return max(0.0, (theirs - after).total_seconds())


def _asked(address: str, method: str) -> tuple[int, bytes, str | None]:
    """Status, the body's beginning and the Date of one answer; no redirect is followed.

    Raises:
        OSError, HTTPException, ValueError: there is none.
    """
    parts = urlsplit(address)
    make: Callable[..., http.client.HTTPConnection] = (
        http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    )
    connection = make(parts.hostname or "", parts.port, timeout=ASK_SEC)
    try:
        connection.request(method, parts.path or "/", headers={"User-Agent": "photoai"})
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES), answer.getheader("Date")
    finally:
        connection.close()

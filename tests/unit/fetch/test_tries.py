"""Whole downloads: what another try mends, what it keeps, and what ends it at once."""

from __future__ import annotations

import io
import itertools
import os
import re
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from tenacity import RetryCallState, Retrying, wait_none

from photoai.errors import FetchFailed, FetchRefused, FetchTooLarge, FetchTooSlow
from photoai.services.fetch import Fetched, Fetcher, tries
from tests.support.waiting import paced
from tests.unit.fetch.site import PUBLIC, Names, Site, answer

pytestmark = pytest.mark.slow

URL = "http://photos.example/clip.mp4"
CLIP, OTHER = os.urandom(300_000), os.urandom(310_000)
HALF = 150_000
TAG, OTHER_TAG = 'ETag: "one"', 'ETag: "two"'
NOW, LONG_AGO = formatdate(usegmt=True), formatdate(0, usegmt=True)
DATED = [f"Last-Modified: {LONG_AGO}", f"Date: {NOW}"]
SHORT_SEC = 0.3
REAL_BACKOFF = tries.BACKOFF
BUSY = answer(b"", "503 Busy", "Retry-After: 0")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for chance here; what a server asks for is still waited."""
    monkeypatch.setattr(tries, "BACKOFF", wait_none())


def whole(fetcher: Fetcher, url: str = URL, within_sec: float = 10, **how: Any) -> bytes:
    into = io.BytesIO()
    how = {"max_bytes": 1_000_000, "deadline": time.monotonic() + within_sec} | how
    fetched = fetcher.fetch_whole(url, into, **how)
    assert fetched.size_bytes == len(into.getvalue())
    return into.getvalue()


def cut(*headers: str, body: bytes = CLIP, after: int = HALF) -> bytes:
    """An answer whose connection breaks in the middle."""
    return answer(b"", "200 OK", *headers, f"Content-Length: {len(body)}") + body[:after]


def rest(*headers: str, body: bytes = CLIP, first: int = HALF, said: str | None = None) -> bytes:
    """What comes from `first` on; `said` is the Content-Range that is claimed for it."""
    said = said or f"bytes {first}-{len(body) - 1}/{len(body)}"
    return answer(body[first:], "206 Part", *headers, f"Content-Range: {said}")


def asked_parts(site: Site) -> list[str | None]:
    """The Range of every request that came."""
    found = (re.search(rb"(?m)^Range: (.*)\r$", head) for head in site.heads)
    return [match[1].decode() if match else None for match in found]


# What comes back is described.


def test_a_whole_download_is_written_and_described(
    fetcher: Fetcher, site: Site, tmp_path: Path
) -> None:
    target = tmp_path / "clip.mp4"
    target.write_bytes(b"old" * HALF)
    site.says("/clip.mp4", answer(CLIP, "200 OK", 'ETag: W/"x"', *DATED, "Content-Type: video/mp4"))
    fetched = fetcher.fetch_whole(URL, target, max_bytes=len(CLIP), deadline=time.monotonic() + 5)
    assert fetched == Fetched(len(CLIP), "video/mp4", 'W/"x"', LONG_AGO)
    assert target.read_bytes() == CLIP


def test_progress_tells_how_much_has_come_and_how_much_will(fetcher: Fetcher, site: Site) -> None:
    told: list[tuple[int, int | None]] = []
    site.says("/clip.mp4", answer(CLIP))
    whole(fetcher, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1] == (len(CLIP), len(CLIP))
    site.says("/clip.mp4", b"HTTP/1.1 200 OK\r\n\r\n" + CLIP)
    whole(fetcher, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(CLIP), None)


def test_progress_may_end_a_download(fetcher: Fetcher, site: Site) -> None:
    def enough(done: int, total: int | None) -> None:
        raise ZeroDivisionError

    site.says("/clip.mp4", answer(CLIP))
    for fetch in (fetcher.fetch, fetcher.fetch_whole):
        with pytest.raises(ZeroDivisionError):
            fetch(
                URL, io.BytesIO(), max_bytes=10**6, deadline=time.monotonic() + 5, progress=enough
            )
    assert len(site.heads) == 2


# What another try keeps.


@pytest.mark.parametrize(
    ("headers", "version"),
    [([TAG], '"one"'), (DATED, LONG_AGO), ([TAG, *DATED], '"one"')],
    ids=["by its tag", "by its date", "by its tag rather than its date"],
)
def test_only_the_missing_bytes_are_asked_for_again(
    headers: list[str], version: str, fetcher: Fetcher, site: Site
) -> None:
    told: list[tuple[int, int | None]] = []
    site.says_in_turn("/clip.mp4", cut(*headers), rest(*headers))
    assert whole(fetcher, progress=lambda *how: told.append(how)) == CLIP
    assert asked_parts(site) == [None, f"bytes={HALF}-"]
    assert f"\r\nIf-Range: {version}\r\n".encode() in site.heads[1]
    assert told[-1] == (len(CLIP), len(CLIP))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_connection_may_break_again_and_again(fetcher: Fetcher, site: Site) -> None:
    broken = answer(
        b"", "206 Part", TAG, f"Content-Range: bytes {HALF}-299999/300000", "Content-Length: 150000"
    )
    site.says_in_turn(
        "/clip.mp4", cut(TAG), broken + CLIP[HALF : HALF + 1000], BUSY, rest(TAG, first=HALF + 1000)
    )
    assert whole(fetcher) == CLIP
    assert asked_parts(site) == [None, f"bytes={HALF}-", "bytes=151000-", "bytes=151000-"]


def test_a_server_may_send_less_than_the_whole_rest(fetcher: Fetcher, site: Site) -> None:
    some = answer(CLIP[HALF:200_000], "206 Part", TAG, "Content-Range: bytes 150000-199999/300000")
    site.says_in_turn("/clip.mp4", cut(TAG), some, rest(TAG, first=200_000))
    assert whole(fetcher) == CLIP
    assert asked_parts(site)[2] == "bytes=200000-"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ['ETag: W/"one"'],
        ['ETag: W/"one"', *DATED],
        ["ETag: one"],
        [f"Last-Modified: {NOW}", f"Date: {NOW}"],
        [f"Last-Modified: {LONG_AGO}"],
        ["Last-Modified: yesterday", f"Date: {NOW}"],
        [TAG, "Accept-Ranges: none"],
        [f'ETag: "{"x" * 600}"'],
        ['ETag: "one\x07"'],
    ],
    ids=[
        "nothing", "a weak tag", "a weak tag and a date", "no proper tag", "a date of just now",
        "a date without a clock", "no date", "no parts", "an endless tag", "an odd tag",
    ],
)  # fmt: skip
def test_what_proves_nothing_is_fetched_from_its_beginning(
    headers: list[str], fetcher: Fetcher, site: Site
) -> None:
    site.says_in_turn("/clip.mp4", cut(*headers), answer(CLIP))
    assert whole(fetcher) == CLIP
    assert asked_parts(site) == [None, None]


def test_a_file_that_changed_between_two_tries_is_fetched_anew(
    fetcher: Fetcher, site: Site
) -> None:
    site.says_in_turn("/clip.mp4", cut(TAG), answer(OTHER, "200 OK", OTHER_TAG))
    assert whole(fetcher) == OTHER


def test_a_server_that_ignores_ranges_is_understood(fetcher: Fetcher, site: Site) -> None:
    site.says_in_turn("/clip.mp4", cut(TAG), answer(CLIP, "200 OK", TAG))
    assert whole(fetcher) == CLIP
    assert len(site.heads) == 2


@pytest.mark.parametrize(
    "part",
    [
        rest(OTHER_TAG, body=OTHER),
        rest('ETag: W/"one"'),
        rest(TAG, body=OTHER),
        rest(TAG, said="bytes 0-149999/300000"),
        rest(TAG, said="bytes 150001-300000/300000"),
        rest(TAG, said="bytes 150000-299998/300000"),
        rest(TAG, said="bytes 150000-299999/*"),
        rest(TAG, said="bytes 150000-299999/200000"),
        rest(TAG, said="bytes 150000-149999/300000"),
        rest(TAG, said="nonsense"),
        answer(CLIP[HALF:], "206 Part", TAG),
        answer(CLIP, "206 Part", TAG, "Content-Type: multipart/byteranges; boundary=x"),
        answer(b"", "416 No such part", "Content-Range: bytes */300000"),
    ],
    ids=[
        "another tag", "a weaker tag", "another length", "another beginning", "one byte off",
        "one byte short", "no length", "beyond its end", "backwards", "nonsense", "none at all",
        "several", "refused",
    ],
)  # fmt: skip
def test_a_part_that_does_not_fit_begins_anew(part: bytes, fetcher: Fetcher, site: Site) -> None:
    site.says_in_turn("/clip.mp4", cut(TAG), part, answer(OTHER, "200 OK", OTHER_TAG))
    assert whole(fetcher) == OTHER
    assert asked_parts(site) == [None, f"bytes={HALF}-", None]


# What is tried again, and what is not.


@pytest.mark.parametrize("status", ["500 Oh", "502 Bad", "503 Busy", "504 Late", "429 Many"])
def test_a_server_in_trouble_is_asked_again(status: str, fetcher: Fetcher, site: Site) -> None:
    trouble = answer(b"", status, "Retry-After: 0")
    site.says_in_turn("/clip.mp4", trouble, trouble, answer(CLIP))
    assert whole(fetcher) == CLIP
    assert len(site.heads) == 3


def test_tries_come_to_an_end(fetcher: Fetcher, site: Site) -> None:
    site.says("/clip.mp4", BUSY)
    with pytest.raises(FetchFailed) as failure:
        whole(fetcher, tries=3)
    assert failure.value.details["status"] == 503
    assert len(site.heads) == 3


@pytest.mark.parametrize(
    "after", ["2", "9" * 20, pytest.param(formatdate(time.time() + 3600, usegmt=True), id="a date")]
)
def test_a_wait_that_cannot_end_in_time_is_none(after: str, fetcher: Fetcher, site: Site) -> None:
    site.says("/clip.mp4", answer(b"", "429 Many", f"Retry-After: {after}"))
    with pytest.raises(FetchFailed):
        whole(fetcher, within_sec=1)
    assert len(site.heads) == 1


@pytest.mark.parametrize("after", ["x", "-1", "", formatdate(0, usegmt=True)])
def test_a_wait_that_is_none_is_ours_to_choose(after: str, fetcher: Fetcher, site: Site) -> None:
    site.says_in_turn("/clip.mp4", answer(b"", "503 Busy", f"Retry-After: {after}"), answer(CLIP))
    assert whole(fetcher) == CLIP


@pytest.mark.slow
def test_a_server_that_says_when_to_come_is_heeded(fetcher: Fetcher, site: Site) -> None:
    site.says_in_turn("/clip.mp4", answer(b"", "429 Many", "Retry-After: 2"), answer(CLIP))
    started = time.monotonic()
    assert whole(fetcher) == CLIP
    assert 2 <= time.monotonic() - started < 4


@pytest.mark.parametrize("status", ["204 None", "400 No", "401 Who", "403 No", "404 No", "410 No"])
def test_a_refusal_is_taken_for_an_answer(status: str, fetcher: Fetcher, site: Site) -> None:
    site.says("/clip.mp4", answer(b"", status))
    with pytest.raises(FetchFailed):
        whole(fetcher)
    assert len(site.heads) == 1


def test_a_redirect_inside_is_refused_in_a_later_try_too(
    fetcher: Fetcher, site: Site, names: Names
) -> None:
    inside = answer(b"", "302 Found", "Location: http://inside.example/clip.mp4")
    site.says_in_turn("/clip.mp4", cut(TAG), inside)
    with pytest.raises(FetchRefused) as refusal:
        whole(fetcher)
    assert refusal.value.details["reason"] == "address"
    assert names.reached == [(PUBLIC, 80)] * 2


def test_a_name_that_has_moved_inside_by_a_later_try_is_refused(site: Site) -> None:
    names = Names(site, photos_example=[[PUBLIC], ["127.0.0.1"]])
    site.says("/clip.mp4", cut(TAG))
    with pytest.raises(FetchRefused):
        whole(Fetcher(network=names))
    assert names.reached == [(PUBLIC, 80)]


# Bounds.


@pytest.mark.parametrize(
    "answers",
    [
        [answer(CLIP)],
        [b"HTTP/1.1 200 OK\r\n\r\n" + CLIP],
        [cut(TAG, body=CLIP[:250_000]), answer(CLIP)],
        [b"HTTP/1.1 200 OK\r\n" + f"{TAG}\r\n".encode() + b"Transfer-Encoding: chunked\r\n\r\n"
         + b"20000\r\n" + CLIP[:131_072] + b"\r\n", rest(TAG, first=131_072)],
    ],
    ids=["known", "endless", "larger in a later try", "with its rest"],
)  # fmt: skip
def test_what_is_too_large_is_given_up_at_once(
    answers: list[bytes], fetcher: Fetcher, site: Site
) -> None:
    site.says_in_turn("/clip.mp4", *answers)
    with pytest.raises(FetchTooLarge):
        whole(fetcher, max_bytes=260_000)
    assert len(site.heads) == len(answers)


def test_an_endless_body_is_given_up(fetcher: Fetcher, site: Site) -> None:
    def endless() -> Iterator[bytes]:
        return itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(CLIP))

    site.pages["/clip.mp4"] = endless
    with pytest.raises(FetchTooLarge):
        whole(fetcher)


def test_all_tries_share_one_deadline(fetcher: Fetcher, site: Site) -> None:
    site.pages["/clip.mp4"] = lambda: paced(cut(TAG, after=0) + CLIP, 1000)
    started = time.monotonic()
    with pytest.raises(FetchTooSlow):
        whole(fetcher, within_sec=SHORT_SEC)
    site.says("/clip.mp4", cut())
    with pytest.raises((FetchFailed, FetchTooSlow)):
        whole(fetcher, within_sec=SHORT_SEC, tries=1000)
    assert time.monotonic() - started < 2 * SHORT_SEC + 1


def test_waits_are_any_up_to_a_bound_that_grows() -> None:
    state = RetryCallState(Retrying(), None, (), {})
    for attempt, most_sec in enumerate((0.5, 1.0, 2.0, 4.0, 4.0), start=1):
        state.attempt_number = attempt
        waits = [REAL_BACKOFF(state) for _ in range(200)]
        assert 0 <= min(waits) < most_sec / 2 < max(waits) <= most_sec


def test_a_length_that_lies_is_a_failure_in_the_end(fetcher: Fetcher, site: Site) -> None:
    site.says("/clip.mp4", answer(b"", "200 OK", TAG, "Content-Length: 9") + b"half")
    with pytest.raises(FetchFailed) as failure:
        whole(fetcher, tries=2)
    assert failure.value.details["reason"] in {"incomplete", "part"}

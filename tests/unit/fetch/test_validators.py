"""What a HEAD tells of the version that lies at an address."""

from __future__ import annotations

import time

import pytest

from photoai.errors import FetchRefused
from photoai.services.fetch import Fetcher, Validators
from tests.support.waiting import paced
from tests.unit.fetch.site import Site, answer, download

URL = "http://photos.example/clip.mp4"
DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


def validators(fetcher: Fetcher, url: str = URL, within_sec: float = 5) -> Validators | None:
    return fetcher.validators(url, deadline=time.monotonic() + within_sec)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (['ETag: "one"', "Content-Length: 1000"], Validators('"one"', None, 1000)),
        (['ETag: W/"one"', f"Last-Modified: {DATE}"], Validators('W/"one"', DATE, 0)),
        ([f"Last-Modified: {DATE}", "Content-Length: x"], Validators(None, DATE, None)),
        (["Content-Length: 1000"], None),
        (["ETag: ", "Content-Length: 1000"], None),
    ],
)
def test_they_are_told_as_they_were_sent(
    headers: list[str], found: Validators | None, fetcher: Fetcher, site: Site
) -> None:
    site.says("/clip.mp4", answer(b"", "200 OK", *headers))
    assert validators(fetcher) == found
    assert site.heads[0].startswith(b"HEAD /clip.mp4 HTTP/1.1\r\n")


def test_they_are_those_of_the_download(fetcher: Fetcher, site: Site) -> None:
    site.says("/clip.mp4", answer(b"clip", "200 OK", 'ETag: "one"', f"Last-Modified: {DATE}"))
    assert download(fetcher, URL).fetched.validators == validators(fetcher)
    assert download(fetcher, "http://photos.example/photo").fetched.validators is None


def test_redirects_are_followed_and_checked(fetcher: Fetcher, site: Site) -> None:
    site.says("/clip.mp4", answer(b"", "200 OK", 'ETag: "one"'))
    site.sends_to("/moved", "/clip.mp4")
    assert validators(fetcher, "http://photos.example/moved") == Validators('"one"', None, 0)
    assert all(head.startswith(b"HEAD ") for head in site.heads)
    site.sends_to("/moved", "http://inside.example/clip.mp4")
    with pytest.raises(FetchRefused):
        validators(fetcher, "http://photos.example/moved")


@pytest.mark.parametrize(
    "said",
    [
        answer(b"", "405 Not for you", "Allow: GET"), answer(b"", "404 No"), answer(b"", "500 Oh"),
        answer(b"", "204 Fine", 'ETag: "one"'), b"", b"nonsense",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
    ],
)  # fmt: skip
def test_who_does_not_answer_a_head_tells_nothing(
    said: bytes, fetcher: Fetcher, site: Site
) -> None:
    site.says("/clip.mp4", said)
    assert validators(fetcher) is None


def test_who_is_slow_or_unknown_tells_nothing(fetcher: Fetcher, site: Site) -> None:
    site.pages["/clip.mp4"] = lambda: paced(answer(b"", "200 OK", 'ETag: "one"'), 20)
    started = time.monotonic()
    assert validators(fetcher, within_sec=0.2) is None
    assert time.monotonic() - started < 1
    assert validators(fetcher, "http://nowhere.example/clip.mp4") is None

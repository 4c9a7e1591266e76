"""Exchanges: the whole answer, whatever its status, within the bounds of every download."""

from __future__ import annotations

import time

import pytest

from photoai.errors import FetchFailed, FetchRefused, FetchTooLarge, FetchTooSlow
from photoai.services.fetch import Fetcher, Message, Question, Reply
from tests.support.waiting import paced
from tests.unit.fetch.site import Site, answer

URL = "http://photos.example/ask"
ASKING = Message(b"a photo", "image/jpeg", {"Authorization": "Bearer key"}).question


def exchange(
    fetcher: Fetcher, question: Question = ASKING, url: str = URL, within_sec: float = 5
) -> Reply:
    deadline = time.monotonic() + within_sec
    return fetcher.exchange(url, question, max_bytes=1000, deadline=deadline)


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "429 Too Many Requests"])
def test_a_refusal_is_heard_out(status: str, fetcher: Fetcher, site: Site) -> None:
    site.says("/ask", answer(b"words", status, "Location: http://inside.example/", "X-Wait: 2"))
    reply = exchange(fetcher)
    assert (reply.status, reply.content) == (int(status[:3]), b"words")
    assert reply.headers["x-wait"] == "2"
    (head,), (body,) = site.heads, site.bodies
    assert b"Content-Type: image/jpeg\r\nContent-Length: 7\r\nAuthorization: Bearer key" in head
    assert body == b"a photo"


def test_a_question_may_be_without_content(fetcher: Fetcher, site: Site) -> None:
    site.says("/ask", answer(b"{}"))
    assert exchange(fetcher, Question(headers={"Authorization": "Bearer key"})).content == b"{}"
    assert site.heads[0].startswith(b"GET /ask HTTP/1.1\r\n")


def test_bounds_hold_for_exchanges(fetcher: Fetcher, site: Site) -> None:
    site.says("/ask", answer(b"x" * 1001, "500 Oops"))
    with pytest.raises(FetchTooLarge):
        exchange(fetcher)
    site.says("/ask", answer(b"x" * 10)[:-1])
    with pytest.raises(FetchFailed):
        exchange(fetcher)
    site.pages["/ask"] = lambda: paced(b"x" * 1000, 20)
    with pytest.raises(FetchTooSlow):
        exchange(fetcher, within_sec=0.15)
    with pytest.raises(FetchRefused):
        exchange(fetcher, url="http://inside.example/")

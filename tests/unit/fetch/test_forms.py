"""Forms: what is sent, and when they cannot have arrived."""

from __future__ import annotations

import time

import pytest

from photoai.errors import FetchFailed, FetchRefused, FetchTooLarge, FetchTooSlow, PhotoaiError
from photoai.services.fetch import Fetcher, Form
from tests.support.server import free_port
from tests.support.waiting import paced
from tests.unit.fetch.site import Site, answer

URL = "http://photos.example/ask"
FORM = Form({"do": "a&b", "text": "фото"}, {"Authorization": "Bearer key"})


def post(fetcher: Fetcher, url: str = URL, form: Form = FORM, within_sec: float = 5) -> bytes:
    return fetcher.post(url, form, max_bytes=1000, deadline=time.monotonic() + within_sec)


def test_a_form_is_sent_as_forms_are(fetcher: Fetcher, site: Site) -> None:
    site.says("/ask", answer(b'{"success":true}'))
    assert post(fetcher) == b'{"success":true}'
    (head,), (body,) = site.heads, site.bodies
    assert head.startswith(b"POST /ask HTTP/1.1\r\nHost: photos.example\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in head
    assert b"Authorization: Bearer key\r\n" in head
    assert body == b"do=a%26b&text=%D1%84%D0%BE%D1%82%D0%BE"


def test_a_key_cannot_smuggle_headers(fetcher: Fetcher, site: Site) -> None:
    site.says("/ask", answer())
    for key in ("key\r\nHost: evil", "ключ"):
        with pytest.raises(FetchFailed):
            post(fetcher, form=Form({}, {"Authorization": key}))
    assert not site.heads


@pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "503 Busy"])
def test_any_other_status_is_a_failure(status: str, fetcher: Fetcher, site: Site) -> None:
    site.says("/ask", answer(b"", status, "Location: http://inside.example/"))
    with pytest.raises(FetchFailed) as failure:
        post(fetcher)
    assert failure.value.details["status"] == int(status[:3])
    assert len(site.heads) == 1


def test_bounds_hold_for_answers_to_forms(fetcher: Fetcher, site: Site) -> None:
    site.says("/ask", answer(b"x" * 1001))
    with pytest.raises(FetchTooLarge):
        post(fetcher)
    site.pages["/ask"] = lambda: paced(b"x" * 1000, 20)
    with pytest.raises(FetchTooSlow):
        post(fetcher, within_sec=0.3)


def test_who_sends_a_form_learns_whether_it_can_have_arrived(site: Site) -> None:
    reasons = {}
    site.says("/ask", b"")
    for name, port in (("gone", free_port()), ("lost", site.port)):
        with pytest.raises(FetchFailed) as failure:
            post(Fetcher(["127.0.0.1"]), f"http://127.0.0.1:{port}/ask")
        reasons[name] = failure.value.details["reason"]
    assert reasons == {"gone": "unreachable", "lost": "connection"}


@pytest.mark.parametrize(
    "url", ["http://inside.example/", "ftp://photos.example/", "http://u:p@photos.example/"]
)
def test_forms_go_where_downloads_may_go(url: str, fetcher: Fetcher, site: Site) -> None:
    refused: type[PhotoaiError] = FetchRefused
    with pytest.raises(refused):
        post(fetcher, url)
    assert not site.heads

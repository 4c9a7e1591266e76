"""Messages: any content, the status that answers it, and addresses that are checked beforehand."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from photoai.config import Config
from photoai.errors import ConfigError, FetchFailed, FetchRefused, FetchTooLarge, FetchTooSlow
from photoai.services.fetch import Fetcher, Message
from tests.unit.fetch.site import LOOPBACK, Names, Site, answer

URL = "http://photos.example/hook"
MESSAGE = Message('{"hello":"мир"}'.encode(), "application/json", {"X-Signature": "t=1"})


def tell(fetcher: Fetcher, url: str = URL, within_sec: float = 5) -> int:
    return fetcher.tell(url, MESSAGE, deadline=time.monotonic() + within_sec)


def check(fetcher: Fetcher, url: str, within_sec: float = 5) -> str:
    return fetcher.check(url, deadline=time.monotonic() + within_sec)


@pytest.mark.parametrize("status", ["200 OK", "204 Gone home", "302 Found", "404 No", "503 Busy"])
def test_every_status_is_an_answer_and_no_redirect_is_followed(
    status: str, fetcher: Fetcher, site: Site
) -> None:
    site.says("/hook", answer(b"", status, "Location: http://inside.example/"))
    assert tell(fetcher) == int(status[:3])
    (head,), (body,) = site.heads, site.bodies
    assert body == MESSAGE.content
    for line in (b"Content-Type: application/json", b"X-Signature: t=1", b"User-Agent: photoai"):
        assert line + b"\r\n" in head


def endless() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"
    while True:
        yield b"x" * 65536


def broken_off() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"


@pytest.mark.parametrize("page", [endless, broken_off])
def test_whatever_follows_the_status_changes_nothing(
    page: object, fetcher: Fetcher, site: Site
) -> None:
    site.pages["/hook"] = page  # type: ignore[assignment]
    assert tell(fetcher, within_sec=0.3) == 200


@pytest.fixture
def hung_up() -> Iterator[threading.Event]:
    """Until then the receiver stays silent."""
    event = threading.Event()
    yield event
    event.set()


def test_silence_after_the_status_changes_nothing(
    fetcher: Fetcher, site: Site, hung_up: threading.Event
) -> None:
    def silent() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
        hung_up.wait(10)

    site.pages["/hook"] = silent
    assert tell(fetcher, within_sec=0.3) == 200


def test_who_never_answers_or_answers_nonsense_is_a_failure(
    fetcher: Fetcher, site: Site, hung_up: threading.Event
) -> None:
    site.pages["/hook"] = lambda: (hung_up.wait(10) and b"") or b""
    with pytest.raises(FetchTooSlow):
        tell(fetcher, within_sec=0.2)
    site.says("/hook", b"")
    with pytest.raises(FetchFailed):
        tell(fetcher)
    site.says("/hook", b"HTTP/1.1 200 OK\r\n" + b"X-Long: yes\r\n" * 200)
    with pytest.raises(FetchFailed):
        tell(fetcher)
    site.says("/hook", b"HTTP/1.1 100 Wait\r\n\r\n" * 30_000)
    with pytest.raises((FetchTooLarge, FetchFailed)):
        tell(fetcher)


def test_an_address_is_checked_by_the_rules_of_a_download(fetcher: Fetcher, names: Names) -> None:
    assert check(fetcher, "HTTP://Photos.Example:80/a b#part") == "http://photos.example/a%20b"
    assert names.reached == []
    for url, reason in {
        "http://inside.example/": "address",
        "http://127.0.0.1/": "address",
        "ftp://photos.example/": "scheme",
        "http://photos.example:22/": "port",
        "http://u:p@photos.example/": "credentials",
        "http://0x7f.1/": "host",
    }.items():
        with pytest.raises(FetchRefused) as refusal:
            check(fetcher, url)
        assert refusal.value.details["reason"] == reason


def test_a_host_nobody_knows_at_the_moment_may_be_known_later(fetcher: Fetcher) -> None:
    assert check(fetcher, "http://nowhere.example/hook") == "http://nowhere.example/hook"
    with pytest.raises(FetchFailed):
        tell(fetcher, "http://nowhere.example/hook")
    assert check(fetcher, "http://photos.example/", within_sec=-1) == "http://photos.example/"


def test_a_name_that_has_moved_inside_since_it_was_checked_is_not_told(site: Site) -> None:
    names = Names(site, photos_example=[["93.184.216.34"], [LOOPBACK]])
    fetcher = Fetcher(network=names)
    check(fetcher, URL)
    with pytest.raises(FetchRefused):
        tell(fetcher)
    assert names.reached == []


def test_hosts_that_may_be_inside_come_from_the_settings(names: Names, site: Site) -> None:
    hosts = Config.from_environ({"FETCH_ALLOWED_HOSTS": " Inside.Example. ,0:0::1"})
    fetcher = Fetcher(hosts.fetch_allowed_hosts, network=names)
    site.says("/hook", answer())
    assert tell(fetcher, "http://INSIDE.example:6379/hook") == 200
    assert check(fetcher, "http://[::1]:99/hook") == "http://[::1]:99/hook"
    with pytest.raises(FetchRefused):
        check(fetcher, "http://127.0.0.1:99/hook")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK_RETRIES_SEC", "1,soon"),
        ("WEBHOOK_RETRIES_SEC", "-1"),
        ("WEBHOOK_RETRIES_SEC", "nan"),
        ("WEBHOOK_TIMEOUT_SEC", "0"),
    ],
)
def test_waits_that_cannot_be_are_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_environ({name: value})


def test_waits_are_seconds_separated_by_commas() -> None:
    config = Config.from_environ({"WEBHOOK_RETRIES_SEC": "0.5, 2"})
    assert config.webhook_retries_sec == (0.5, 2.0)

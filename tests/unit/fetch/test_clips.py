"""The rules of addresses, proved again for every way a clip is asked for."""

from __future__ import annotations

import io
import itertools
import time

import pytest

from photoai.errors import FetchRefused
from photoai.services.fetch import Fetcher
from tests.unit.fetch.site import PUBLIC, Names, Site
from tests.unit.fetch.test_addresses import NOT_PUBLIC, ODD

LOCAL_NAMES = ["localhost", "LOCALHOST.", "localhost:8080", "127.0.0.1", "[::1]", "0.0.0.0"]


def fetch(fetcher: Fetcher, url: str) -> object:
    return fetcher.fetch(url, io.BytesIO(), max_bytes=1000, deadline=time.monotonic() + 5)


def fetch_whole(fetcher: Fetcher, url: str) -> object:
    return fetcher.fetch_whole(url, io.BytesIO(), max_bytes=1000, deadline=time.monotonic() + 5)


def validators(fetcher: Fetcher, url: str) -> object:
    return fetcher.validators(url, deadline=time.monotonic() + 5)


def urls(hosts: list[str], path: str) -> list[str]:
    return [
        f"http://[{host}]{path}" if ":" in host and "[" not in host else f"http://{host}{path}"
        for host in hosts
    ]


INSIDE = urls([*NOT_PUBLIC, *(host for host in ODD if host)], "/clip.mp4")


WAYS = (fetch, fetch_whole, validators)


@pytest.mark.parametrize("url", INSIDE)
def test_no_notation_of_an_address_inside_is_asked(
    url: str, fetcher: Fetcher, names: Names
) -> None:
    for ask in WAYS:
        with pytest.raises(FetchRefused):
            ask(fetcher, url)
    assert names.asked == names.reached == []


def test_no_redirect_leads_inside(fetcher: Fetcher, site: Site, names: Names) -> None:
    for url, ask in itertools.product(INSIDE, WAYS):
        site.sends_to("/clip.mp4", url)
        with pytest.raises(FetchRefused):
            ask(fetcher, "http://photos.example/clip.mp4")
    assert names.reached == [(PUBLIC, 80)] * len(WAYS) * len(INSIDE)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_name_leads_inside(address: str, site: Site) -> None:
    names = Names(site, photos_example=[[address]])
    for ask in WAYS:
        with pytest.raises(FetchRefused):
            ask(Fetcher(network=names), "http://photos.example/clip.mp4")
    assert names.reached == []


@pytest.mark.parametrize("host", LOCAL_NAMES)
def test_the_real_resolver_leads_nobody_to_this_machine(host: str) -> None:
    for ask in WAYS:
        with pytest.raises(FetchRefused):
            ask(Fetcher(["photos.example"]), f"http://{host}/clip.mp4")

"""Which URLs, hosts, addresses and ports are asked at all."""

from __future__ import annotations

import io
import time
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoai.errors import ConfigError, FetchFailed, FetchRefused, FetchTooSlow
from photoai.services.fetch import Fetcher, is_public
from photoai.services.fetch.hop import Hop
from tests.unit.fetch.addresses import DISGUISED, NOT_PUBLIC, ODD
from tests.unit.fetch.site import LOOPBACK, OTHER_PUBLIC, PUBLIC, Names, Site, answer, download


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_inside_is_refused(address: str, site: Site) -> None:
    names = Names(site, photos_example=[[address]])
    with pytest.raises(FetchRefused) as refusal:
        download(Fetcher(network=names), "http://photos.example/photo?token=secret")
    assert refusal.value.details == {"address": "http://photos.example", "reason": "address"}
    assert names.reached == []


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_inside_is_refused(address: str, fetcher: Fetcher, names: Names) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, f"http://{host}/photo")
    assert refusal.value.details["reason"] == "address"
    assert names.asked == names.reached == []


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, OTHER_PUBLIC, "2a00:1450:4010::8a"])
def test_addresses_on_the_open_internet_are_asked(
    address: str, fetcher: Fetcher, names: Names
) -> None:
    assert is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert download(fetcher, f"http://{host}/photo").body == b"photo"
    assert names.reached == [(address, 80)]


def test_one_address_inside_among_others_gives_a_host_away(site: Site) -> None:
    names = Names(site, photos_example=[[PUBLIC, LOOPBACK]])
    with pytest.raises(FetchRefused):
        download(Fetcher(network=names), "http://photos.example/photo")
    assert names.reached == []


def test_a_zone_in_a_resolvers_answer_is_refused(site: Site) -> None:
    names = Names(site, photos_example=[["fe80::1%lo"]])
    with pytest.raises(FetchRefused):
        download(Fetcher(network=names), "http://photos.example/photo")


@pytest.mark.parametrize("host", ODD)
def test_odd_notations_are_refused_unasked(host: str, site: Site) -> None:
    names = Names(site)
    # Not even on the list: the C library would make loopback of many.
    with pytest.raises(FetchRefused) as refusal:
        download(Fetcher([LOOPBACK, "localhost"], network=names), f"http://{host}/photo")
    assert refusal.value.details["reason"] in {"host", "malformed"}
    assert names.asked == names.reached == []


@pytest.mark.parametrize("url", DISGUISED)
def test_disguised_loopback_is_refused(url: str, fetcher: Fetcher, names: Names) -> None:
    with pytest.raises(FetchRefused):
        download(fetcher, url)
    assert names.asked == names.reached == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://photos.example/photo", "file:///etc/passwd", "gopher://photos.example/",
        "data:image/png;base64,AAAA", "photos.example/photo", "//photos.example/photo",
        "photos.example:80", "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_only_http_and_https_are_fetched(url: str, fetcher: Fetcher, names: Names) -> None:
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, url)
    assert refusal.value.details == {"reason": "scheme"}
    assert names.asked == []


@pytest.mark.parametrize("user", ["guest", "guest:secret", ":secret", "photos.example:80", "a@b"])
def test_credentials_in_a_url_are_refused(user: str, fetcher: Fetcher, names: Names) -> None:
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, f"http://{user}@photos.example/photo")
    assert refusal.value.details == {"reason": "credentials"}
    assert names.asked == []


@pytest.mark.parametrize("port", [0, 22, 25, 6379, 8000, 65535])
def test_ports_that_are_not_the_webs_are_refused(port: int, fetcher: Fetcher, names: Names) -> None:
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, f"http://photos.example:{port}/photo")
    assert refusal.value.details["reason"] == "port"
    assert names.asked == []


def test_a_name_is_asked_once_and_keeps_its_first_answer(site: Site) -> None:
    names = Names(site, photos_example=[[PUBLIC], [LOOPBACK]])
    download(Fetcher(network=names), "http://photos.example:8080/photo")
    assert names.asked == ["photos.example"]
    assert names.reached == [(PUBLIC, 8080)]
    assert b"Host: photos.example:8080\r\n" in site.heads[0]


def test_a_name_that_has_moved_inside_by_the_next_hop_is_refused(site: Site) -> None:
    names = Names(site, photos_example=[[PUBLIC], [LOOPBACK]])
    site.sends_to("/moved", "http://photos.example/photo")
    with pytest.raises(FetchRefused) as refusal:
        download(Fetcher(network=names), "http://photos.example/moved")
    assert refusal.value.details["reason"] == "address"
    assert names.reached == [(PUBLIC, 80)]


def test_a_name_nobody_knows_is_a_failure(fetcher: Fetcher) -> None:
    with pytest.raises(FetchFailed) as failure:
        download(fetcher, "http://nowhere.example/photo")
    assert failure.value.details == {"address": "http://nowhere.example", "reason": "name"}


@pytest.mark.parametrize("written", ["inside.example", "Inside.Example.", "INSIDE.example"])
def test_allowed_hosts_may_be_inside_on_any_port(written: str, names: Names) -> None:
    fetcher = Fetcher([written], network=names)
    assert download(fetcher, "http://INSIDE.example.:6379/photo").body == b"photo"
    assert names.reached == [(LOOPBACK, 6379)]


@pytest.mark.parametrize("written", ["::1", "[::1]", "0:0:0::1"])
def test_allowed_addresses_are_compared_normalised(written: str, names: Names) -> None:
    download(Fetcher([written], network=names), "http://[0::1]:99/photo")
    assert names.reached == [("::1", 99)]


def test_allowing_one_host_allows_no_other(names: Names) -> None:
    fetcher = Fetcher(["other.example", LOOPBACK], network=names)
    for url in ("http://inside.example/photo", "http://[::ffff:127.0.0.1]/photo"):
        with pytest.raises(FetchRefused):
            download(fetcher, url)
    assert names.reached == []


def test_names_of_other_scripts_travel_as_idna(site: Site) -> None:
    names = Names(site, **{"xn--e1afmkfd_example": [[PUBLIC]], "inside_example": [[LOOPBACK]]})
    fetcher = Fetcher(["ПРИМЕР.example"], network=names)
    assert download(fetcher, "http://Пример.example:81/photo").body == b"photo"
    assert names.asked == ["xn--e1afmkfd.example"]
    assert b"Host: xn--e1afmkfd.example:81\r\n" in site.heads[0]


@pytest.mark.parametrize(
    "entry",
    ["localhost:9000", "http://localhost", "a/b", "u@h", "a b", "0x7f.1", "", "*.a", "::1/8"],
)
def test_what_is_not_a_host_cannot_be_allowed(entry: str) -> None:
    with pytest.raises(ConfigError):
        Fetcher([entry])


@pytest.mark.parametrize(
    ("hosts", "asked"),
    [
        (["photos.example"], True), (["PHOTOS.example."], True), (["*.example"], True),
        ([], False), (["example"], False), (["*.photos.example"], False),
        (["otos.example"], False), (["*.otos.example"], False), (["inside.example"], False),
    ],
)  # fmt: skip
def test_a_providers_hosts_are_the_only_ones_asked(
    hosts: list[str], asked: bool, fetcher: Fetcher, names: Names
) -> None:
    if asked:
        download(fetcher, "http://photos.example/photo", hosts=hosts)
        return
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, "http://photos.example/photo", hosts=hosts)
    assert refusal.value.details["reason"] == "foreign_host"
    assert names.asked == []


def test_a_providers_hosts_hold_on_every_hop(fetcher: Fetcher, site: Site) -> None:
    site.sends_to("/moved", f"http://{PUBLIC}/photo")
    with pytest.raises(FetchRefused):
        download(fetcher, "http://photos.example/moved", hosts=["photos.example"])


def test_a_providers_own_host_may_still_not_be_inside(fetcher: Fetcher) -> None:
    with pytest.raises(FetchRefused) as refusal:
        download(fetcher, "http://inside.example/photo", hosts=["inside.example"])
    assert refusal.value.details["reason"] == "address"


@given(st.text() | st.text().map("http://".__add__) | st.text().map("http://a.example/".__add__))
def test_whatever_the_text_it_is_refused_or_one_clean_request(text: str) -> None:
    try:
        hop = Hop.parse(text)
    except FetchRefused:
        return
    assert hop.request().count(b"\r\n") == hop.request().count(b"\n") == 7
    assert hop.request().split(b"\r\n")[0].count(b" ") == 2


def test_nothing_but_ascii_and_no_new_line_reaches_the_wire(fetcher: Fetcher, site: Site) -> None:
    path = "/%D1%8B%0D%0AX:%20y?q=%F0%9F%93%B7"
    site.says(path, answer())
    download(fetcher, "http://photos.example/ы\r\nX: y?q=📷#part")
    assert site.heads[0].startswith(f"GET {path} HTTP/1.1\r\n".encode())


def test_a_deadline_that_has_passed_asks_nobody(fetcher: Fetcher, names: Names) -> None:
    with pytest.raises(FetchTooSlow):
        fetcher.fetch(
            "http://photos.example/", io.BytesIO(), max_bytes=9, deadline=time.monotonic()
        )
    assert names.asked == names.reached == []

"""The gallery without its module: what it shows, what its forms do, and what strangers see."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.errors.galleries import GalleryEmpty, GalleryUnknown, TooManyGalleries
from photoai.models import GalleryLink, Slot, User
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.galleries.links import MOST_OPEN
from tests.support import codes, photos
from tests.support.gallery import add_photo, user_id
from tests.support.reader import Reader, words

SHOT = re.compile(r'id="shot-([^"]+)"')
pytestmark = pytest.mark.slow
OPEN = {"minutes": "15", "back": "12"}


@pytest.fixture
def open_link(serg: Reader) -> Callable[..., str]:
    """Opens a gallery by the page's form; its path."""

    def opened(**fields: object) -> str:
        answer = serg.send("/gallery/links", **(OPEN | fields))
        assert (answer.status_code, answer.location) == (303, "/gallery#open"), answer.text
        return re.findall(r'href="(/g/[0-9a-f]{43})"', serg.page("/gallery"))[0]

    return opened


@pytest.fixture
def guest(app: Flask) -> FlaskClient:
    """Somebody with a link and no account."""
    client = app.test_client()
    client.set_cookie("lang", "en")
    return client


def shots(page: str) -> list[str]:
    return SHOT.findall(page)


def members(answer: TestResponse) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        kinds = {each.compress_type for each in archive.infolist()}
        assert kinds == {zipfile.ZIP_STORED}
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_newest_of_all_slots_come_first_and_nobody_elses(
    services: Services, serg: Reader
) -> None:
    for number, name in enumerate(("newest", "middle", "oldest")):
        slot_id = f"slot-00{number + 1}"
        add_photo(services, name, slot_id=slot_id, ago=timedelta(minutes=number))
    add_photo(services, "igors", owner="igor")
    page = serg.page("/gallery")
    assert shots(page) == ["newest", "middle", "oldest"]
    assert "/gallery/newest/small" in page
    assert "/api/tasks/newest/result" in page
    assert not shots(serg.page("/gallery?slot_id=slot-004"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("slot_id=slot-002", ["other"]),
        ("rung=1", ["second"]),
        ("provider_id=gemini", ["second"]),
        ("tests=false", ["second", "other", "old"]),
        ("from={hour_ago}", ["trial", "second", "other"]),
        ("to={hour_ago}", ["old"]),
    ],
)
def test_filters_leave_some(services: Services, serg: Reader, query: str, found: list[str]) -> None:
    add_photo(services, "old", ago=timedelta(hours=2))
    add_photo(services, "other", slot_id="slot-002", ago=timedelta(minutes=3))
    add_photo(services, "second", rung="1:gemini", ago=timedelta(minutes=2))
    add_photo(services, "trial", is_test=True, ago=timedelta(minutes=1))
    hour_ago = (utcnow() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    page = serg.page("/gallery?" + query.format(hour_ago=hour_ago))
    assert shots(page) == found
    assert "/api/gallery.zip?" in page


def test_times_are_meant_by_the_visitors_clock(services: Services, serg: Reader) -> None:
    add_photo(services, "noon", ago=timedelta(minutes=90))
    east = utcnow() + timedelta(hours=3)
    typed = (east - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert not shots(serg.page(f"/gallery?from={typed}&zone=180"))
    assert shots(serg.page(f"/gallery?to={typed}&zone=180")) == ["noon"]
    for wrong in ("from=soon", "from=2026-01-02&to=2026-01-01", "slot_id=slot-041", "before=x"):
        assert serg.get(f"/gallery?{wrong}").status_code in {400, 404, 422}, wrong


def test_the_way_to_older_ones_is_a_link(services: Services, serg: Reader) -> None:
    names = [add_photo(services, f"photo-{n:03}", ago=timedelta(seconds=n)) for n in range(50)]
    first = serg.page("/gallery?slot_id=slot-001")
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
    assert shots(first) == names[:48]
    second = serg.page(html.unescape(older))
    assert shots(second) == names[48:]
    assert "slot_id=slot-001" in older
    assert 'rel="next"' not in second


def test_some_or_all_come_as_one_archive_of_whole_photos(services: Services, serg: Reader) -> None:
    for seed, name in enumerate(("one", "two", "three")):
        add_photo(services, name, data=photos.jpeg(64, 48, seed=seed))
    add_photo(services, "igors", owner="igor")
    chosen = members(serg.send("/gallery/zip", id=["one", "three", "igors"]))
    assert sorted(chosen.values()) == sorted(photos.jpeg(64, 48, seed=seed) for seed in (0, 2))
    services.store.delete("results/two.1.jpg")
    answer = serg.get("/api/gallery.zip")
    assert len(members(answer)) == 2, "what was deleted meanwhile is left out"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="photoai-')
    none = serg.send("/gallery/zip", id=["igors"])
    assert none.status_code == 404
    assert GalleryEmpty.explain() in none.text


def test_before_and_after_are_compared_while_the_original_is_there(
    services: Services, serg: Reader, reader: Callable[[str], Reader]
) -> None:
    turned = photos.rotated_jpeg(6, 64, 40)
    add_photo(services, "kept", original=turned)
    add_photo(services, "gone")
    page = serg.page("/gallery")
    assert 'data-before="/gallery/kept/before"' in page
    assert "/gallery/gone/before" not in page
    before = serg.get("/gallery/kept/before")
    assert photos.opened(before.data).size == (40, 64), "upright"
    assert before.headers["Cache-Control"] == "private, no-store"
    assert serg.get("/gallery/gone/before").status_code == 410
    assert serg.get("/gallery/kept/sideways").status_code == 404
    for look in ("small", "large", "before"):
        assert reader("igor").get(f"/gallery/kept/{look}").status_code == 404


def test_a_preview_is_small_and_asked_for_once(services: Services, serg: Reader) -> None:
    add_photo(services, "one", data=photos.jpeg(2000, 1500))
    small, large = serg.get("/gallery/one/small"), serg.get("/gallery/one/large")
    assert photos.opened(small.data).size == (480, 360)
    assert photos.opened(large.data).size == (1600, 1200)
    again = serg._client.get("/gallery/one/small", headers={"If-None-Match": small.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_guests_see_the_photos_and_nothing_of_whose_they_are(
    services: Services, open_link: Callable[..., str], guest: FlaskClient
) -> None:
    with services.database.begin() as session:
        session.query(Slot).filter_by(id="slot-001").update({"name": "Serg's secret hall"})
    add_photo(services, "job-of-a-guest", original=photos.jpeg())
    add_photo(services, "a-trial", is_test=True)
    add_photo(services, "of-igor", owner="igor")
    add_photo(services, "of-yesterday", ago=timedelta(hours=13))
    path = open_link()
    answer = guest.get(path)
    page = answer.text
    assert len(shots(page)) == 1
    for hidden in ("job-of-a-guest", "slot-001", "secret hall", "serg", "vivid", "/api/tasks"):
        assert hidden not in page.replace("message", ""), hidden
    (name,) = shots(page)
    assert re.fullmatch("[A-Za-z0-9_-]{32}", name)
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert 'name="robots" content="noindex' in page
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    photo = guest.get(f"{path}/{name}/photo")
    assert photo.data == photos.jpeg(64, 48)
    assert "job-of" not in str(photo.headers)
    photo.close()
    for look in ("small", "large"):
        preview = guest.get(f"{path}/{name}/{look}")
        assert preview.headers["Cache-Control"] == "private, no-cache"
        assert "job-of" not in str(preview.headers)
    assert guest.get(f"{path}/{name}/before").status_code == 404


def test_a_name_is_of_one_gallery_only(
    services: Services, open_link: Callable[..., str], guest: FlaskClient
) -> None:
    add_photo(services, "one")
    first, second = open_link(), open_link(back="1")
    if first == second:
        pytest.fail("each has a link of its own")
    (name,) = shots(guest.get(first).text)
    assert guest.get(f"{first}/{name}/small").status_code == 200
    assert guest.get(f"{second}/{name}/small").status_code == 404
    for odd in ("0" * 32, "x", name[:-1] + "g", f"{name[:-1]} ", "é" * 32):
        assert guest.get(f"{first}/{odd}/photo").status_code == 404, odd


def test_only_chosen_slots_since_a_chosen_moment_are_shown(
    services: Services, open_link: Callable[..., str], guest: FlaskClient
) -> None:
    add_photo(services, "here", slot_id="slot-001")
    add_photo(services, "there", slot_id="slot-002")
    add_photo(services, "earlier", slot_id="slot-001", ago=timedelta(hours=2))
    assert len(shots(guest.get(open_link(slot_ids=["slot-001"])).text)) == 2
    assert len(shots(guest.get(open_link(slot_ids=["slot-001"], back="1")).text)) == 1
    assert not shots(guest.get(open_link(back="now")).text)
    since = (utcnow() - timedelta(minutes=90)).strftime("%Y-%m-%dT%H:%M")
    path = open_link(back="moment", since=since, zone="0")
    assert len(shots(guest.get(path).text)) == 2


def test_new_photos_are_told_and_none_are_not(
    services: Services, open_link: Callable[..., str], guest: FlaskClient
) -> None:
    path = open_link(back="now")
    marks = re.compile(r'data-mark="([^"]+)"')
    (mark,) = marks.findall(guest.get(path).text)
    assert guest.get(f"{path}/photos?known={mark}").status_code == 204
    add_photo(services, "new")
    news = guest.get(f"{path}/photos?known={mark}")
    assert len(shots(news.text)) == 1
    assert guest.get(f"{path}/photos?known={marks.findall(news.text)[0]}").status_code == 204


@pytest.mark.parametrize("how", ["by hand", "by itself", "its operator is switched off"])
def test_a_closed_gallery_is_closed_for_its_pictures_too(
    services: Services, serg: Reader, open_link: Callable[..., str], guest: FlaskClient, how: str
) -> None:
    add_photo(services, "one")
    path = open_link()
    (name,) = shots(guest.get(path).text)
    links = [path, f"{path}/photos", f"{path}/qr.svg", f"{path}/qr.png", f"{path}/before/{name}"]
    links += [f"{path}/{name}/{look}" for look in ("small", "large", "photo")]
    etag = guest.get(links[5]).headers["ETag"]
    assert {guest.get(link, buffered=True).status_code for link in links} == {200}
    with services.database.begin() as session:
        row = session.query(GalleryLink).one()
        if how == "by itself":
            row.closes_at = utcnow()
        elif how != "by hand":
            session.get_one(User, row.user_id).active = False
    if how == "by hand":
        close = f"/gallery/links/{row.id}/close"
        assert serg.send(close).status_code == 303
        assert serg.send(close).status_code == 404
        assert path not in serg.page("/gallery")
    for link in links:
        assert guest.get(link, headers={"If-None-Match": etag}).status_code == 404, link
    assert GalleryUnknown.explain() in words(guest.get(path).text)


def test_another_operator_can_neither_see_nor_close_it(
    services: Services, open_link: Callable[..., str], reader: Callable[[str], Reader]
) -> None:
    open_link()
    with services.database.read() as session:
        link_id = session.query(GalleryLink).one().id
    igor = reader("igor")
    assert link_id not in igor.page("/gallery")
    assert igor.send(f"/gallery/links/{link_id}/close").status_code == 404


def test_several_are_open_at_once_and_not_too_many(
    services: Services, serg: Reader, open_link: Callable[..., str]
) -> None:
    open_link()
    with services.database.begin() as session:
        one = session.query(GalleryLink).one()
        for number in range(MOST_OPEN - 1):
            session.add(
                GalleryLink(
                    id=str(number), user_id=user_id(services), token_digest=str(number),
                    since=one.since, opened_at=one.opened_at, closes_at=one.closes_at,
                )
            )  # fmt: skip
    answer = serg.send("/gallery/links", **OPEN)
    assert answer.status_code == 409
    assert TooManyGalleries.explain() in answer.text


@pytest.mark.parametrize(
    "wrong",
    [{"minutes": "4"}, {"minutes": "61"}, {"minutes": "x"}, {"back": "999"},
     {"back": "moment", "since": "never"}, {"slot_ids": ["slot-041"]}],
)  # fmt: skip
def test_what_cannot_be_opened_is_said_on_the_page(serg: Reader, wrong: dict[str, object]) -> None:
    answer = serg.send("/gallery/links", **(OPEN | wrong))
    assert answer.status_code in {400, 422}
    assert 'role="alert"' in answer.text


def test_the_code_holds_the_link(open_link: Callable[..., str], guest: FlaskClient) -> None:
    path = open_link()
    png, svg = guest.get(f"{path}/qr.png"), guest.get(f"{path}/qr.svg")
    assert (png.mimetype, svg.mimetype) == ("image/png", "image/svg+xml")
    assert codes.read(png.data) == f"http://localhost{path}"
    assert svg.text.lstrip().startswith(("<?xml", "<svg"))

"""Galleries over the API: pages of photos, archives, links that others may look by."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from photoai.blueprints.limits import EXTENSION, Throttle
from photoai.errors import TooMany, TooManyMisses
from photoai.errors.galleries import TooManyLooks
from photoai.services import Services
from photoai.services.clock import utcnow
from tests.support.gallery import add_photo

pytestmark = pytest.mark.slow
LINKS = "/api/gallery/links"


def path(url: str) -> str:
    assert url.startswith("http://localhost/g/")
    return url.removeprefix("http://localhost")


def ids(body: dict[str, Any]) -> list[str]:
    return [photo["id"] for photo in body["data"]]


def test_a_photo_is_shown_with_who_made_it_and_where_it_is(
    services: Services, serg: FlaskClient
) -> None:
    add_photo(services, "one", rung="1:gemini", original=b"a guest")
    (photo,) = serg.get("/api/gallery").get_json()["data"]
    assert (photo["id"], photo["slot_id"], photo["provider_id"]) == ("one", "slot-001", "gemini")
    assert (photo["rung"], photo["model"], photo["test"]) == ("1:gemini", "vivid", False)
    assert photo["has_original"] is True
    assert photo["finished_at"].endswith("Z")
    for link in photo["links"].values():
        answer = serg.get(link.removeprefix("http://localhost"), buffered=True)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg"), link


def test_a_framed_original_was_made_by_nobody(services: Services, serg: FlaskClient) -> None:
    add_photo(services, "framed", rung="1:local", operation="frame")
    add_photo(services, "effect", rung="1:local", operation="change_image")
    add_photo(services, "old", rung="0:local")
    for maker, expected in (("original", ["framed"]), ("local", ["old", "effect"])):
        body = serg.get(f"/api/gallery?provider_id={maker}").get_json()
        assert ids(body) == expected, maker
        assert {photo["provider_id"] for photo in body["data"]} == {maker}
    page = serg.get("/gallery?provider_id=original&rung=4", headers={"Accept-Language": "en"})
    assert '<option value="4" selected>5</option>' in page.text


def test_pages_lead_to_each_other(services: Services, cast: dict[str, FlaskClient]) -> None:
    names = [add_photo(services, f"photo-{n}", ago=timedelta(seconds=n)) for n in range(5)]
    serg = cast["serg"]
    first = serg.get("/api/gallery?limit=3").get_json()
    rest = serg.get(f"/api/gallery?limit=3&before={first['meta']['next']}").get_json()
    assert (ids(first), ids(rest), rest["meta"]) == (names[:3], names[3:], {"next": None})
    assert cast["igor"].get("/api/gallery").get_json()["data"] == []
    assert cast["igor"].get(f"/api/gallery?before={names[0]}").status_code == 404
    for query, status in (
        ("limit=0", 422), ("limit=101", 422), ("rung=x", 422), ("slot_id=slot-999", 422),
        ("from=yesterday", 400), ("from=2026-01-02T00:00:00", 400), ("to=9999-12-31", 400),
        ("from=2026-01-02&to=2026-01-01T00:00:00Z", 400),
    ):  # fmt: skip
        assert serg.get(f"/api/gallery?{query}").status_code == status, query


def test_days_are_whole_days(services: Services, serg: FlaskClient) -> None:
    for hour in (0, 23):
        add_photo(services, f"at-{hour}", finished=datetime(2026, 11, 20, hour, 30, tzinfo=UTC))
    add_photo(services, "next-day", finished=datetime(2026, 11, 21, 0, 30, tzinfo=UTC))
    body = serg.get("/api/gallery?from=2026-11-20&to=2026-11-20").get_json()
    assert ids(body) == ["at-23", "at-0"]


def test_an_archive_is_of_those_asked_for(services: Services, serg: FlaskClient) -> None:
    for name in ("one", "two", "three"):
        add_photo(services, name, slot_id=f"slot-00{len(name) - 1}")
    answer = serg.get("/api/gallery.zip?id=one&id=two")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert len(archive.namelist()) == 2
    assert answer.mimetype == "application/zip"
    only = serg.get("/api/gallery.zip?slot_id=slot-004")
    with zipfile.ZipFile(io.BytesIO(only.data)) as archive:
        (name,) = archive.namelist()
    assert name.startswith("slot-004-")
    assert serg.get("/api/gallery.zip?slot_id=slot-040").status_code == 404


def test_a_slots_last_results_are_as_many_as_wanted(services: Services, serg: FlaskClient) -> None:
    for number in range(12):
        add_photo(services, f"photo-{number:02}")
    assert len(serg.get("/api/slots/slot-001/results").get_json()["data"]) == 10
    two = serg.get("/api/slots/slot-001/results?limit=2").get_json()
    assert ids(two) == ["photo-11", "photo-10"]
    assert serg.get("/api/slots/slot-001/results?limit=51").status_code == 422
    assert serg.get("/api/slots/slot-041/results").status_code == 404


def test_a_gallery_is_opened_listed_and_closed(
    services: Services, cast: dict[str, FlaskClient]
) -> None:
    add_photo(services, "one")
    answer = cast["serg"].post(LINKS, json={"minutes": 30, "slot_ids": ["slot-001"], "hours": 1})
    link = answer.get_json()
    assert answer.status_code == 201
    opened, closes = (datetime.fromisoformat(link[each]) for each in ("opened_at", "closes_at"))
    assert closes - opened == timedelta(minutes=30)
    assert (link["slot_ids"], link["photos"]) == (["slot-001"], 1)
    assert cast["serg"].get(LINKS).get_json()["data"] == [link]
    for address in (link["url"], link["qr_url"]):
        assert cast["stranger"].get(path(address)).status_code == 200
    assert cast["igor"].get(LINKS).get_json()["data"] == []
    assert cast["igor"].delete(f"{LINKS}/{link['id']}").status_code == 404
    assert cast["serg"].delete(f"{LINKS}/{link['id']}").status_code == 204
    assert cast["serg"].delete(f"{LINKS}/{link['id']}").status_code == 404
    assert cast["serg"].get(LINKS).get_json()["data"] == []
    for address in (link["url"], link["qr_url"]):
        assert cast["stranger"].get(path(address)).status_code == 404


def test_fifteen_minutes_and_twelve_hours_of_all_slots_unless_told_otherwise(
    serg: FlaskClient,
) -> None:
    link = serg.post(LINKS, json={}).get_json()
    opened, closes, since = (
        datetime.fromisoformat(link[each]) for each in ("opened_at", "closes_at", "since")
    )
    assert closes - opened == timedelta(minutes=15)
    assert abs(opened - since - timedelta(hours=12)) < timedelta(seconds=5)
    assert link["slot_ids"] is None
    told = serg.post(LINKS, json={"since": "2026-11-20", "slot_ids": []}).get_json()
    assert (told["since"], told["slot_ids"]) == ("2026-11-20T00:00:00Z", None)


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"minutes": 4}, 422), ({"minutes": 61}, 422), ({"minutes": "15"}, 422),
        ({"hours": -1}, 422), ({"hours": 1, "since": "2026-11-20"}, 422),
        ({"since": "now"}, 400), ({"slot_ids": ["slot-041"]}, 422), ({"surprise": 1}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_refused(
    serg: FlaskClient, wish: dict[str, Any], status: int
) -> None:
    assert serg.post(LINKS, json=wish).status_code == status
    assert serg.get(LINKS).get_json()["data"] == []


def test_a_secret_of_no_link_is_in_the_database(services: Services, serg: FlaskClient) -> None:
    token = path(serg.post(LINKS, json={}).get_json()["url"]).removeprefix("/g/")
    assert len(token) == 43, "172 bits"
    dump = services.database.engine.raw_connection()
    assert token not in "\n".join(dump.driver_connection.iterdump())  # type: ignore[union-attr]
    dump.close()


def limit(app: Flask, name: str, wanted: str, refusal: type[TooMany]) -> None:
    counters = FixedWindowRateLimiter(MemoryStorage())
    setattr(app.extensions[EXTENSION], name, Throttle(counters, wanted, refusal))


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("looks_from_address", ""), ("looks_at_galleries", "/photos"),
        ("photos_to_address", "/{name}/photo"), ("photos_of_galleries", "/{name}/photo"),
    ],
)  # fmt: skip
def test_looks_and_downloads_have_limits_by_address_and_in_all(
    services: Services, app: Flask, cast: dict[str, FlaskClient], name: str, look: str
) -> None:
    add_photo(services, "one")
    link = path(cast["serg"].post(LINKS, json={}).get_json()["url"])
    photo = cast["stranger"].get(f"{link}/photos").text.split('id="shot-')[1].split('"')[0]
    limit(app, name, "3 per minute", TooManyLooks)
    answers = [
        cast["stranger"].get(
            link + look.format(name=photo),
            buffered=True,
            environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"} if "_all" in name else {},
        )
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_guesses_are_counted_and_whoever_has_a_link_goes_on(
    services: Services, app: Flask, cast: dict[str, FlaskClient]
) -> None:
    serg, stranger = cast["serg"], cast["stranger"]
    link = serg.post(LINKS, json={}).get_json()
    closed = serg.post(LINKS, json={}).get_json()
    serg.delete(f"{LINKS}/{closed['id']}")
    limit(app, "missed_downloads", "3 per minute", TooManyMisses)
    watching = [stranger.get(path(closed["url"])).status_code for _ in range(5)]
    assert watching == [404] * 5, "who has seen it close has not guessed"
    guesses = [stranger.get(f"/g/{number:043x}").status_code for number in range(4)]
    assert guesses == [404, 404, 404, 429]
    assert stranger.get(path(link["url"])).status_code == 200


def test_old_links_are_forgotten(services: Services, serg: FlaskClient) -> None:
    from photoai.models import GalleryLink

    first = serg.post(LINKS, json={}).get_json()["id"]
    with services.database.begin() as session:
        session.get_one(GalleryLink, first).closes_at = utcnow() - timedelta(days=2)
    second = serg.post(LINKS, json={}).get_json()["id"]
    with services.database.read() as session:
        assert [row.id for row in session.query(GalleryLink)] == [second]

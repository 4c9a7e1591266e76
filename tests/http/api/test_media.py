"""Registered images: how long they live, and whose they are."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from photoai.services import Services
from photoai.services.clock import utcnow
from tests.support import photos

from .common import CHANGE, register


def test_an_image_is_registered_shown_and_expires(serg: FlaskClient, services: Services) -> None:
    media = register(serg, ttl_sec="60").get_json()
    shown = serg.get(f"/public/media/{media['id']}", buffered=True)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.data == photos.jpeg()
    from photoai.models import MediaObject

    with services.database.begin() as session:
        session.get_one(MediaObject, media["id"]).expires_at = utcnow()
    assert serg.get(f"/public/media/{media['id']}").status_code == 410
    assert serg.get("/public/media/unknown").status_code == 404


def test_an_images_life_is_extended_by_its_owner_alone(cast: dict[str, FlaskClient]) -> None:
    media = register(cast["serg"], ttl_sec="60").get_json()
    longer = {"id": media["id"], "ttl_sec": 3600}
    extended = cast["serg"].post("/api/media/extend", json=longer).get_json()
    assert extended["expires_at"] > media["expires_at"]
    shorter = cast["serg"].post("/api/media/extend", json={**longer, "ttl_sec": 1}).get_json()
    assert shorter == extended, "nobody's link ends sooner than was said"
    assert cast["igor"].post("/api/media/extend", json=longer).status_code == 404
    for odd in ({"ttl_sec": 0}, {"ttl_sec": 172_801}, {"ttl_sec": "60"}, {"ttl_sec": None}):
        answer = cast["serg"].post("/api/media/extend", json={**longer, **odd})
        assert answer.status_code == 422


def test_an_expired_image_stays_where_it_is_named_and_goes_nowhere_else(
    serg: FlaskClient, services: Services
) -> None:
    from photoai.models import MediaObject

    media_id = register(serg, ttl_sec="60").get_json()["id"]
    style = {**CHANGE, "operation_id": "style_transfer"}
    style["settings_json"] = {"reference_media_id": media_id}
    assert serg.put("/api/slots/slot-002", json=style).status_code == 200
    with services.database.begin() as session:
        session.get_one(MediaObject, media_id).expires_at = utcnow()
    assert services.media.remove_expired() == 0, "the slot keeps it"
    assert serg.put("/api/slots/slot-002", json=style).status_code == 200
    refused = serg.put("/api/slots/slot-003", json=style)
    assert refused.status_code == 422
    assert list(refused.get_json()["error"]["details"]) == ["settings_json.reference_media_id"]
    extension = {"id": media_id, "ttl_sec": 60}
    assert serg.post("/api/media/extend", json=extension).status_code == 410
    assert serg.delete("/api/slots/slot-002/settings").status_code == 204
    assert services.media.remove_expired() == 1


@pytest.mark.parametrize("ttl", ["0", "-1", "172801", "9" * 40, "soon", "1.5", "٣"])
def test_an_odd_time_to_live_is_422(serg: FlaskClient, ttl: str) -> None:
    answer = register(serg, ttl_sec=ttl)
    assert answer.status_code == 422
    assert "ttl_sec" in answer.get_json()["error"]["details"]


def test_what_is_no_image_is_not_registered(serg: FlaskClient) -> None:
    assert register(serg, b"not an image").status_code == 415
    assert serg.post("/api/media/register", data={}).status_code == 415


@pytest.mark.parametrize("name", ["jpeg", "png"])
def test_a_damaged_image_is_not_registered(serg: FlaskClient, name: str) -> None:
    whole = photos.jpeg(640, 480) if name == "jpeg" else photos.png()
    answer = register(serg, whole[: len(whole) // 2])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "photo_damaged")

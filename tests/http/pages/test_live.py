"""The page of the evening without its module: what it shows, and what its forms do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.app import services_of
from photoai.config import Config
from photoai.errors import InputGone, JobAlreadyEnded, JobUnknown, ProviderRefused
from photoai.models import Job, Slot, User
from photoai.services import Services
from tests.support import photos
from tests.support.evening import add_job
from tests.support.people import add_user

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def sign_in(app: Flask, config: Config) -> SignIn:
    known = json.loads(config.credentials_file.read_text())

    def signed_in(name: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/login", data={"username": name, "password": known[name]["password"]})
        assert answer.status_code == 303, answer.text
        client.set_cookie("lang", "en")
        return client

    return signed_in


@pytest.fixture
def serg(sign_in: SignIn) -> FlaskClient:
    return sign_in("serg")


@pytest.fixture
def add(app: Flask) -> Callable[..., str]:
    """A job of serg's in some state; its id."""
    services = services_of(app)

    def added(name: str, state: str = "queued", **facts: object) -> str:
        return add_job(services.database, user_id(services), name, state, **facts)  # type: ignore[arg-type]

    return added


def user_id(services: Services, name: str = "serg") -> int:
    with services.database.begin() as session:
        user = session.query(User).filter_by(username=name).one_or_none()
        return (user or add_user(session, name)).id


def post(client: FlaskClient, path: str) -> TestResponse:
    token = client.get_cookie("csrf_access_token")
    assert token is not None
    return client.post(path, data={"csrf_token": token.value})


def group(page: TestResponse, name: str) -> str:
    found = re.search(rf'<section [^>]*data-group="{name}".*?</section>', page.text, re.DOTALL)
    return found.group() if found else ""


def test_a_stranger_is_led_to_the_sign_in(app: Flask) -> None:
    answer = app.test_client().get("/live?state=late")
    assert (answer.status_code, answer.location) == (303, "/login?next=/live?state%3Dlate")


def test_each_job_stands_in_its_group_with_what_can_be_done_to_it(
    serg: FlaskClient, add: Callable[..., str]
) -> None:
    for state in ("queued", "running", "succeeded", "failed", "late", "cancelled"):
        add(f"the-{state}", state)
    page = serg.get("/live")
    assert page.status_code == 200
    here = {name: group(page, name) for name in ("waiting", "running", "done", "failed")}
    assert 'id="job-the-queued"' in here["waiting"]
    assert "no. 1 in the queue" in here["waiting"]
    assert 'id="job-the-running"' in here["running"]
    assert "in 2 s" in here["done"]
    assert "$0.04" in here["done"]
    assert 'href="/slots/slot-001"' in here["done"]
    assert "/api/tasks/the-succeeded/result" in here["done"]
    for state in ("failed", "late", "cancelled"):
        assert f'id="job-the-{state}"' in here["failed"]
    assert ProviderRefused.explain() in here["failed"]
    assert "Waiting: 1, Running: 1, Done: 1, Failed and late: 3" in page.text


def test_a_conversion_is_called_what_it_is(serg: FlaskClient, add: Callable[..., str]) -> None:
    add("abc123def456", kind="ascii", slot_id=None)
    assert "ASCII video" in group(serg.get("/live"), "waiting")
    serg.set_cookie("lang", "ru")
    russian = serg.get("/live?type=ascii")
    assert "ASCII-видео" in group(russian, "waiting")


def test_filters_are_links_that_keep_each_other(serg: FlaskClient, add: Callable[..., str]) -> None:
    add("one", "succeeded")
    add("other", "succeeded", slot_id="slot-002")
    page = serg.get("/live?slot_id=slot-002&state=done")
    assert "job-other" in page.text
    assert "job-one" not in page.text
    assert not group(page, "waiting")
    assert 'href="/live?slot_id=slot-001&amp;state=done"' in page.text
    assert serg.get("/live?state=sideways").status_code == 422


def test_a_job_is_cancelled_tried_again_and_the_filters_stay(
    serg: FlaskClient, add: Callable[..., str], app: Flask
) -> None:
    add("one", kind="merge", slot_id=None)
    answer = post(serg, "/live/one/cancel?type=merge")
    assert (answer.status_code, answer.location) == (303, "/live?type=merge")
    assert state_of(app, "one") == "cancelled"
    assert post(serg, "/live/one/retry").status_code == 303
    assert state_of(app, "one") == "queued"


def test_what_cannot_be_done_is_said_on_the_page_with_the_apis_status(
    serg: FlaskClient, add: Callable[..., str]
) -> None:
    add("done", "succeeded")
    add("failed", "failed")
    for path, status, error in (
        ("/live/done/cancel", 409, JobAlreadyEnded),
        ("/live/done/replay", 410, InputGone),
        ("/live/failed/retry", 410, InputGone),
        ("/live/nobody/cancel", 404, JobUnknown),
    ):
        answer = post(serg, path)
        said = re.findall(r'role="alert">([^<]*)', answer.text)
        assert (answer.status_code, said) == (status, [error.explain()])


def test_jobs_of_others_are_not_shown_and_cannot_be_touched(
    serg: FlaskClient, app: Flask, sign_in: SignIn
) -> None:
    services = services_of(app)
    add_job(services.database, user_id(services, "igor"), "of-igor")
    assert "of-igor" not in serg.get("/live").text
    for act in ("cancel", "retry", "replay"):
        assert post(serg, f"/live/of-igor/{act}").status_code == 404
    assert serg.get("/live/of-igor/preview").status_code == 404
    assert "of-igor" in sign_in("igor").get("/live").text


def test_a_form_without_its_token_does_nothing(
    serg: FlaskClient, add: Callable[..., str], app: Flask
) -> None:
    add("one")
    assert serg.post("/live/one/cancel").status_code in {401, 403}
    assert state_of(app, "one") == "queued"


def test_a_slots_name_is_text(serg: FlaskClient, add: Callable[..., str], app: Flask) -> None:
    services = services_of(app)
    with services.database.begin() as session:
        for slot in session.query(Slot).filter_by(id="slot-001"):
            slot.name = "<img src=x onerror=alert(1)>'\""
    add("one", "succeeded")
    text = serg.get("/live").text
    assert "<img src=x" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_a_photos_preview_is_small_kept_and_gone_with_the_photo(
    serg: FlaskClient, add: Callable[..., str], app: Flask
) -> None:
    store = services_of(app).store
    photo = photos.jpeg(1200, 800)
    with store.write("results/one") as file:
        file.write(photo)
    add("one", "succeeded")
    with services_of(app).database.begin() as session:
        job = session.query(Job).filter_by(public_id="one").one()
        job.result = {**(job.result or {}), "size_bytes": len(photo)}
    first = serg.get("/live/one/preview")
    assert photos.opened(first.data).size == (192, 128)
    assert first.headers["Cache-Control"].startswith("private")
    again = serg.get("/live/one/preview", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    store.delete("results/one")
    assert serg.get("/live/one/preview").status_code == 410


def state_of(app: Flask, public_id: str) -> str:
    with services_of(app).database.read() as session:
        return session.query(Job).filter_by(public_id=public_id).one().state

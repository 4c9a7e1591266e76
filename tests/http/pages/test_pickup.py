"""A guest's page without its module, and what strangers learn from it: nothing."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from photoai.app import create_app, services_of
from photoai.blueprints.guard import issue_token
from photoai.blueprints.pages import tray
from photoai.config import Config
from photoai.models import Job, JobState, Role, Slot, User
from photoai.services import Services, qr
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from tests.support import photos

PHOTO_ID = "5f0c7a52-2f0e-4f57-9d3c-6a1f8e4b7c10"
FACTS = {"mime": "image/jpeg", "width": 64, "height": 40, "rung": "0:gemini", "model": "m-1",
         "cost": 0.04}  # fmt: skip


@pytest.fixture
def guest(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def photo(services: Services) -> Callable[..., str]:
    """A photo of serg's in some state, and the path of its guest's page."""

    def make(state: JobState = JobState.SUCCEEDED, public_id: str = PHOTO_ID, **facts: Any) -> str:
        data = photos.jpeg(64, 40)
        with services.store.write(f"results/{public_id}") as file:
            file.write(data)
        with services.database.begin() as session:
            owner = session.query(User).filter_by(username="serg").one()
            draft = JobDraft(
                public_id, owner.id, "photo", utcnow(), {}, provider="local", slot_id="slot-001",
                late_since=utcnow(),
            )  # fmt: skip
            if state is JobState.SUCCEEDED:
                result = FACTS | {"size_bytes": len(data)}
                job = states.insert_done(session, draft, key=f"results/{public_id}", facts=result)
            else:
                job = states.insert(session, draft)
                facts = {"state": state} | facts
            if facts:
                session.execute(update(Job).where(Job.id == job.id).values(**facts))
        return f"/p/{services.pickups.links.token(public_id)}"

    return make


def test_the_page_shows_the_photo_and_nothing_of_whose_it_is(
    guest: FlaskClient, photo: Callable[..., str], services: Services
) -> None:
    path = photo()
    page = guest.get(path)
    assert page.status_code == 200
    for word in ("serg", PHOTO_ID, "slot-001", "gemini", "m-1", "0.04", "/api/tasks"):
        assert word not in page.text, word
    assert f'src="{path}/photo"' in page.text
    assert 'name="robots" content="noindex' in page.text
    shown, saved = _read(guest, f"{path}/photo"), _read(guest, f"{path}/photo?download")
    for answer in (page, shown, guest.get(f"{path}/qr.svg")):
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"].startswith("private")
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert shown.data == saved.data == photos.jpeg(64, 40)
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert saved.headers["Content-Disposition"].startswith('attachment; filename="photo.jpg"')
    part = _read(guest, f"{path}/photo", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, shown.data[:10])
    assert guest.get(f"{path}/qr.svg").text == qr.svg(f"http://localhost{path}")
    assert guest.get(f"/scotch{path}/qr.png").data == qr.png(f"http://localhost/scotch{path}")
    services.upkeep.clear_results(_serg(services))
    gone = guest.get(path)
    assert (gone.status_code, "is not here any more" in gone.text) == (410, True)
    assert guest.get(f"{path}/photo").status_code == 410


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "facts", "said"),
    [
        (JobState.QUEUED, {}, "waiting for its turn"),
        (JobState.RUNNING, {"eta_sec": 5.0}, "About 5 s to go."),
        (JobState.FAILED, {"error_code": "provider_refused", "finished": utcnow()}, "no fault"),
        (JobState.CANCELLED, {"error_code": "cancelled", "finished": utcnow()}, "no fault"),
    ],
)
def test_what_is_not_there_is_said_kindly(
    guest: FlaskClient, photo: Callable[..., str], state: JobState, facts: Any, said: str
) -> None:
    path = photo(state, **facts)
    page = guest.get(path)
    assert (page.status_code, said in page.text) == (200, True)
    assert "provider" not in page.text, "why it failed is for the operator"
    assert 'http-equiv="refresh"' in page.text, "without modules it is looked at again"
    answer = guest.get(f"{path}/photo")
    if state in {JobState.QUEUED, JobState.RUNNING}:
        assert answer.status_code == 202
        assert answer.get_json().keys() == {
            "state", "progress", "queue_position", "eta_sec", "overdue", "overdue_in_sec",
        }  # fmt: skip
    else:
        assert answer.status_code >= 400


@pytest.mark.slow
def test_a_photo_whose_time_is_over_is_gone(
    guest: FlaskClient, photo: Callable[..., str], services: Services
) -> None:
    path = photo(finished=utcnow() - timedelta(hours=73))
    services.upkeep.remove_results()
    assert guest.get(path).status_code == 410


@pytest.mark.slow
def test_of_an_operator_who_is_switched_off_nothing_is_shown(
    guest: FlaskClient, photo: Callable[..., str], services: Services
) -> None:
    path = photo()
    with services.database.begin() as session:
        session.execute(update(User).where(User.username == "serg").values(active=False))
    unknown = guest.get("/p/" + "A" * 44)
    switched_off = guest.get(path)
    assert unknown.status_code == switched_off.status_code == 404
    assert _without_address(unknown.text) == _without_address(switched_off.text)


@pytest.mark.slow
def test_who_guesses_is_stopped_and_who_knows_is_not(
    app: Flask, photo: Callable[..., str], config: Config
) -> None:
    path = photo()
    throttled = create_app(dataclasses.replace(config, rate_limit_enabled=True))
    client = throttled.test_client()
    places = ("", "/photo", "/events", "/qr.svg", "/qr.png")
    found = [client.get(f"/p/guess{n}{places[n % 5]}").status_code for n in range(32)]
    assert found == [404] * 30 + [429] * 2
    refused = client.get("/p/one-more")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get(path).status_code == _read(client, f"{path}/photo").status_code == 200
    services_of(throttled).shut_down()


def test_the_tray_shows_its_operator_the_photo_with_what_can_be_done(
    app: Flask, photo: Callable[..., str], services: Services
) -> None:
    path = photo()
    with services.database.begin() as session:
        session.execute(update(Slot).where(Slot.id == "slot-001").values(name="<b>Зал"))
    text = _bearing(app, "serg").get("/live/late").text
    for address in (f"{path}/qr.svg", f"/live/late/{PHOTO_ID}/done", f"{PHOTO_ID}/result"):
        assert address in text
    assert "&lt;b&gt;Зал" in text
    assert "/again" not in text, "its original is gone"
    assert path not in _bearing(app, "igor").get("/live/late").text


@pytest.mark.parametrize("is_one", [True, False], ids=["one", "all"])
def test_done_can_be_undone_without_the_module(
    app: Flask, photo: Callable[..., str], services: Services, is_one: bool
) -> None:
    ids = [f"{number}{PHOTO_ID[1:]}" for number in range(3)]
    for public_id in ids:
        photo(public_id=public_id)
    serg = _bearing(app, "serg")

    def shown() -> list[str]:
        return [job.public_id for job in services.jobs.late.finished(_serg(services))]

    chosen = ids[1:2] if is_one else ids[:2]
    path = f"/live/late/{ids[1]}/done" if is_one else "/live/late/done"
    answer = serg.post(f"{path}?slot_id=slot-001", data={"id": chosen})
    assert (answer.status_code, answer.location[-10:]) == (303, "#late-tray")
    assert sorted([*shown(), *chosen]) == ids
    page = serg.get(answer.location).text
    assert f"Отдано: {len(chosen)} фото." in page
    (receipt,) = re.findall(r'name="receipt" value="([^"]+)"', page)
    assert "Отдано:" not in _bearing(app, "igor").get(answer.location).text
    undo = re.findall(r'action="(/live/late/undo[^"]*)"', page)
    assert undo == ["/live/late/undo?slot_id=slot-001"]
    assert _bearing(app, "igor").post(undo[0], data={"receipt": receipt}).status_code == 303
    assert len(shown()) == 3 - len(chosen)
    back = serg.post(undo[0], data={"receipt": receipt})
    assert (back.status_code, back.location) == (303, "/live?slot_id=slot-001#late-tray")
    assert sorted(shown()) == ids
    assert "Отдано:" not in serg.get(answer.location).text, "what is undone cannot be undone"
    assert serg.post("/live/late/nobodys/done").status_code == 404


def test_a_full_tray_says_how_many_there_are_and_shows_more(
    app: Flask, photo: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tray, "STEP", 2)
    monkeypatch.setattr(tray, "MOST_NAMED", 5)
    for number in range(6):
        photo(public_id=f"{number}{PHOTO_ID[1:]}")
    serg = _bearing(app, "serg")
    for asked, shown, more in (
        ("", 2, 4), ("4", 4, 5), ("5", 5, 0), ("-1", 2, 4), ("x", 2, 4), ("99", 5, 0),
    ):  # fmt: skip
        text = serg.get(f"/live/late?photos={asked}").text
        assert len(re.findall("<li class=.late-photo", text)) == shown
        assert f"Показано {shown} из 6." in text
        assert ("Готово: все показанные" in text, f'data-more="{more}"' in text) == (
            True,
            more != 0,
        )
    assert 'href="/live?photos=4#late-tray"' in serg.get("/live").text
    serg.post("/live/late/done", data={"id": [f"{n}{PHOTO_ID[1:]}" for n in range(5)]})
    rest = serg.get("/live/late").text
    assert ("Показано" not in rest, "Готово: все<" in rest.replace("\n", "")) == (True, True)


@pytest.mark.slow
def test_only_the_operators_own_late_photos_are_in_the_archive(
    app: Flask, photo: Callable[..., str], services: Services
) -> None:
    for number in range(3):
        photo(public_id=f"{number}{PHOTO_ID[1:]}")
    photo(public_id=f"9{PHOTO_ID[1:]}", handed_over=utcnow())
    for name, count in (("serg", 3), ("igor", 0)):
        answer = _bearing(app, name).get("/api/late.zip")
        archive = zipfile.ZipFile(io.BytesIO(answer.data))
        assert (archive.testzip(), len(archive.namelist())) == (None, count)
        assert "attachment" in answer.headers["Content-Disposition"]
        assert all(archive.read(each) == photos.jpeg(64, 40) for each in archive.namelist())


def _bearing(app: Flask, name: str) -> FlaskClient:
    with app.test_request_context():
        token = issue_token(_operator(services_of(app), name))
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def _read(client: FlaskClient, path: str, **how: Any) -> TestResponse:
    """The answer with all of its body, its file closed."""
    with client.get(path, **how) as answer:
        answer.get_data()
    return answer


def _without_address(page: str) -> list[str]:
    return [line for line in page.splitlines() if 'name="next"' not in line]


def _serg(services: Services) -> Caller:
    return _operator(services, "serg")


def _operator(services: Services, name: str) -> Caller:
    with services.database.read() as session:
        user = session.query(User).filter_by(username=name).one()
    return Caller(user.id, user.username, Role(user.role))

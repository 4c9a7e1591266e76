"""Trying a slot on a photo: a job like a booth's that leaves no trace in the statistics."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from photoai.config import Config
from photoai.models import MediaObject, ProcessingDay, ProcessingLog
from photoai.services import Services
from photoai.services.clock import utcnow
from tests.support import photos
from tests.support.booth import Part
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

from .at_work import SEPIA, SLOT, Mind, at_work, code_of, ended, run, shown, with_prompt
from .common import register

STYLE = {"provider_id": "local", "operation_id": "style_transfer"}


def test_unsaved_settings_finish_a_photo_that_nobody_counts(
    serg: FlaskClient, services: Services, mind: Mind
) -> None:
    slot, figures = serg.get("/api/slots/slot-007").get_json(), counted(serg, services)
    answer = run(serg, SEPIA)
    assert answer.status_code == 202
    job = answer.get_json()
    assert (job["test"], job["type"], job["slot_id"]) == (True, "photo", "slot-007")
    assert set(job["links"]) == {"self", "events", "result", "cancel"}
    job = ended(serg, job)
    assert (job["state"], job["test"]) == ("succeeded", True)
    assert job["settings_version"] is None, "what it was made with is in no version"
    assert job["result"]["cost"] == 0.5
    image = serg.get(f"/api/tasks/{job['id']}/result", buffered=True)
    assert image.mimetype == "image/jpeg"
    assert photos.opened(image.data).size == (640, 480)
    assert mind.asks[0].prompt == "sepia"
    assert serg.get("/api/tasks?type=photo").get_json()["data"][0]["test"] is True
    assert counted(serg, services) == figures
    assert serg.get("/api/slots/slot-007").get_json() == slot


@pytest.mark.parametrize(
    ("prompt", "code"), [("refuse", "provider_refused"), ("late", "provider_timeout")]
)
def test_a_test_that_fails_is_not_counted_and_may_be_tried_again(
    serg: FlaskClient, services: Services, prompt: str, code: str
) -> None:
    figures = counted(serg, services)
    answer = run(serg, with_prompt(prompt), Prefer="wait=20")
    job = answer.get_json()
    assert (answer.status_code, job["state"], job["error"]["code"]) == (200, "failed", code)
    again = serg.post(f"/api/tasks/{job['id']}/retry")
    assert (again.status_code, again.get_json()["test"]) == (202, True)
    assert ended(serg, job)["state"] == "failed"
    assert counted(serg, services) == figures


def test_a_cancelled_test_is_not_counted_whether_it_runs_or_waits(
    serg: FlaskClient, services: Services, mind: Mind
) -> None:
    figures = counted(serg, services)
    places = services.catalogue.providers["local"].max_parallel_jobs
    jobs = [run(serg, with_prompt("wait")).get_json() for _ in range(places + 1)]
    wait_until(lambda: len(mind.asks) == places, 10, "every place is taken")
    assert shown(serg, jobs[-1])["state"] == "queued", "a test has the provider's places only"
    assert shown(serg, jobs[-1])["queue_position"] == 1
    for job in jobs:
        assert serg.delete(f"/api/tasks/{job['id']}").status_code == 202
    assert {ended(serg, job)["state"] for job in jobs} == {"cancelled"}
    mind.go.set()
    assert counted(serg, services) == figures


def test_a_preference_to_wait_is_kept_and_no_longer(serg: FlaskClient, mind: Mind) -> None:
    done = run(serg, SEPIA, Prefer='respond-async, Wait="10"')
    assert (done.status_code, done.get_json()["state"]) == (200, "succeeded")
    assert done.get_json()["finished_at"]
    started = time.monotonic()
    late = run(serg, with_prompt("wait"), Prefer="wait=1")
    assert 0.9 < time.monotonic() - started < 5
    assert (late.status_code, late.get_json()["state"]) == (202, "running")
    mind.go.set()
    assert ended(serg, late.get_json())["state"] == "succeeded"
    for odd in ("wait", "wait=", "wait=-1", "wait=soon", "wait=" + "9" * 5000, "wait=0", "="):
        assert run(serg, SEPIA, Prefer=odd).status_code == 202


def test_without_settings_the_saved_ones_are_tested(serg: FlaskClient, mind: Mind) -> None:
    refused = run(serg)
    assert (refused.status_code, code_of(refused)) == (409, "slot_not_configured")
    serg.put("/api/slots/slot-007", json=with_prompt("saved"))
    assert run(serg, Prefer="wait=10").status_code == 200
    assert mind.asks[-1].prompt == "saved"


def test_every_test_runs(serg: FlaskClient) -> None:
    numbers = (Part("id", b"1"), Part("time", b"20261121120000"))
    jobs = {run(serg, SEPIA, more=numbers).get_json()["id"] for _ in range(2)}
    assert len(jobs) == 2


@pytest.mark.parametrize("name", ["fileToUpload", "file", "whatever"])
def test_the_photo_may_have_any_name(serg: FlaskClient, name: str) -> None:
    assert run(serg, SEPIA, file_field=name).status_code == 202


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "status", "code", "field"),
    [
        ("", 400, "malformed", "settings"),
        ("{", 400, "malformed", "settings"),
        ('{"provider_id": NaN}', 400, "malformed", "settings"),
        ('{"provider_id": "\\u0000"}', 400, "malformed", "settings"),
        ("[" * 60_000, 400, "malformed", "settings"),
        ("[]", 422, "invalid", "settings"),
        ("null", 422, "invalid", "settings"),
        ('"text"', 422, "invalid", "settings"),
        (json.dumps(SEPIA | {"name": "x" * 70_000}), 422, "invalid", "settings"),
        (json.dumps(SEPIA | {"surprise": 1}), 422, "invalid", "surprise"),
        (json.dumps(STYLE), 422, "invalid", "settings_json"),
        (json.dumps(SEPIA | {"settings_json": []}), 422, "invalid", "settings_json"),
        (
            json.dumps(SEPIA | {"settings_json": {}}),
            422, "settings_invalid", "settings_json.prompt",
        ),
        (
            json.dumps(SEPIA | {"settings_json": {"prompt": "", "output": {"quality": 101}}}),
            422, "settings_invalid", "settings_json.output.quality",
        ),
        (json.dumps(SEPIA | {"provider_id": "nobody"}), 422, "settings_invalid", "provider_id"),
        (json.dumps(SEPIA | {"operation_id": "nothing"}), 422, "settings_invalid", "operation_id"),
        (
            json.dumps(STYLE | {"settings_json": {"reference_media_id": "unknown"}}),
            422, "settings_invalid", "settings_json.reference_media_id",
        ),
    ],
)  # fmt: skip
def test_settings_are_refused_as_a_put_refuses_them(
    serg: FlaskClient, folder: Path, settings: str, status: int, code: str, field: str
) -> None:
    answer = run(serg, settings)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert list(answer.get_json()["error"]["details"]) == [field]
    assert_nothing_is_left(serg, folder)


@pytest.mark.parametrize(
    ("photo", "status", "code"),
    [
        (None, 422, "file_missing"),
        (b"", 422, "file_empty"),
        (b"This is no photo at all, whatever its name says.", 415, "photo_type_not_taken"),
        (photos.jpeg()[:9000], 422, "photo_damaged"),
        (photos.bomb_png(), 413, "photo_too_many_pixels"),
        (photos.animated_webp(), 422, "photo_animated"),
        (photos.jpeg() + b"\0" * 20_000_000, 413, "upload_too_large"),
    ],
    ids=["no file", "empty", "text", "truncated", "bomb", "animated", "huge"],
)
def test_a_photo_is_refused_as_a_booths_is(
    serg: FlaskClient,
    services: Services,
    folder: Path,
    photo: bytes | None,
    status: int,
    code: str,
) -> None:
    figures = counted(serg, services)
    answer = run(serg, SEPIA, photo=photo)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert_nothing_is_left(serg, folder)
    assert counted(serg, services) == figures


def test_what_is_no_form_or_two_files_is_refused(serg: FlaskClient, folder: Path) -> None:
    assert serg.post(SLOT, json=SEPIA).status_code == 415
    two = run(serg, SEPIA, more=(Part("second", photos.jpeg(), "second.jpg"),))
    assert (two.status_code, code_of(two)) == (422, "too_many_files")
    assert_nothing_is_left(serg, folder)


def test_a_full_queue_refuses_a_test_and_keeps_nothing(
    serg: FlaskClient, services: Services, folder: Path, mind: Mind
) -> None:
    places = services.catalogue.providers["local"].max_parallel_jobs
    accepted = [run(serg, with_prompt("wait")) for _ in range(places + 1)]
    assert {answer.status_code for answer in accepted} == {202}
    full = run(serg, with_prompt("wait"))
    assert (full.status_code, code_of(full)) == (503, "queue_full")
    assert len(list((folder / "media" / "originals").iterdir())) == places + 1
    mind.go.set()
    assert {ended(serg, answer.get_json())["state"] for answer in accepted} == {"succeeded"}


def test_foreign_and_expired_images_are_refused_and_a_slots_own_go_on(
    cast: dict[str, FlaskClient], services: Services, mind: Mind
) -> None:
    serg = cast["serg"]
    foreign, own = (register(cast[name]).get_json()["id"] for name in ("igor", "serg"))

    def with_image(media_id: str) -> dict[str, Any]:
        return STYLE | {"settings_json": {"reference_media_id": media_id}}

    assert code_of(run(serg, with_image(foreign))) == "settings_invalid"
    assert serg.put("/api/slots/slot-007", json=with_image(own)).status_code == 200
    with services.database.begin() as session:
        session.get_one(MediaObject, own).expires_at = utcnow()
    assert services.media.remove_expired() == 0, "the slot keeps it"
    elsewhere = run(serg, with_image(own), path="/api/slots/slot-008/test")
    assert (elsewhere.status_code, code_of(elsewhere)) == (422, "settings_invalid")
    for settings in (None, with_image(own)):
        assert run(serg, settings, Prefer="wait=10").get_json()["state"] == "succeeded"
        assert mind.asks[-1].images["reference"].width == 640


def test_only_an_operator_tests_and_only_slots_there_are(cast: dict[str, FlaskClient]) -> None:
    for name, status in {"serg": 202, "igor": 202, "member": 403, "stranger": 401}.items():
        assert run(cast[name], SEPIA).status_code == status
    assert run(cast["serg"], SEPIA, path="/api/slots/slot-041/test").status_code == 404
    job = run(cast["igor"], SEPIA).get_json()
    assert cast["serg"].get(f"/api/tasks/{job['id']}").status_code == 404


@pytest.mark.slow
def test_a_test_on_the_real_server_survives_kill_9_and_moves_no_figure(
    make_server: Callable[..., Server],
) -> None:
    with make_server() as server:
        client: Client = server.session()
        assert server.booth.send(photos.guest()).status == 200
        figures = client.get("/api/stats/slots").json()
        assert figures["data"][0]["ever"]["requests"] == 1
        example = {"provider_id": "example", "operation_id": "change_image"}

        def send(prompt: str, wait_sec: int) -> Any:
            settings = json.dumps(example | {"settings_json": {"prompt": prompt}})
            return client.post(
                "/api/slots/slot-002/test",
                files={"photo": ("guest.jpg", photos.guest(), "image/jpeg")},
                data={"settings": settings},
                headers={"Prefer": f"wait={wait_sec}"},
            )

        done = send("delay=1", 20)
        assert (done.status_code, done.json()["state"]) == (200, "succeeded")
        image = client.get(done.json()["links"]["result"])
        assert photos.opened(image.content).size == photos.opened(photos.guest()).size
        cut = send("delay=3", 0)
        assert cut.status_code == 202
        server.kill()
        server.start()

        def finished() -> Any:
            job = client.get(f"/api/tasks/{cut.json()['id']}").json()
            return job["state"] == "succeeded" and job

        job = wait_until(finished, 30, "the test is tried again")
        assert (job["attempt"], job["test"]) == (2, True)
        assert client.get("/api/stats/slots").json() == figures
        assert client.get("/api/slots/slot-002").json()["is_configured"] is False


def counted(client: FlaskClient, services: Services) -> object:
    """Everything that counts photos."""
    with services.database.read() as session:
        rows = [
            session.scalar(select(func.count()).select_from(table))
            for table in (ProcessingLog, ProcessingDay)
        ]
    return rows, client.get("/api/stats/slots").get_json()


def assert_nothing_is_left(client: FlaskClient, folder: Path) -> None:
    assert client.get("/api/tasks").get_json()["meta"]["total"] == 0
    for prefix in ("originals", "unpublished"):
        place = folder / "media" / prefix
        assert not place.exists() or not list(place.iterdir())


@pytest.fixture
def mind() -> Iterator[Mind]:
    mind = Mind()
    yield mind
    mind.go.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def app(config: Config, prepared: Path, tmp_path: Path, mind: Mind) -> Iterator[Flask]:
    queue = {"queue_max_per_provider": 1, "job_timeout_sec": 30}
    with at_work(config, prepared, tmp_path, mind, **queue) as app:
        yield app

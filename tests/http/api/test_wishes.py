"""What every call that starts a job takes besides: waiting, keys, webhooks; and replays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.config import Config
from photoai.models import Job
from photoai.services import Services
from tests.support import photos
from tests.support.booth import Part

from .at_work import SEPIA, Mind, at_work, code_of, ended, run, with_prompt

HOOK = "http://hooks.example/told?by=us"
FAILS = with_prompt("refuse")
Fields = dict[str, Any]
DEEP = json.loads("[" * 63 + "]" * 63)


class Calls:
    """The calls that start jobs, each with its own way to send the same fields."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.failed = self.past(FAILS)
        self.done = self.past(SEPIA)

    def past(self, settings: Any) -> str:
        return str(run(self.client, settings, Prefer="wait=20").get_json()["id"])

    def test(self, fields: Fields, **headers: str) -> TestResponse:
        texts = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in fields.items()
        }
        parts = tuple(Part(name, text.encode()) for name, text in texts.items())
        return run(self.client, SEPIA, more=parts, **headers)

    def retry(self, fields: Fields, **headers: str) -> TestResponse:
        return self._json(f"/api/tasks/{self.failed}/retry", fields, headers)

    def replay(self, fields: Fields, **headers: str) -> TestResponse:
        return self._json(f"/api/tasks/{self.done}/replay", fields, headers)

    def _json(self, path: str, fields: Fields, headers: dict[str, str]) -> TestResponse:
        return self.client.post(path, headers=headers, **({"json": fields} if fields else {}))


each = pytest.mark.parametrize("name", ["test", "retry", "replay"])


@each
def test_every_call_waits_as_long_as_it_is_asked_to(calls: Calls, name: str) -> None:
    answer = getattr(calls, name)({}, Prefer='respond-async, wait="20"; x=1, wait=1')
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert answer.get_json()["state"] == ("failed" if name == "retry" else "succeeded")


def test_a_wish_to_wait_is_bounded_and_nonsense_is_no_wish(calls: Calls) -> None:
    understood = {"wait=0": "wait=0", "wait=99": "wait=50", "WAIT = 5": "wait=5"}
    nonsense = ("wait=-1", "wait=soon", "wait", "wait=1.5", "wait=soon, wait=5", "x=y", "=,;,", "")
    for said, applied in {**understood, **dict.fromkeys(nonsense)}.items():
        answer = calls.replay({}, Prefer=said)
        assert answer.headers.get("Preference-Applied") == applied, said
        assert answer.status_code == (200 if applied not in {None, "wait=0"} else 202), said


@each
def test_the_same_request_with_the_same_key_is_the_same_job(
    calls: Calls, name: str, mind: Mind
) -> None:
    key = {"Idempotency-Key": "Order 66/a"}
    fields = {"metadata": {"order": 66}}
    first = getattr(calls, name)(fields, **key)
    assert first.status_code == 202
    ended(calls.client, first.get_json())
    asked = len(mind.asks)
    again = getattr(calls, name)(fields, **key)
    assert (again.status_code, again.get_json()["id"]) == (200, first.get_json()["id"])
    assert len(mind.asks) == asked
    other = getattr(calls, name)({"metadata": {"order": 67}}, **key)
    assert (other.status_code, code_of(other)) == (409, "idempotency_key_reused")
    for another in {"test", "retry", "replay"} - {name}:
        assert code_of(getattr(calls, another)(fields, **key)) == "idempotency_key_reused"


def test_another_photo_or_another_slot_is_another_request(calls: Calls) -> None:
    key = {"Idempotency-Key": "k"}
    job = run(calls.client, SEPIA, **key).get_json()["id"]
    assert run(calls.client, SEPIA, **key).get_json()["id"] == job
    for different in (
        {"photo": photos.jpeg(seed=7)},
        {"path": "/api/slots/slot-008/test"},
        {"more": (Part("note", b"x"),)},
    ):
        assert code_of(run(calls.client, SEPIA, **different, **key)) == "idempotency_key_reused"  # type: ignore[arg-type]
    same = run(calls.client, SEPIA, path="/scotch/api/slots/slot-007/test", **key)
    assert same.get_json()["id"] == job


def test_many_equal_calls_at_once_are_one_job(calls: Calls, app: Flask, mind: Mind) -> None:
    asked = len(mind.asks)
    headers = {"Idempotency-Key": "k", **calls.client.environ_base}
    bearer = {"Authorization": headers.pop("HTTP_AUTHORIZATION")}

    def call(_: int) -> str:
        client = app.test_client(use_cookies=False)
        sent = {**bearer, "Idempotency-Key": "k", "Prefer": "wait=20"}
        return str(run(client, SEPIA, **sent).get_json()["id"])

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(call, range(6)))) == 1
    assert len(mind.asks) == asked + 1


def test_what_was_accepted_once_is_answered_although_it_would_not_be_taken_now(
    calls: Calls, config: Config
) -> None:
    calls.client.put("/api/slots/slot-007", json=SEPIA)
    key = {"Idempotency-Key": "k"}
    job = run(calls.client, **key).get_json()
    calls.client.delete("/api/slots/slot-007/settings")
    assert code_of(run(calls.client)) == "slot_not_configured"
    assert run(calls.client, **key).get_json()["id"] == job["id"]
    originals = Path(config.media_root) / "originals"
    assert len(list(originals.iterdir())) == 3, "nothing of the repeat was kept"


def test_a_call_that_was_refused_leaves_its_key_free(calls: Calls) -> None:
    key = {"Idempotency-Key": "k"}
    assert run(calls.client, SEPIA, photo=b"no photo", **key).status_code == 415
    assert run(calls.client, SEPIA, **key).status_code == 202


@each
def test_a_key_that_is_none_is_refused(calls: Calls, name: str) -> None:
    for key in ("", "x" * 201, "tab\there", "ключ".encode().decode("latin-1")):
        answer = getattr(calls, name)({}, **{"Idempotency-Key": key})
        assert (answer.status_code, code_of(answer)) == (400, "idempotency_key_malformed"), key


def test_the_longest_key_is_taken_and_none_is_kept_as_it_came(
    calls: Calls, services: Services
) -> None:
    key = "k" * 199 + "~"
    job = run(calls.client, SEPIA, **{"Idempotency-Key": key}).get_json()["id"]
    with services.database.read() as session:
        stored = session.query(Job).filter_by(public_id=job).one().idempotency_key
    assert stored == "client:" + hashlib.sha256(key.encode()).hexdigest()


@each
def test_what_is_to_be_told_is_kept_with_the_job(
    calls: Calls, services: Services, name: str
) -> None:
    metadata = {"заказ": [1, None], "x": DEEP}
    fields = {"webhook_url": HOOK.replace("hooks", "HOOKS"), "metadata": metadata}
    answer = getattr(calls, name)(fields)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    with services.database.read() as session:
        job = session.query(Job).filter_by(public_id=answer.get_json()["id"]).one()
    assert (job.webhook_url, job.client_metadata) == (HOOK, metadata)


REFUSED = (
    "http://127.0.0.1/", "http://[::1]:80/", "http://169.254.169.254/", "http://localhost/",
    "ftp://hooks.example/", "http://hooks.example:22/", "not a url",
)  # fmt: skip
INVALID: tuple[Fields, ...] = (
    {"webhook_url": "http://a.example/" + "x" * 2000},
    {"metadata": {"x": "я" * 2048}},
    {"metadata": {"x": "y" * 70_000}},
    {"metadata": []},
    {"metadata": 7},
    {"metadata": {"x": json.loads("[" * 64 + "]" * 64)}},
    {"metadata": {"x": json.loads("[" * 500 + "]" * 500)}},
)


@each
def test_wishes_that_cannot_be_are_named(calls: Calls, name: str) -> None:
    cases = [({"webhook_url": url}, "webhook_refused") for url in REFUSED]
    for fields, code in (*cases, *((fields, "invalid") for fields in INVALID)):
        answer = getattr(calls, name)(fields)
        assert (answer.status_code, code_of(answer)) == (422, code), str(fields)[:80]
        assert list(answer.get_json()["error"]["details"]) == list(fields)


def test_metadata_of_a_form_must_be_json(calls: Calls) -> None:
    for text in ("{", '{"a": NaN}', '{"a": "\\u0000"}'):
        answer = calls.test({"metadata": text})
        assert (answer.status_code, code_of(answer)) == (400, "malformed"), text
    assert calls.test({"metadata": '{"a": 1e999}'}).status_code == 422


@each
def test_empty_wishes_are_none(calls: Calls, name: str) -> None:
    empty = {"webhook_url": "", "metadata": ""} if name == "test" else {"webhook_url": None}
    assert getattr(calls, name)(empty).status_code == 202


@pytest.mark.parametrize("name", ["retry", "replay"])
def test_a_body_with_anything_else_is_refused(calls: Calls, name: str) -> None:
    for body in ({"webhok_url": HOOK}, [1], "text"):
        assert getattr(calls, name)(body).status_code == 422, body
    assert calls.client.post(f"/api/tasks/{calls.done}/replay", data="").status_code == 202


def test_a_replay_does_the_same_and_is_not_counted(calls: Calls, mind: Mind) -> None:
    figures = calls.client.get("/api/stats/slots").get_json()
    first, photo = calls.client.get(f"/api/tasks/{calls.done}").get_json(), mind.asks[-1].photo
    job = calls.replay({}, Prefer="wait=20").get_json()
    assert job["id"] != first["id"]
    assert (job["state"], job["test"], job["slot_id"]) == ("succeeded", True, first["slot_id"])
    assert (mind.asks[-1].prompt, mind.asks[-1].photo) == ("sepia", photo)
    assert calls.client.get("/api/stats/slots").get_json() == figures


def test_only_what_has_ended_and_is_still_there_is_replayed(
    calls: Calls, mind: Mind, services: Services
) -> None:
    running = run(calls.client, with_prompt("wait")).get_json()
    early = calls.client.post(f"/api/tasks/{running['id']}/replay")
    assert (early.status_code, code_of(early)) == (409, "job_not_finished")
    mind.go.set()
    ended(calls.client, running)
    assert calls.client.post(f"/api/tasks/{running['id']}/replay").status_code == 202
    with services.database.begin() as session:
        session.query(Job).filter_by(public_id=calls.done).one().input_key = None
    late = calls.replay({})
    assert (late.status_code, code_of(late)) == (410, "input_gone")


@pytest.fixture
def mind() -> Iterator[Mind]:
    mind = Mind()
    yield mind
    mind.go.set()


@pytest.fixture
def app(config: Config, prepared: Path, tmp_path: Path, mind: Mind) -> Iterator[Flask]:
    with at_work(config, prepared, tmp_path, mind) as app:
        yield app


@pytest.fixture
def calls(serg: FlaskClient) -> Calls:
    return Calls(serg)

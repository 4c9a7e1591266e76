"""Everybody's jobs and what was used, as administrators get them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.models import Job, LogStatus, ReelCall
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.merges import MERGE
from photoai.services.stats import log_outcome

from .admin_routes import ADMIN

SECRETS = ("password", "digest", "hash", "params", "prompt", "seed", "sha256", "ingest")


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.fixture
def jobs_of_all(services: Services, ids: dict[str, int]) -> None:
    """Of serg a photo that waits and a merge that was made, of a member a photo that failed."""
    with services.database.begin() as session:
        for number, (name, kind) in enumerate(
            [("serg", "photo"), ("serg", MERGE), ("member", "photo"), ("member", MERGE)]
        ):
            params = {"settings": {"prompt": "a secret wish"}}
            draft = JobDraft(f"job-{number}", ids[name], kind, utcnow(), params=params)
            job = states.insert(session, draft)
            if number in {1, 2}:
                row = session.get_one(Job, job.id)
                row.state, row.finished = "succeeded" if number == 1 else "failed", utcnow()
                row.error_code = None if number == 1 else "fetch_failed"
                row.error_details = {"url": "https://example.com/?key=a-secret"}


SEARCHES = [
    ("", [3, 2, 1, 0]),
    ("page_size=3", [3, 2, 1]),
    ("page_size=3&page=2", [0]),
    ("page=7", []),
    ("state=queued", [3, 0]),
    ("state=queued&page_size=1&page=2", [0]),
    ("type=photo", [2, 0]),
    ("type=merge", [3, 1]),
    ("type=merge&state=succeeded", [1]),
    ("type=nothing", []),
    ("state=running", []),
    ("user=1", [1, 0]),
    ("user=1&state=queued", [0]),
    ("user=3&type=merge", [3]),
    ("user=3&type=photo&state=failed", [2]),
    ("user=4", []),
]


@pytest.mark.usefixtures("jobs_of_all")
def test_everybodys_jobs_are_found_newest_first(admin: FlaskClient) -> None:
    for query, found in SEARCHES:
        body = admin.get(f"{ADMIN}/tasks?{query}").get_json()
        assert [int(job["id"].removeprefix("job-")) for job in body["data"]] == found, query
        assert "page" in query or body["meta"]["total"] == len(found)


@pytest.mark.usefixtures("jobs_of_all")
def test_a_job_names_its_owner_and_nothing_its_owner_put_into_it(
    admin: FlaskClient, ids: dict[str, int]
) -> None:
    answer = admin.get(f"{ADMIN}/tasks", headers={"Accept-Language": "en"})
    failed = answer.get_json()["data"][1]
    assert failed["user"] == {"id": ids["member"], "username": "member"}
    assert set(failed["error"]) == {"code", "message"}
    assert failed["error"]["code"] == "fetch_failed"
    assert "secret" not in answer.text


@pytest.mark.usefixtures("jobs_of_all")
def test_an_administrator_cancels_anybodys_job(
    admin: FlaskClient, cast: dict[str, FlaskClient]
) -> None:
    answer = admin.delete(f"{ADMIN}/tasks/job-0")
    assert (answer.status_code, answer.get_json()["state"]) == (202, "cancelled")
    assert cast["serg"].get("/api/tasks/job-0").get_json()["state"] == "cancelled"
    assert code(admin.delete(f"{ADMIN}/tasks/job-0")) == (409, "job_already_ended")
    (entry,) = admin.get(f"{ADMIN}/audit?target=task:job-0").get_json()["data"]
    assert (entry["action"], entry["target_name"]) == ("task.cancelled", "serg")


def test_usage_is_added_up_for_each_account(
    admin: FlaskClient, services: Services, ids: dict[str, int], file_of_serg: str
) -> None:
    today = utcnow().replace(hour=0, minute=0, second=1, microsecond=0)
    with services.database.begin() as session:
        for number, (days, kind) in enumerate([(0, "photo"), (10, "photo"), (10, MERGE)]):
            at = today - timedelta(days=days)
            draft = JobDraft(f"job-{number}", ids["serg"], kind, at, slot_id="slot-001")
            job = states.insert_claimed(session, draft, owner="me", lease_sec=60)
            end = at + timedelta(seconds=90 + number)
            states.succeed(session, job.id, 1, end, result_key=None, result={})
            log_outcome(
                session, user_id=ids["serg"], slot_id="slot-001", received=at,
                job_id=job.public_id, cost=0.25 if number < 2 else None,
                status=LogStatus.SUCCESS,
            )  # fmt: skip
        for days in (0, 10):
            session.add(ReelCall(user_id=ids["serg"], job_id="reel", model="m", usage={},
                                 cost_usd=0.125, at=today - timedelta(days=days)))  # fmt: skip
    admin_, *_, serg = admin.get(f"{ADMIN}/usage").get_json()["data"]
    assert admin_ == {
        "user": {"id": ids["admin"], "username": "admin"}, "jobs": 0, "worked_sec": 0.0,
        "by_type": [], "files": 0, "size_bytes": 0, "cost": None,
    }  # fmt: skip
    assert (serg["jobs"], serg["cost"], serg["files"], serg["size_bytes"]) == (3, 0.75, 1, 9)
    merges, photos = serg["by_type"]
    assert (photos["type"], photos["jobs"], photos["worked_sec"]) == ("photo", 2, 181.0)
    assert (merges["by_state"]["succeeded"], merges["worked_sec"]) == (1, 92.0)
    day = today.date().isoformat()
    *_, serg = admin.get(f"{ADMIN}/usage?from={day}&to={day}").get_json()["data"]
    assert (serg["jobs"], serg["cost"], serg["worked_sec"]) == (1, 0.375, 90.0)


def test_no_answer_holds_a_secret(
    admin: FlaskClient, jobs_of_all: None, ids: dict[str, int]
) -> None:
    admin.post(f"{ADMIN}/users/{ids['member']}/sign-out", json={"keys": True})
    for path in ("users", f"users/{ids['serg']}", "tasks", "usage", "audit"):
        text = admin.get(f"{ADMIN}/{path}").text
        assert not [word for word in SECRETS if f'{word}"' in text], path

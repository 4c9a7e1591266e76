"""Statistics over HTTP: shapes, ranges that cannot be, and whose they are."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from photoai.blueprints.guard import issue_token
from photoai.models import LogStatus, ProcessingLog, Role, User
from photoai.services import Services
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from tests.support.waiting import wait_until

ZEROS = {"success": 0, "errors": 0, "timeouts": 0, "avg_response_ms": 0, "cost": 0.0}
TWO = {"success": 1, "errors": 1, "timeouts": 1, "avg_response_ms": 25000, "cost": 0.039}


@pytest.fixture
def clients(app: Flask, services: Services) -> dict[str, FlaskClient]:
    """Serg and igor, signed in."""
    with services.database.read() as session:
        users = session.query(User).all()
    found = {}
    for user in users:
        client = app.test_client(use_cookies=False)
        with app.test_request_context():
            token = issue_token(Caller(user.id, user.username, Role(user.role)))
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        found[user.username] = client
    return found


@pytest.fixture
def serg(clients: dict[str, FlaskClient]) -> FlaskClient:
    return clients["serg"]


@pytest.fixture
def log(services: Services) -> Any:
    """Writes a success and a time-out for serg's slot at a moment."""

    def write(moment: datetime, slot_id: str = "slot-001", provider: str = "gemini") -> None:
        with services.database.begin() as session:
            user = session.query(User).filter_by(username="serg").one()
            for status, ms, cost in (
                (LogStatus.SUCCESS, 2000, 0.039), (LogStatus.TIMEOUT, 48_000, None),
            ):  # fmt: skip
                session.add(
                    ProcessingLog(
                        user_id=user.id, slot_id=slot_id, provider_id=provider, created_at=moment,
                        status=status, response_time_ms=ms, cost=cost,
                    )
                )  # fmt: skip

    return write


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_a_slots_days_come_as_the_contract_shows_them(serg: FlaskClient, log: Any) -> None:
    log(at(2024, 4, 1, 23, 59, 59))
    body = serg.get("/api/stats/slot-001?from=2024-04-01&to=2024-04-02").get_json()
    assert body == {
        "slot_id": "slot-001",
        "range": {"from": "2024-04-01", "to": "2024-04-02", "group_by": "day"},
        "metrics": [
            {"period_start": "2024-04-01", **TWO}, {"period_start": "2024-04-02", **ZEROS},
        ],
    }  # fmt: skip


def test_hours_are_those_of_utc_whatever_the_zone_asked_in(serg: FlaskClient, log: Any) -> None:
    log(at(2024, 4, 1, 22, 30))
    query = urlencode(
        {"from": "2024-04-02T00:30:00+03:00", "to": "2024-04-02T01:30+02:00", "group_by": "hour"}
    )
    body = serg.get(f"/api/stats/slot-001?{query}").get_json()
    assert body["range"]["from"] == "2024-04-01T21:30:00Z"
    assert [row["period_start"] for row in body["metrics"]] == [
        "2024-04-01T21:00:00Z", "2024-04-01T22:00:00Z", "2024-04-01T23:00:00Z",
    ]  # fmt: skip
    assert [row["success"] for row in body["metrics"]] == [0, 1, 0]


@pytest.mark.parametrize(
    ("group_by", "starts"),
    [
        ("week", ["2024-03-25", "2024-04-01"]),
        ("month", ["2024-03-01", "2024-04-01"]),
    ],
)
def test_weeks_and_months(serg: FlaskClient, group_by: str, starts: list[str]) -> None:
    query = f"from=2024-03-30&to=2024-04-02&group_by={group_by}"
    body = serg.get(f"/api/stats/slot-001?{query}").get_json()
    assert [row["period_start"] for row in body["metrics"]] == starts


def test_without_a_range_the_last_days_are_shown(serg: FlaskClient, log: Any) -> None:
    log(utcnow() - timedelta(seconds=5))
    days = serg.get("/api/stats/slot-001").get_json()
    assert len(days["metrics"]) == 7
    assert sum(row["success"] for row in days["metrics"]) == 1
    weeks = serg.get("/api/stats/global").get_json()
    assert weeks["meta"] == {"page": 1, "page_size": 10, "total": weeks["meta"]["total"]}
    assert weeks["meta"]["total"] in (13, 14)
    assert sum(row["success"] for row in weeks["data"]) == 1


def test_all_slots_together_are_paged_sorted_and_filtered(serg: FlaskClient, log: Any) -> None:
    log(at(2024, 4, 3))
    log(at(2024, 4, 3), "slot-002", "local")
    log(at(2024, 4, 12), "slot-002", "local")
    base = "/api/stats/global?from=2024-04-01&to=2024-04-21"
    body = serg.get(base).get_json()
    assert body["meta"] == {"page": 1, "page_size": 10, "total": 3}
    weeks = [(row["period_start"], row["period_end"], row["success"]) for row in body["data"]]
    assert weeks == [
        ("2024-04-15", "2024-04-21", 0),
        ("2024-04-08", "2024-04-14", 1),
        ("2024-04-01", "2024-04-07", 2),
    ]
    assert body["data"][2] | {"period_start": "", "period_end": ""} == {
        "period_start": "", "period_end": "", "success": 2, "errors": 2, "timeouts": 2,
        "avg_response_ms": 25000, "cost": 0.078,
    }  # fmt: skip

    def successes(query: str) -> list[int]:
        return [row["success"] for row in serg.get(f"{base}&{query}").get_json()["data"]]

    assert successes("sort_order=asc") == [2, 1, 0]
    assert successes("sort_by=success") == [2, 1, 0]
    assert successes("sort_by=cost&sort_order=asc") == [0, 1, 2]
    assert successes("page=2&page_size=2") == [2]
    assert successes("page=3&page_size=2") == []
    assert successes("provider_id=gemini") == [0, 0, 1]
    assert successes("slot_id=slot-002") == [0, 1, 1]
    assert successes("group_by=month") == [3]


SLOT, ALL = "/api/stats/slot-001", "/api/stats/global"
FUTURE = (utcnow() + timedelta(days=2)).date()


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        (SLOT, {"from": "2024-04-02", "to": "2024-04-01"}, "to"),
        (SLOT, {"from": "2024-04-01T10:00:00Z", "to": "2024-04-01T10:00:00Z"}, "to"),
        (SLOT, {"from": "2024-04-01T10:00:00", "to": "2024-04-02"}, "from"),
        (SLOT, {"from": "2024-04-01", "to": "2024-04-02T10:00"}, "to"),
        (SLOT, {"from": "2024-01-01", "to": "2024-02-02"}, "to"),
        (SLOT, {"from": str(FUTURE), "to": str(FUTURE)}, "from"),
        (SLOT, {"from": "yesterday"}, "from"),
        (SLOT, {"from": "2024-02-30"}, "from"),
        (SLOT, {"from": ""}, "from"),
        (SLOT, {"to": "0001-01-01"}, "to"),
        (SLOT, {"from": "9999-12-31", "to": "9999-12-31"}, "to"),
        (SLOT, {"from": "0001-01-01T00:00:00+14:00", "to": "2024-01-01"}, "from"),
        (SLOT, {"from": "2024-01-01"}, "to"),
        (ALL, {"from": "2024-01-01", "to": "2024-04-01"}, "to"),
    ],
)
def test_a_range_that_cannot_be_is_400(
    serg: FlaskClient, path: str, query: dict[str, str], field: str
) -> None:
    answer = serg.get(f"{path}?{urlencode(query)}")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, "range_invalid")
    assert list(error["details"]) == [field]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (SLOT, "group_by=year"),
        (ALL, "group_by=hour"),
        (ALL, "page=0"),
        (ALL, "page_size=51"),
        (ALL, "page=two"),
        (ALL, "sort_by=price"),
        (ALL, "sort_order=up"),
        (ALL, "slot_id=slot-041"),
        (ALL, "provider_id="),
    ],
)
def test_other_nonsense_is_400_and_names_the_field(
    serg: FlaskClient, path: str, query: str
) -> None:
    answer = serg.get(f"{path}?{query}")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, "malformed")
    assert list(error["details"]) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (SLOT, {"from": "2024-01-01", "to": "2024-02-01"}),
        (SLOT, {"from": "2024-01-01T00:00:00Z", "to": "2024-02-01T00:00:00Z"}),
        (ALL, {"from": "2024-01-01", "to": "2024-03-31", "group_by": "day", "page_size": "50"}),
        (SLOT, {"from": str(utcnow().date()), "to": str(FUTURE)}),
        (SLOT, {"from": "0001-01-01", "to": "0001-01-31"}),
    ],
)
def test_the_longest_ranges_are_answered(
    serg: FlaskClient, path: str, query: dict[str, str]
) -> None:
    assert serg.get(f"{path}?{urlencode(query)}").status_code == 200


def test_the_page_has_a_line_for_each_slot(serg: FlaskClient, log: Any) -> None:
    log(at(2024, 4, 1))
    body = serg.get("/api/stats/slots").get_json()
    assert body["meta"] == {"total": 40, "sync_response_timeout_sec": 50}
    assert body["sync_response_timeout_sec"] == 50
    first, second = body["data"][:2]
    counted = TWO | {"requests": 2, "error_percent": 50.0}
    assert first == {
        "id": "slot-001", "name": first["name"], "provider_id": "local",
        "operation_id": "change_image", "is_configured": True, "last_reset_at": None,
        "last_price": 0.039, "since_reset": counted | {"p95_response_ms": 48_000},
        "ever": counted,
    }  # fmt: skip
    nothing = ZEROS | {"requests": 0, "error_percent": 0.0, "avg_response_ms": None}
    assert (second["last_price"], second["is_configured"]) == (None, False)
    assert second["since_reset"] == nothing | {"p95_response_ms": None}


def test_a_reset_begins_anew_for_its_own_operator_only(
    clients: dict[str, FlaskClient], log: Any
) -> None:
    log(at(2024, 4, 1))
    assert clients["igor"].post("/api/slots/slot-001/reset_stats").status_code == 204
    assert line(clients["serg"])["since_reset"]["requests"] == 2
    answer = clients["serg"].post("/api/slots/slot-001/reset_stats", json={})
    assert (answer.status_code, answer.data) == (204, b"")
    after = line(clients["serg"])
    assert (after["since_reset"]["requests"], after["ever"]["requests"]) == (0, 2)
    assert after["last_reset_at"].endswith("Z")
    slot = clients["serg"].get("/api/slots/slot-001").get_json()
    assert slot["last_reset_at"] == after["last_reset_at"]
    assert line(clients["igor"])["ever"]["requests"] == 0


def line(client: FlaskClient) -> Any:
    return client.get("/api/stats/slots").get_json()["data"][0]


def test_each_operator_sees_only_his_own(clients: dict[str, FlaskClient], log: Any) -> None:
    log(at(2024, 4, 1))
    query = "from=2024-04-01&to=2024-04-01"
    slot = clients["igor"].get(f"/api/stats/slot-001?{query}").get_json()
    assert slot["metrics"] == [{"period_start": "2024-04-01", **ZEROS}]
    everything = clients["igor"].get(f"/api/stats/global?{query}").get_json()
    assert [row["success"] for row in everything["data"]] == [0]


def test_an_unknown_slot_is_404(serg: FlaskClient) -> None:
    for method, path in (("GET", "/api/stats/slot-041"), ("GET", "/api/stats/x"),
                         ("POST", "/api/slots/slot-041/reset_stats")):  # fmt: skip
        answer = serg.open(path, method=method)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "slot_unknown")


def test_a_second_reset_meanwhile_is_409(serg: FlaskClient, services: Services) -> None:
    """The first one waits for the database's only writer."""
    with services.database.read() as session:
        user = session.query(User).filter_by(username="serg").one()
    caller = Caller(user.id, "serg", Role.OPERATOR)
    first = threading.Thread(target=services.statistics.reset, args=(caller, "slot-001"))
    with services.database.begin():
        first.start()
        wait_until(lambda: services.statistics._resetting, 5, "the first reset has begun")
        answer = serg.post("/api/slots/slot-001/reset_stats")
    first.join()
    refusal = (answer.status_code, answer.get_json()["error"]["code"])
    assert refusal == (409, "statistics_reset_running")
    assert serg.post("/api/slots/slot-001/reset_stats").status_code == 204

"""Alerts and the summary of the day through the API."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from photoai.app import services_of
from photoai.models import Alert, User, WebhookDelivery
from photoai.services.clock import utcnow

HOOK = "https://93.184.216.34/summary"


def raise_alert(app: Flask, kind: str, subject: str = "", value: float = 34.4) -> None:
    with services_of(app).database.begin() as session:
        serg = session.query(User).filter_by(username="serg").one()
        facts = {"value": value, "most": 30.0, "raised_at": utcnow(), "seen_at": utcnow()}
        session.add(Alert(user_id=serg.id, kind=kind, subject=subject, **facts))


def test_an_alert_is_told_in_the_callers_language_and_acknowledged(
    app: Flask, cast: dict[str, FlaskClient]
) -> None:
    raise_alert(app, "wait")
    raise_alert(app, "provider", "gemini", 1)
    raise_alert(app, "errors", value=21.7)
    serg = cast["serg"]
    told = serg.get("/api/alerts", headers={"Accept-Language": "en"}).get_json()["data"]
    assert [(each["id"], each["message"]) for each in told] == [
        ("wait", "The oldest photo in the queue has waited for 34 s."),
        (
            "provider:gemini",
            "Gemini is left alone for a while: it keeps failing, or its quota is used up.",
        ),
        ("errors", "22% of the photos of the last ten minutes failed."),
    ]
    assert all(each["acknowledged_at"] is None for each in told)
    russian = serg.get("/api/alerts", headers={"Accept-Language": "ru"}).get_json()["data"]
    assert russian[2]["message"] == "Ошибки у 22 % фото за последние десять минут."
    heard = serg.post("/api/alerts/provider:gemini/acknowledge").get_json()
    assert heard["acknowledged_at"]
    assert cast["igor"].get("/api/alerts").get_json()["data"] == []
    gone = serg.post("/api/alerts/queue/acknowledge")
    assert (gone.status_code, gone.get_json()["error"]["code"]) == (404, "alert_unknown")


@pytest.mark.slow
def test_a_summary_is_planned_sent_now_and_given_up(
    app: Flask, cast: dict[str, FlaskClient]
) -> None:
    serg = cast["serg"]
    assert serg.get("/api/summary").get_json() == {"webhook_url": None, "hour": 6}
    plan = {"webhook_url": HOOK, "hour": 5}
    assert serg.put("/api/summary", json=plan).get_json() == plan
    assert cast["igor"].get("/api/summary").get_json()["webhook_url"] is None
    answer = serg.post("/api/summary/test")
    sent = answer.get_json()
    assert (answer.status_code, sent["event"], sent["url"]) == (202, "summary.test", HOOK)
    with services_of(app).database.begin() as session:  # nobody is to be told really
        body = session.query(WebhookDelivery).one().body
        session.execute(update(WebhookDelivery).values(state="failed"))
    assert json.loads(body)["summary"]["photos"] == 0
    listed = serg.get("/api/summary/deliveries").get_json()
    assert [each["id"] for each in listed["data"]] == [sent["id"]]
    assert cast["igor"].get("/api/summary/deliveries").get_json()["meta"]["total"] == 0
    assert serg.put("/api/summary", json={"webhook_url": None}).get_json()["hour"] == 6
    assert serg.post("/api/summary/test").status_code == 409


@pytest.mark.slow
@pytest.mark.parametrize(
    "plan",
    [
        {"webhook_url": HOOK, "hour": 24},
        {"webhook_url": HOOK, "hour": 5.5},
        {"webhook_url": "http://169.254.169.254/latest", "hour": 5},
        {"webhook_url": "ftp://example.com/", "hour": 5},
        {"webhook_url": "", "hour": 5},
        {},
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    cast: dict[str, FlaskClient], plan: dict[str, object]
) -> None:
    answer = cast["serg"].put("/api/summary", json=plan)
    assert answer.status_code == 422
    assert cast["serg"].get("/api/summary").get_json()["webhook_url"] is None

"""The page of readiness without JavaScript."""

from __future__ import annotations

import pytest

from photoai.models import Slot
from photoai.services import Services
from tests.support.reader import Reader, inputs, words
from tests.support.waiting import wait_until

EVENT = {"guests_per_hour": "90", "hours": "3"}


def test_one_row_is_looked_at_and_keeps_what_was_found(serg: Reader) -> None:
    assert "Nothing was looked at yet." in serg.page("/ready")
    answer = serg.send("/ready/check", row="disk", **EVENT)
    assert (answer.status_code, answer.location) == (
        303,
        "/ready?guests_per_hour=90&hours=3#report",
    )
    wait_until(lambda: 'data-running="no"' in serg.page("/ready"), what="the disk was looked at")
    report = words(serg.page("/ready"))
    assert "270 are expected" in report
    assert report.count("not looked at") > 5
    assert inputs(serg.page(answer.location))["hours"] == "3"


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong", [{"guests_per_hour": "many"}, {"hours": "0"}, {"row": "moon"}, {"slots": "slot-041"}]
)
def test_a_form_that_cannot_be_is_refused_on_the_page(serg: Reader, wrong: dict[str, str]) -> None:
    answer = serg.send("/ready/check", **(EVENT | wrong))
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert 'role="alert"' in answer.text


def test_a_model_that_is_gone_is_replaced_by_one_button(serg: Reader, services: Services) -> None:
    with services.database.begin() as session:
        slot = session.get_one(Slot, (serg.caller.id, "slot-002"))
        slot.name, slot.provider_id, slot.operation_id = "<b>x", "gemini", "change_image"
        slot.settings_json = {"prompt": "x", "model": "gemini-2.5-flash-image"}
    page = serg.page("/ready")
    assert "Change all to Nano Banana 2.1" in page
    assert "<b>x" not in page
    old = {"provider_id": "gemini", "model": "gemini-2.5-flash-image"}
    assert serg.send("/ready/models", **old).location == "/ready?done=models"
    assert "Change all to" not in serg.page("/ready")
    refused = serg.send("/ready/models", **(old | {"model": "gemini-3-pro-image"}))
    assert (refused.status_code, refused.mimetype) == (422, "text/html")

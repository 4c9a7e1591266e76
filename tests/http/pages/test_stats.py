"""The page of statistics without JavaScript: whose figures, which numbers, what can be posted."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from photoai.models import LogStatus, ProcessingLog, Slot
from photoai.services import Services
from photoai.services.clock import utcnow
from tests.support.reader import Reader, element, inputs, words

TEMPLATE = str(uuid.uuid4())
Log = Callable[..., None]


@pytest.fixture
def log(services: Services, serg: Reader) -> Log:
    """Writes a number of photos that came to a slot of serg's so many days ago."""

    def write(slot_id: str, good: int, bad: int = 0, days_ago: int = 0) -> None:
        moment = utcnow() - timedelta(days=days_ago)
        with services.database.begin() as session:
            for number in range(good + bad):
                failed = number >= good
                session.add(
                    ProcessingLog(
                        user_id=serg.caller.id, slot_id=slot_id, provider_id="gemini",
                        created_at=moment, response_time_ms=2000, cost=None if failed else 0.0336,
                        status=LogStatus.ERROR if failed else LogStatus.SUCCESS,
                    )
                )  # fmt: skip

    return write


def row(page: str, slot_id: str) -> str:
    """What a person reads in a slot's row."""
    start = page.rindex("<tr>", 0, page.index(f'id="name-{slot_id}"'))
    return words(page[start : page.index("</tr>", start)])


def test_a_slot_shows_its_figures_and_its_template(
    serg: Reader, services: Services, log: Log
) -> None:
    with services.database.begin() as session:
        slot = session.get_one(Slot, (serg.caller.id, "slot-007"))
        slot.name, slot.settings_json = "<b>Ночь</b>", {"reference_media_id": TEMPLATE}
        slot.provider_id, slot.operation_id = "local", "style_transfer"
    log("slot-007", good=3, bad=1)
    page = serg.page("/stats")
    assert "<b>Ночь" not in page
    assert row(page, "slot-007") == (
        "&lt;b&gt;Ночь&lt;/b&gt; slot-007 3 4 2.0 s 25% $0.0336 $0.1008 — none yet "
        "Reset of statistics 3"
    )
    assert 'href="/slots/slot-007"' in page
    assert f'src="/public/media/{TEMPLATE}" width="40" height="40"' in page


def test_slots_in_use_come_first_and_the_rest_is_folded(serg: Reader, log: Log) -> None:
    log("slot-030", good=1)
    page = serg.page("/stats")
    used, rest = page[: page.index('id="rest"')], page[page.index('id="rest"') :]
    assert re.findall(r'id="name-(slot-\d+)"', used) == ["slot-001", "slot-030"]
    assert len(re.findall(r'id="name-(slot-\d+)"', rest)) == 38
    assert "<details" in page
    assert (
        words(used[used.index("<tfoot>") : used.index("</tfoot>")]) == "All slots 1 1 0% $0.0336 1"
    )


def test_where_no_slot_is_set_up_it_says_so(serg: Reader, services: Services) -> None:
    services.slots.clear(serg.caller, "slot-001")
    assert "No slot is set up yet" in serg.page("/stats")


def test_another_operators_photos_are_not_there(
    serg: Reader, reader: Callable[[str], Reader], log: Log
) -> None:
    log("slot-001", good=5)
    igor = reader("igor").page("/stats")
    assert "No slot is set up yet" in igor
    assert "processed: 0" in words(igor)


def test_a_reset_begins_anew_and_keeps_what_was_ever(serg: Reader, log: Log) -> None:
    log("slot-002", good=2)
    button = 'form="reset" formaction="/stats/slot-002/reset?days=30"'
    assert button in serg.page("/stats?days=30")
    answer = serg.send("/stats/slot-002/reset?days=30")
    assert (answer.status_code, answer.location) == (303, "/stats?days=30&done=reset")
    shown = row(serg.page("/stats"), "slot-002")
    assert shown.startswith("slot-002 0 0 — none yet 0%")
    assert shown.endswith("Reset of statistics 2")


def test_a_slot_that_is_not_there_cannot_be_reset(serg: Reader) -> None:
    answer = serg.send("/stats/slot-041/reset")
    assert answer.status_code == 404
    assert 'role="alert"' in answer.text


def test_the_chart_has_a_bar_for_every_day_and_a_table_of_the_same(serg: Reader, log: Log) -> None:
    log("slot-001", good=6, bad=2, days_ago=3)
    log("slot-002", good=1, days_ago=13)
    page = serg.page("/stats")
    chart = page[page.index('id="chart"') : page.index('id="days-table"')]
    assert chart.count('class="place"') == 14
    assert (chart.count('class="succeeded"'), chart.count('class="failed"')) == (2, 1)
    assert "processed: 7 errors: 2" in words(chart)
    assert "style=" not in chart
    table = element(page, "days-table")
    assert table.count("<tr>") == 15
    assert "6 2 $0.2016" in words(table)


@pytest.mark.parametrize(
    ("asked", "bars"), [("7", 7), ("30", 30), ("90", 90), ("365", 14), ("<script>", 14)]
)
def test_the_chart_shows_as_many_days_as_are_chosen(serg: Reader, asked: str, bars: int) -> None:
    page = serg.page(f"/stats?days={asked}")
    assert page.count('class="place"') == bars
    assert "<script>" not in page


def test_the_fragment_has_the_same_pieces_as_the_page(serg: Reader, log: Log) -> None:
    log("slot-001", good=2)
    page, fragment = serg.page("/stats?days=7"), serg.page("/stats/figures?days=7")
    assert "<html" not in fragment
    for piece in ("summary", "slots-used", "slots-rest", "chart", "days-table"):
        shown = words(element(fragment, piece))
        assert shown
        assert words(element(page, piece)).startswith(shown)


def test_the_booths_time_out_is_saved_or_refused_beside_its_field(
    serg: Reader, services: Services
) -> None:
    answer = serg.send("/stats/timeout?days=7", sync_response_timeout_sec="70")
    assert (answer.status_code, answer.location) == (303, "/stats?days=7&done=saved")
    assert services.settings.sync_response_timeout_sec() == 70
    refused = serg.send("/stats/timeout", sync_response_timeout_sec="111")
    assert refused.status_code == 422
    assert inputs(refused.text)["sync_response_timeout_sec"] == "111"
    said = words(element(refused.text, "p-sync_response_timeout_sec"))
    assert "A whole number from 5 to 110." in said
    assert services.settings.sync_response_timeout_sec() == 70


def test_it_is_for_operators_with_the_forms_token(
    app: Flask, serg: Reader, reader: Callable[[str], Reader]
) -> None:
    assert app.test_client().get("/stats?days=7").location == "/login?next=/stats?days%3D7"
    maria = reader("maria")
    for path in ("/stats", "/stats/figures"):
        assert maria.get(path).status_code == 403
    for path in ("/stats/slot-001/reset", "/stats/timeout"):
        assert maria.send(path).status_code == 403
        assert serg.send(path, token="").status_code == 401


def test_the_page_never_reads_the_log_as_a_whole(
    serg: Reader, services: Services, log: Log
) -> None:
    """Every statement about the log names a slot, or a piece of a day."""
    log("slot-001", good=3)
    seen: list[str] = []
    event.listen(
        services.database.engine, "before_cursor_execute",
        lambda *given: seen.append(given[2]),
    )  # fmt: skip
    serg.page("/stats?days=90")
    of_log = [text for text in seen if "FROM processing_log" in text]
    assert of_log, "the slowest requests are read from the log's index"
    assert all("slot_id = " in text or "LIMIT" in text for text in of_log)
    assert len(seen) <= 10

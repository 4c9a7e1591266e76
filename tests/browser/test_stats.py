"""Statistics in the browser: figures that follow the booth, resets, days, the booth's time-out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import photos
from tests.support.browser import PHONE, Visitor
from tests.support.server import Server

PROCESSED = 2  # the column
STARTED = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/stats/figures")).map(({ startTime }) => startTime)"""
SEPIA = {
    "provider_id": "local",
    "operation_id": "change_image",
    "settings_json": {"prompt": "sepia"},
}


@pytest.fixture
def own_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """One that counts nobody else's photos."""
    with make_server() as running:
        yield running


def send(server: Server, slot_id: str, count: int = 1) -> None:
    for seed in range(count):
        assert server.booth.send(photos.jpeg(seed=seed), slot=slot_id).status == 200


def row(page: Page, slot_id: str) -> Locator:
    return page.locator("tr", has=page.locator(f"#name-{slot_id}"))


def processed(page: Page, slot_id: str) -> Locator:
    return row(page, slot_id).locator("td").nth(PROCESSED)


def test_figures_follow_the_booth_without_a_reload(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(own_server, "serg")
    page = serg.page
    page.goto("/stats")
    serg.check("stats-empty")
    expect(processed(page, "slot-001")).to_have_text("0")
    page.get_by_label("T_sync_response").fill("77")
    reset = page.locator("#reset-slot-001")
    reset.focus()
    for sent in range(1, 4):
        send(own_server, "slot-001")
        expect(processed(page, "slot-001")).to_have_text(str(sent))
    moments = page.evaluate(STARTED)
    assert len(moments) >= 3
    assert all(b - a >= 3000 for a, b in pairwise(moments)), moments
    expect(page.get_by_label("T_sync_response")).to_have_value("77")
    expect(reset).to_be_focused()
    expect(page.locator("#chart .succeeded")).to_have_count(1)
    serg.check("stats-one-slot")


def test_a_slot_set_up_elsewhere_comes_up_and_a_reset_asks_first(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(own_server, "serg")
    page = serg.page
    page.goto("/stats")
    with own_server.session() as client:
        client.put("/api/slots/slot-002", json={"name": "<i>Сепия</i>"} | SEPIA).raise_for_status()
    expect(page.locator("#slots-used").get_by_role("link", name="<i>Сепия</i>")).to_be_visible()
    send(own_server, "slot-002")
    expect(processed(page, "slot-002")).to_have_text("1")
    button = row(page, "slot-002").get_by_role("button", name="Сброс статистики", exact=True)
    page.once("dialog", lambda dialog: dialog.dismiss())
    button.click()
    expect(processed(page, "slot-002")).to_have_text("1")
    page.once("dialog", lambda dialog: dialog.accept())
    button.click()
    expect(processed(page, "slot-002")).to_have_text("0")
    expect(row(page, "slot-002").locator("td").last).to_have_text("1")
    expect(row(page, "slot-002").locator("time")).to_be_visible()


def test_days_are_chosen_and_read_on_a_phone_too(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    send(own_server, "slot-001")
    serg = visit(own_server, "serg", viewport=PHONE)
    page = serg.page
    page.goto("/stats")
    page.get_by_role("link", name="90 дней").click()
    expect(page.get_by_role("heading", name="Последние 90 дней")).to_be_visible()
    assert page.locator("#chart .place").count() == 90
    page.get_by_text("Те же числа таблицей").click()
    expect(page.locator("#days-table tr")).to_have_count(91)
    serg.check("stats-90-days")
    page.get_by_text("Ненастроенные слоты").click()
    expect(page.locator("#name-slot-040")).to_be_visible()
    serg.check("stats-all-slots")


def test_the_booths_time_out_is_saved_where_its_effect_is_seen(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(own_server, "serg")
    page = serg.page
    page.goto("/stats")
    field = page.get_by_label("T_sync_response")
    field.evaluate("field => field.removeAttribute('max')")
    field.fill("200")
    serg.expects.add("422")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.locator("#p-sync_response_timeout_sec")).to_contain_text("от 5 до 110")
    expect(field).to_have_value("200")
    serg.check("stats-refused")
    field.fill("70")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.get_by_text("Сохранено.", exact=True)).to_be_visible()
    with own_server.session() as client:
        assert client.get("/api/settings").json()["sync_response_timeout_sec"] == 70

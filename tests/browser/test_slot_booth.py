"""A slot's page says how its booth is set up, and what the prompt waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, Visitor
from tests.support.photos import jpeg
from tests.support.server import Server

SURVEY = "Ссылка с ответами гостя"


@pytest.fixture
def event(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A server of one's own: slots are saved here."""
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC="30") as running:
        yield running


def open_slot(visitor: Visitor, slot_id: str = "slot-001") -> Page:
    visitor.page.goto(f"/slots/{slot_id}")
    return visitor.page


def save(page: Page) -> None:
    page.get_by_role("button", name="Сохранить1").click()
    expect(page.locator("#toasts")).to_contain_text("Сохранено.")


def test_a_slot_is_set_up_for_breeze_booth_with_a_survey(
    event: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(event, "serg")
    page = open_slot(serg)
    survey = page.get_by_role("textbox", name=SURVEY)
    expect(survey).to_be_hidden()
    page.get_by_label("Промпт").fill("{look|vivid}, {{braces}}, {Name} {name|again}")
    link = f"{event.url}/ingest/slot-001?look={{look}}&name={{name}}"
    expect(survey).to_have_value(link)
    expect(page.locator("#placeholders code")).to_have_text(["look · vivid", "name"])
    expect(page.get_by_text("Web based (HTTP POST)")).to_be_visible()
    page.get_by_label("look").fill("posterise")
    page.get_by_label("Промпт").press_sequentially(" !")
    expect(page.get_by_label("look")).to_have_value("posterise")
    photo = {"name": "guest.jpg", "mimeType": "image/jpeg", "buffer": jpeg(320, 240)}
    page.locator("#test_photo").set_input_files(photo)
    with page.expect_response("**/api/slots/slot-001/test?*") as tried:
        page.get_by_role("button", name="Тест1").click()
    expect(page.locator("#trial-state")).to_have_text("готово", timeout=20_000)
    job = event.session().get(f"/api/tasks/{tried.value.json()['id']}").json()
    assert job["result"]["notes"]["presets"] == ["posterise"]
    serg.check("slot-booth-image")
    page.get_by_role("radio", name="Breeze Booth").check()
    expect(page.get_by_text("Web based (HTTP POST)")).to_be_hidden()
    expect(page.get_by_text("Event settings → Post-Processing")).to_be_visible()
    serg.check("slot-booth-multipart")
    save(page)
    page.reload()
    expect(page.get_by_role("radio", name="Breeze Booth")).to_be_checked()
    expect(survey).to_have_value(link)
    answer = event.booth.send(jpeg(320, 240), path="/ingest/slot-001?look=sepia")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("multipart/form-data")
    job = event.session().get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
    assert job["result"]["notes"]["presets"] == ["sepia"]


def test_the_phone_shows_how_a_booth_is_set_up(
    event: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(event, "serg", viewport=PHONE)
    page = open_slot(serg, "slot-002")
    page.get_by_label("Провайдер").select_option("local")
    page.get_by_label("Операция").select_option("change_image")
    page.get_by_label("Промпт").fill(
        "{a_very_long_name_of_thirty_one_c|гость нашего замечательного праздника} {mood} {city}"
    )
    expect(page.locator("#placeholders code")).to_have_count(3)
    serg.check("slot-booth")


def test_a_booths_program_is_chosen_without_scripts(
    event: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(event, "serg", java_script_enabled=False)
    page = open_slot(serg, "slot-001")
    page.get_by_label("Промпт").fill("{mood|vivid}")
    page.get_by_role("radio", name="DSLR Remote Pro").check()
    page.get_by_role("button", name="Сохранить1").click()
    expect(page.get_by_role("radio", name="DSLR Remote Pro")).to_be_checked()
    expect(page.get_by_role("textbox", name=SURVEY)).to_have_value(
        f"{event.url}/ingest/slot-001?mood={{mood}}"
    )
    assert event.session().get("/api/slots/slot-001").json()["client_profile"] == "image"

"""What photos cost today, and a drill, on Live."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.support import photos
from tests.support.browser import PHONE, Visitor
from tests.support.server import Server

SLOT = "slot-002"
EXAMPLE = {
    "name": "Зал", "provider_id": "example", "operation_id": "change_image",
    "settings_json": {"prompt": "delay=0"},
}  # fmt: skip
SEPIA = {
    "provider_id": "local", "operation_id": "change_image", "settings_json": {"prompt": "sepia"},
}  # fmt: skip


@pytest.fixture
def hall(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A photo costs 0.01 USD. Whoever visits comes after it is there, and leaves before it goes."""
    with make_server() as running, running.session() as serg:
        serg.put(f"/api/slots/{SLOT}", json={**EXAMPLE, "ladder": [SEPIA]}).raise_for_status()
        yield running


def rung(hall: Server, seed: int) -> str:
    answer = hall.booth.send(photos.jpeg(320, 240, seed=seed), slot=SLOT)
    assert answer.status == 200, answer.body
    return answer.headers["X-Photoai-Rung"]


def test_money_is_told_as_it_is_spent_and_a_drill_is_begun(
    hall: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(hall, "serg")
    page = serg.page
    page.goto("/settings")
    page.get_by_label("На слот в день, USD").fill("0.02")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Сохранено.")
    page.goto("/live")
    expect(page.locator("#money .budget")).to_have_count(1)
    assert rung(hall, 1) == "0:example"
    slot = page.locator("#money .budget").nth(1)
    expect(slot).to_contain_text("Зал")
    expect(slot).to_contain_text("из 0,02 $")
    assert [rung(hall, 2), rung(hall, 3)] == ["0:example", "1:local"]
    expect(slot).to_contain_text("фото делаются здесь")
    expect(page.locator("#alerts")).to_contain_text("бюджета")
    with hall.session() as api:
        api.put("/api/settings", json={"budgets": {"per_slot_per_day_usd": 1}}).raise_for_status()

    page.get_by_text("Учебная тревога: проверить лестницы").click()
    page.get_by_label("Провайдер").select_option("example")
    page.get_by_label("Следующих фото").fill("2")
    serg.check("money")
    page.get_by_role("button", name="Начать тревогу").click()
    drill = page.locator("#money .notice")
    expect(drill).to_contain_text("осталось фото: 2")
    assert rung(hall, 4) == "1:local"
    expect(drill).to_contain_text("осталось фото: 1")
    phone = visit(hall, "serg", viewport=PHONE)
    phone.page.goto("/live")
    expect(phone.page.locator("#money .notice")).to_be_visible()
    phone.check("money")
    page.get_by_role("button", name="Прекратить").click()
    expect(drill).to_have_count(0)
    assert rung(hall, 5) == "0:example"


def test_an_event_has_money_of_its_own(hall: Server, visit: Callable[..., Visitor]) -> None:
    serg = visit(hall, "serg")
    page = serg.page
    page.goto("/live")
    page.get_by_text("Начать мероприятие со своим бюджетом").click()
    page.get_by_label("Название мероприятия").fill("Анна и Пётр")
    page.get_by_label("Бюджет, USD").fill("0.02")
    serg.check("event-form")
    page.get_by_role("button", name="Начать мероприятие").click()
    row = page.locator("#money .budget").nth(1)
    expect(row).to_contain_text("Анна и Пётр")
    expect(row).to_contain_text("из 0,02 $")
    assert [rung(hall, seed) for seed in (11, 12, 13)] == ["0:example", "0:example", "1:local"]
    expect(row).to_contain_text("фото делаются здесь")
    expect(page.locator("#alerts")).to_contain_text("бюджета мероприятия")
    phone = visit(hall, "serg", viewport=PHONE)
    phone.page.goto("/live")
    expect(phone.page.locator("#money .budget").nth(1)).to_contain_text("Анна и Пётр")
    phone.check("event")

    page.get_by_text("Мероприятие: Анна и Пётр").click()
    page.get_by_label("Бюджет, USD").fill("")
    page.get_by_role("button", name="Сохранить").click()
    expect(row).to_contain_text("Анна и Пётр")
    expect(row).not_to_contain_text("из 0,02 $")
    assert rung(hall, 14) == "0:example"
    page.get_by_text("Мероприятие: Анна и Пётр").click()
    page.get_by_role("button", name="Завершить мероприятие").click()
    expect(page.get_by_text("Начать мероприятие со своим бюджетом")).to_be_visible()
    page.get_by_text("Прошедшие мероприятия: 1").click()
    expect(page.locator("#money")).to_contain_text("списаний: 3")
    serg.check("event-past")


def test_an_event_begins_and_ends_without_scripts(
    hall: Server, visit: Callable[..., Visitor]
) -> None:
    plain = visit(hall, java_script_enabled=False)
    page = plain.sign_in("serg", hall.password("serg"))
    page.goto("/live")
    page.get_by_text("Начать мероприятие со своим бюджетом").click()
    page.get_by_label("Название мероприятия").fill("Юбилей")
    page.get_by_role("button", name="Начать мероприятие").click()
    expect(page.locator("#money .budget").nth(1)).to_contain_text("Юбилей")
    page.get_by_text("Мероприятие: Юбилей").click()
    page.get_by_role("button", name="Завершить мероприятие").click()
    expect(page.get_by_text("Начать мероприятие со своим бюджетом")).to_be_visible()


def test_it_works_without_scripts(hall: Server, visit: Callable[..., Visitor]) -> None:
    plain = visit(hall, java_script_enabled=False)
    page = plain.sign_in("serg", hall.password("serg"))
    page.goto("/live")
    page.get_by_text("Учебная тревога: проверить лестницы").click()
    page.get_by_label("Провайдер").select_option("example")
    page.get_by_role("button", name="Начать тревогу").click()
    expect(page.locator("#money .notice")).to_contain_text("осталось фото: 3")
    page.get_by_role("button", name="Прекратить").click()
    expect(page.locator("#money .notice")).to_have_count(0)

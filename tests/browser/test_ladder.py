"""A slot's ladder made by clicking and typing, saved, refused and taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.browser import PHONE, Visitor
from tests.support.server import Server

Visit = Callable[..., Visitor]


@pytest.fixture
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    with GeminiEmulator() as google:
        keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
        with make_server(**keys) as running:
            yield running


@pytest.fixture
def serg(house: Server, visit: Visit) -> Visitor:
    visitor = visit(house, "serg")
    visitor.page.goto("/slots/slot-004")
    return visitor


def rung(page: Page, number: int) -> Any:
    return page.get_by_role("group", name=f"Ступень {number}")


def choose(page: Page, number: int, title: str) -> None:
    rung(page, number).get_by_label("Тогда").select_option(label=title)
    expect(rung(page, number + 1).or_(rung(page, 4)).first).to_be_visible()


def save(page: Page) -> None:
    page.get_by_role("button", name="Сохранить1").click()


def test_a_ladder_is_made_and_its_photo_comes(house: Server, serg: Visitor) -> None:
    page = serg.page
    page.get_by_label("Провайдер").select_option("gemini")
    page.get_by_label("Операция").select_option("change_image")
    page.get_by_label("Промпт", exact=False).first.fill("finish=IMAGE_SAFETY")
    page.get_by_text("Если опаздывает или не выходит").click()
    choose(page, 1, "Локальные эффекты · Изменение изображения")
    rung(page, 1).get_by_label("Промпт", exact=False).first.fill("sepia")
    rung(page, 1).get_by_label("Через, секунд").fill("46")
    choose(page, 2, "Локальные эффекты · Фото с рамкой")
    serg.check("ladder")
    serg.expects.add("422")
    save(page)
    expect(rung(page, 1).locator(".problem", has_text="Не больше 42")).to_be_visible()
    rung(page, 1).get_by_label("Через, секунд").fill("30")
    save(page)
    expect(page.locator(".toast.good")).to_contain_text("Сохранено")
    answer = house.booth.send(photos.jpeg(seed=77), slot="slot-004")
    assert (answer.status, answer.headers["X-Photoai-Rung"]) == (200, "1:local")
    page.reload()
    expect(rung(page, 1).get_by_label("Через, секунд")).to_have_value("30")
    expect(rung(page, 2)).to_contain_text("не позже чем через 45")
    rung(page, 1).get_by_label("Тогда").select_option("")
    expect(rung(page, 1).get_by_label("Тогда")).to_have_value("local/frame")
    save(page)
    expect(page.locator(".toast.good")).to_contain_text("Сохранено")
    with house.session() as client:
        (kept,) = client.get("/api/slots/slot-004").json()["ladder"]
        assert (kept["operation_id"], kept["from_sec"]) == ("frame", None)


def test_it_is_made_for_phones_too(house: Server, visit: Visit) -> None:
    visitor = visit(house, "serg", viewport=PHONE)
    page = visitor.page
    page.goto("/slots/slot-006")
    page.get_by_text("Если опаздывает или не выходит").click()
    choose(page, 1, "Локальные эффекты · Перенос стиля")
    visitor.check("ladder-phone")


def test_it_is_made_without_scripts(house: Server, visit: Visit) -> None:
    page = visit(house, "serg", java_script_enabled=False).page
    page.goto("/slots/slot-007")
    page.get_by_label("Операция").select_option("change_image")
    page.get_by_text("Если опаздывает или не выходит").click()
    rung(page, 1).get_by_label("Тогда").select_option("local/frame")
    page.get_by_role("button", name="Показать поля").first.click()
    expect(rung(page, 1).get_by_label("Тогда")).to_have_value("local/frame")
    page.get_by_label("Промпт", exact=False).first.fill("vivid")
    save(page)
    with house.session() as client:
        (kept,) = client.get("/api/slots/slot-007").json()["ladder"]
        assert kept["operation_id"] == "frame"

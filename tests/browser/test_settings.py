"""An operator sets the server up in the browser: keys, prices, passwords, checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.browser import PHONE, Visitor
from tests.support.server import Server

PRICE = "Gemini 3 Pro Image, 2K"


@pytest.fixture(scope="module")
def google() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as running:
        yield running


@pytest.fixture
def own_server(make_server: Callable[..., Server], google: GeminiEmulator) -> Iterator[Server]:
    """One whose settings may be changed."""
    with make_server(GEMINI_BASE_URL=google.url) as running:
        yield running


def test_a_key_is_typed_tried_and_removed_and_never_comes_back(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(own_server, "serg")
    page = serg.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/settings")
    serg.check("settings-new")
    gemini = page.get_by_role("region", name="Gemini")
    gemini.get_by_role("button", name="проверить", exact=True).click()
    expect(gemini.get_by_role("status")).to_contain_text("нет действующего ключа")

    page.locator("input[name^=gemini]").fill(KEY)
    gemini.get_by_label(PRICE).fill("0.15")
    expect(page.get_by_text("Ещё не сохранено: 2")).to_be_visible()
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(gemini.get_by_text(f"…{KEY[-4:]}")).to_be_visible()
    expect(page.locator("input[name^=gemini]")).to_have_value("")
    expect(page.get_by_text("Ещё не сохранено")).to_have_count(0)
    gemini.get_by_role("button", name="проверить", exact=True).click()
    expect(gemini.get_by_role("status")).to_contain_text("Работает.")
    expect(gemini.get_by_role("status")).to_contain_text("мс")
    serg.check("settings-with-key")

    page.reload()
    expect(gemini.get_by_label(PRICE)).to_have_value("0.15")
    assert KEY not in page.content()
    gemini.get_by_role("button", name="Удалить").click()
    expect(gemini.get_by_text("ключа нет")).to_be_visible()
    expect(page.locator("input[name^=gemini]")).to_be_focused()


def test_a_refused_save_says_where_and_loses_nothing_that_was_typed(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    with own_server.session("igor") as igor:
        igor.put("/api/settings", json={"ingest_password": "пароль игоря"}).raise_for_status()
    serg = visit(own_server, "serg")
    page = serg.page
    page.goto("/settings")
    password = page.get_by_label("Пароль приёма фото")
    password.fill("пароль игоря")
    page.get_by_label("В день, USD", exact=True).fill("20")
    serg.expects.add("422")
    page.keyboard.press("Enter")
    expect(page.locator("#p-ingest_password")).to_contain_text("другой оператор")
    expect(password).to_be_focused()
    expect(password).to_have_value("пароль игоря")
    expect(page.get_by_label("В день, USD", exact=True)).to_have_value("20")
    serg.check("settings-refused")

    password.fill("пароль второго дня")
    page.get_by_label("Ключ Gemini").fill("ключ не латиницей")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.locator("[id='p-keys.gemini']")).to_contain_text("латинских")
    expect(password).to_have_value("пароль второго дня")
    page.get_by_label("Ключ Gemini").fill("")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.get_by_text("Сохранено.", exact=True)).to_be_visible()
    expect(password).to_have_value("")
    with own_server.session() as again:
        assert again.get("/api/settings").json()["budgets"]["per_day_usd"] == 20


def test_a_session_that_ended_is_begun_again_and_the_save_goes_on(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(own_server, "serg")
    page = serg.page
    page.goto("/settings")
    page.get_by_label("На слот в день, USD").fill("3")
    serg.expects.add("401")
    serg.context.clear_cookies(name="access_token_cookie")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Пароль").fill(own_server.password("serg"))
    dialog.get_by_role("button", name="Войти").click()
    expect(page.get_by_text("Сохранено.", exact=True)).to_be_visible()


def test_the_readiness_report_and_the_cache_on_a_phone(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    with own_server.session() as client:
        known = {"ingest_password": own_server.ingest_password()}
        client.put("/api/settings", json=known).raise_for_status()
    assert own_server.booth.send(photos.jpeg()).status == 200
    serg = visit(own_server, "serg", viewport=PHONE)
    page = serg.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/settings")
    page.get_by_role("button", name="Проверка готовности").click()
    report = page.get_by_role("region", name="Готовность")
    for part in ("database", "storage", "queue", "public_url", "provider:local"):
        expect(report.get_by_text(part, exact=True)).to_be_visible()
    serg.check("settings-report")
    page.get_by_role("button", name="Очистить мультимедиа кеш").click()
    expect(page.get_by_text("Удалено результатов: 1")).to_be_visible()
    serg.check("settings-cleared")

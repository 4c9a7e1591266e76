"""An operator looks at everything before the event: on a wide screen, on a phone, on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support.browser import PHONE, Visitor
from tests.support.server import Server

OLD = "gemini-2.5-flash-image"
LONG_MS = 30_000


@pytest.fixture(scope="module")
def google() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as running:
        yield running


@pytest.fixture
def own_server(make_server: Callable[..., Server], google: GeminiEmulator) -> Iterator[Server]:
    """With a slot that costs money, one whose model is gone, and one on this machine."""
    with make_server(GEMINI_BASE_URL=google.url, GEMINI_API_KEY=KEY) as running:
        paid = {"provider_id": "gemini", "operation_id": "change_image", "name": "Комикс"}
        with running.session() as serg:
            for slot_id, settings in (
                ("slot-002", {"prompt": "a comic"}),
                ("slot-003", {"prompt": "a comic", "model": OLD}),
            ):
                slot = paid | {"settings_json": settings}
                serg.put(f"/api/slots/{slot_id}", json=slot).raise_for_status()
        yield running


def test_everything_is_looked_at_and_a_slot_tried_for_money(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(own_server, "serg")
    page = serg.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/slots")
    page.get_by_role("link", name="Готовность").click()
    expect(page.get_by_text("Ещё ничего не проверялось.")).to_be_visible()
    expect(page.locator("#cost")).to_contain_text("Слотов будет проверено: 1. Около 0.00 USD.")
    page.locator("input[name=slots][value=slot-002]").check()
    expect(page.locator("#cost")).to_contain_text("Слотов будет проверено: 2. Около 0.03 USD.")
    serg.check("ready-new")

    page.get_by_label("Гостей в самый людный час").fill("90")
    page.get_by_role("button", name="Проверить всё").click()
    expect(page.locator("#report[data-running=yes]")).to_be_attached()
    expect(page.locator("#report[data-running=no]")).to_be_attached(timeout=LONG_MS)
    slots = page.get_by_role("region", name="Фото через каждый слот")
    expect(slots.locator("tr", has_text="slot-001")).to_contain_text("Готово за")
    expect(slots.locator("tr", has_text="slot-002")).to_contain_text("стоило 0.0336 USD")
    expect(slots.locator("tr", has_text="slot-003")).to_contain_text("не проверено")
    expect(page.get_by_text("Не готово: смотрите красные строки.")).to_be_visible()
    expect(page.locator("input[name=slots][value=slot-002]")).to_be_checked()
    serg.check("ready-looked-at")

    page.get_by_role("button", name="Заменить везде на Nano Banana 2.1").click()
    expect(page.get_by_text("Теперь все слоты работают с преемником.")).to_be_visible()
    expect(page.get_by_role("region", name="Модели, которые отключают")).to_have_count(0)
    expect(page.locator("#report[data-running=no]")).to_be_attached(timeout=LONG_MS)
    with own_server.session() as client:
        saved = client.get("/api/slots/slot-003").json()["settings_json"]
    assert saved["model"] == "gemini-nano-banana-2.1"
    page.get_by_role("button", name="Проверить ещё раз: Прогрев").click()
    warm = page.locator("tr", has=page.get_by_role("rowheader", name="Прогрев"))
    expect(warm).to_contain_text("Соединения открыты", timeout=LONG_MS)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Проверить всё")).to_be_hidden()
    serg.check("ready-on-paper")


def test_the_rows_are_read_on_a_phone_in_english(
    own_server: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(own_server, "serg", viewport=PHONE)
    page = serg.page
    page.goto("/ready")
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Look again: Disk").click()
    disk = page.locator("tr", has=page.get_by_role("rowheader", name="Disk"))
    expect(disk).to_contain_text("GB are free", timeout=LONG_MS)
    serg.check("ready-phone")

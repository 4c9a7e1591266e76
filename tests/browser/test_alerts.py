"""Alerts on Live: raised while one looks on, heard, seen, over; and the summary's settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.browser import PHONE, Visitor
from tests.support.receiver import Receiver
from tests.support.server import Server
from tests.support.waiting import wait_until

Visit = Callable[..., Visitor]
SLOT = "slot-001"
LOCAL = {
    "provider_id": "local",
    "operation_id": "change_image",
    "settings_json": {"prompt": "sepia"},
}


@pytest.fixture
def google() -> Iterator[GeminiEmulator]:
    """A test takes it away and brings it back."""
    running = GeminiEmulator().__enter__()
    yield running
    with suppress(ValueError):  # it was away when the test failed
        running.__exit__(None, None, None)


@pytest.fixture
def house(make_server: Callable[..., Server], google: GeminiEmulator) -> Iterator[Server]:
    env = {
        "GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url, "LIVE_HEARTBEAT_SEC": "1",
        "FETCH_ALLOWED_HOSTS": "127.0.0.1",
    }  # fmt: skip
    with make_server(**env) as running:
        yield running


def look_on(visitor: Visitor) -> Page:
    page = visitor.page
    with page.expect_response(lambda answer: "/api/events" in answer.url):
        page.goto("/live")
    return page


@pytest.mark.parametrize("size", [None, PHONE])
def test_a_lost_internet_is_told_heard_and_over(
    house: Server, visit: Visit, google: GeminiEmulator, size: dict[str, int] | None
) -> None:
    wanted = {
        "name": "Зал", "provider_id": "gemini", "operation_id": "change_image",
        "settings_json": {"prompt": "green"}, "ladder": [LOCAL],
    }  # fmt: skip
    with house.session("serg") as client:
        client.put(f"/api/slots/{SLOT}", json=wanted).raise_for_status()
    visitor = visit(house, "serg", **({"viewport": size} if size else {}))
    page = look_on(visitor)
    alerts = page.locator("#alerts")
    expect(alerts).to_contain_text("Всё спокойно.")
    visitor.check("alerts-quiet")

    sound = page.get_by_role("button", name="Звук")
    expect(sound).to_have_attribute("aria-pressed", "false")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")

    google.__exit__(None, None, None)
    answer = house.booth.send(photos.jpeg(600, 400, seed=77), slot=SLOT)
    assert answer.headers["X-Photoai-Rung"] == "1:local"
    expect(alerts).to_contain_text("Нет интернета")
    expect(page).to_have_title(re.compile("^⚠ Тревоги: 1"))
    visitor.check("alerts-raised")
    page.get_by_role("button", name="Вижу").click()
    expect(alerts).to_contain_text("видели")
    expect(page).to_have_title(re.compile("^(?!⚠)"))
    visitor.check("alerts-seen")

    google.__enter__()
    expect(alerts).to_contain_text("Всё спокойно.", timeout=25_000)
    page.reload()
    expect(page.get_by_role("button", name="Звук")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("size", [None, PHONE])
def test_a_summary_is_planned_and_sent(
    house: Server, visit: Visit, size: dict[str, int] | None
) -> None:
    visitor = visit(house, "serg", **({"viewport": size} if size else {}))
    page = visitor.page
    page.goto("/settings")
    with Receiver() as receiver:
        page.locator("#summary-url").fill(f"{receiver.url}/200")
        page.locator("#summary-hour").fill("5")
        page.get_by_role("button", name="Сохранить сводку").click()
        expect(page.get_by_role("status").filter(has_text="Сохранено")).to_be_visible()
        page.get_by_role("button", name="Отправить сейчас").click()
        expect(page.locator("main")).to_contain_text("Сводка отправлена")
        expect(page.locator("#summary tbody tr")).to_have_count(1)
        visitor.check("summary")
        wait_until(lambda: receiver.told)
        assert receiver.told[0].headers["X-Photoai-Event"] == "summary.test"

"""A photo made again and compared, a refusal explained, an old version of a slot brought back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.browser import PHONE, Visitor
from tests.support.server import Client, Server

Visit = Callable[..., Visitor]
SLOT = "slot-006"
SEEDS = itertools.count(900)


@pytest.fixture(scope="module")
def hall(make_server: Callable[..., Server]) -> Iterator[Server]:
    with GeminiEmulator() as google:
        keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
        with make_server(**keys) as running:
            yield running


@pytest.fixture(scope="module")
def client(hall: Server) -> Client:
    return hall.session("serg")


def save(client: Client, provider: str, prompt: str, **settings: Any) -> None:
    wanted = {
        "name": "Зал, у сцены", "provider_id": provider, "operation_id": "change_image",
        "settings_json": {"prompt": prompt, **settings}, "ladder": [],
    }  # fmt: skip
    client.put(f"/api/slots/{SLOT}", json=wanted).raise_for_status()


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["wide", "phone"])
def test_a_photo_is_made_again_and_both_are_compared(
    visit: Visit, hall: Server, client: Client, viewport: dict[str, int] | None
) -> None:
    save(client, "local", "sepia")
    sent = hall.booth.send(photos.jpeg(900, 600, seed=next(SEEDS)), slot=SLOT)
    save(client, "gemini", "киноафиша пятидесятых", output={"quality": 80})
    visitor = visit(hall, "serg", **({"viewport": viewport} if viewport else {}))
    page = visitor.page
    page.goto(f"/photos/{sent.headers['X-Photoai-Job']}")
    visitor.check("photo")
    page.get_by_role("button", name="Переделать как сейчас").click()
    slider = page.locator("#slider .compare")
    expect(slider.locator(".after")).to_be_visible()
    slider.get_by_role("slider").fill("30")
    expect(page.locator("#differences")).to_contain_text("Gemini")
    expect(page.locator("#differences ins").first).to_be_visible()
    visitor.check("photo-compared")
    page.goto("/gallery")
    page.get_by_role("link", name="Переделать фото слота").first.click()
    expect(page.get_by_role("heading", name="Фото", exact=True)).to_be_visible()


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["wide", "phone"])
def test_an_old_version_is_brought_back(
    visit: Visit, hall: Server, client: Client, viewport: dict[str, int] | None
) -> None:
    save(client, "local", "sepia")
    save(client, "local", "vivid", output={"quality": 70})
    visitor = visit(hall, "serg", **({"viewport": viewport} if viewport else {}))
    page = visitor.page
    page.goto(f"/slots/{SLOT}")
    page.get_by_label("Промпт").fill("noir")
    page.get_by_role("button", name="Сохранить1").click()
    newest = page.locator("#history .version").first
    expect(newest).to_contain_text("noir")
    expect(newest).to_contain_text("действует")
    page.locator("#history").scroll_into_view_if_needed()
    visitor.check("slot-history")
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#history .version").nth(2).get_by_role("button", name="Вернуть").click()
    expect(page.get_by_text("возвращена.")).to_be_visible()
    expect(page.get_by_label("Промпт")).to_have_value("sepia")


def test_a_refusal_says_what_helps(visit: Visit, hall: Server, client: Client) -> None:
    save(client, "gemini", "finish=IMAGE_SAFETY")
    hall.booth.send(photos.jpeg(seed=next(SEEDS)), slot=SLOT)
    visitor = visit(hall, "serg")
    page = visitor.page
    page.goto("/live")
    expect(page.get_by_text("не прошло его защитный фильтр").first).to_be_visible()
    expect(page.get_by_text("Смягчите промпт").first).to_be_visible()
    visitor.check("live-refusal")
    page.goto(f"/slots/{SLOT}")
    page.locator("#test_photo").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photos.jpeg(seed=next(SEEDS))}
    )
    page.get_by_role("button", name="Тест1").click()
    expect(page.locator("#trial-result")).to_contain_text("Смягчите промпт")
    visitor.check("slot-refusal")
    page.goto("/stats")
    expect(page.locator("#failures")).to_contain_text("Смягчите промпт")
    visitor.check("stats-failures")

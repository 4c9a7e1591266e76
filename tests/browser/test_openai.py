"""OpenAI on the pages, as any other provider: its key, its prices, its slot."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.emulators.openai import KEY, OpenaiEmulator
from tests.support.browser import PHONE, WIDE, Visitor
from tests.support.photos import jpeg
from tests.support.server import Server

from .test_slots import choose

PHOTO = {"name": "guest.jpg", "mimeType": "image/jpeg", "buffer": jpeg(600, 400)}


@pytest.fixture(scope="module")
def own_server(make_server: Callable[..., Server]) -> Iterator[Server]:
    with OpenaiEmulator() as drawer, make_server(OPENAI_BASE_URL=drawer.base_url) as running:
        yield running


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_its_key_is_tried_and_a_slot_draws_with_it(
    visit: Callable[..., Visitor], own_server: Server, viewport: dict[str, int]
) -> None:
    serg = visit(own_server, "serg", viewport=viewport)
    page = serg.page
    page.goto("/settings")
    panel = page.get_by_role("region", name="OpenAI")
    panel.get_by_label("Ключ OpenAI").fill(KEY)
    panel.get_by_label("GPT Image 1.5, 1536x1024").fill("0.04")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(panel.get_by_text(f"…{KEY[-4:]}")).to_be_visible()
    panel.get_by_role("button", name="проверить", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("Работает.")
    panel.get_by_text("Ограничения").click()
    serg.check("openai-settings")

    page.goto("/slots/slot-009")
    choose(page, "openai", "object_replace")
    page.get_by_label("Промпт").fill("a paper crown")
    page.get_by_label("Объект").fill("the hat")
    page.get_by_label("Качество рисования").select_option(label="низкое")
    page.get_by_label("Модель").select_option(label="GPT Image 2.6 Sunburst")
    page.locator("#test_photo").set_input_files(PHOTO)
    page.get_by_role("button", name="Тест1").click()
    expect(page.locator(".compare .after")).to_be_visible(timeout=40_000)
    serg.check("openai-slot")

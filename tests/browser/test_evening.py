"""An operator's evening from the sign-in to the statistics, with every provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.emulators import gemini, openai, turbotext
from tests.support.browser import Visitor
from tests.support.photos import jpeg
from tests.support.server import Server, free_port

from .test_slots import choose

PHOTO = {"name": "guest.jpg", "mimeType": "image/jpeg", "buffer": jpeg(600, 400)}
PROVIDERS = {
    "local": "vivid", "gemini": "watercolour", "openai": "a pencil sketch",
    "turbotext": "oil painting",
}  # fmt: skip


@pytest.fixture
def evening(make_server: Callable[..., Server]) -> Iterator[Server]:
    """Keys are put in on the page, so the environment has none."""
    port = free_port()
    with (
        gemini.GeminiEmulator() as google,
        openai.OpenaiEmulator() as drawer,
        turbotext.TurbotextEmulator() as vendor,
    ):
        made = make_server(
            GEMINI_BASE_URL=google.url,
            OPENAI_BASE_URL=drawer.base_url,
            TURBOTEXT_BASE_URL=f"{vendor.url}/api_ai",
            PUBLIC_BASE_URL=f"http://127.0.0.1:{port}",
            SYNC_RESPONSE_TIMEOUT_SEC="40",
        )
        made.port = port
        with made as running:
            yield running


def test_from_the_sign_in_to_the_statistics_with_every_provider(
    evening: Server, visit: Callable[..., Visitor]
) -> None:
    serg = visit(evening, "serg")
    _put_keys_in(serg.page)
    watching = serg.open("/live")
    for number, (provider, prompt) in enumerate(PROVIDERS.items(), 5):
        slot_id = f"slot-{number:03}"
        _set_up(serg.page, slot_id, provider, prompt)
        answer = evening.booth.send(jpeg(600, 400), slot=slot_id)
        assert answer.status == 200, answer.body
        job = watching.locator(f"#job-{answer.headers['X-Photoai-Job']}")
        expect(job).to_contain_text(f"вечер {provider}")
        expect(job.get_by_role("link", name="Скачать")).to_be_visible()
    serg.check("evening-live", watching)

    serg.page.goto("/stats")
    for number, provider in enumerate(PROVIDERS, 5):
        row = serg.page.locator("tr", has_text=f"slot-{number:03}")
        expect(row).to_contain_text(f"вечер {provider}")
        counted = row.locator("td.number").first
        assert counted.inner_text().strip() == "1", "the booth's photo, and not the test"
    serg.check("evening-stats")


def _put_keys_in(page: Page) -> None:
    page.goto("/settings")
    page.locator('input[name^="gemini"][type="password"]').fill(gemini.KEY)
    page.locator('input[name^="openai"][type="password"]').fill(openai.KEY)
    page.locator('input[name^="turbotext"][type="password"]').fill(turbotext.KEY)
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.locator("main")).to_contain_text(gemini.KEY[-4:])


def _set_up(page: Page, slot_id: str, provider: str, prompt: str) -> None:
    page.goto(f"/slots/{slot_id}")
    page.get_by_label("Название").fill(f"вечер {provider}")
    choose(page, provider, "change_image")
    page.get_by_label("Промпт").fill(prompt)
    page.locator("#test_photo").set_input_files(PHOTO)
    page.get_by_role("button", name="Тест1").click()
    expect(page.locator(".compare .after")).to_be_visible(timeout=40_000)
    page.get_by_role("button", name="Сохранить1").click()
    expect(page.locator("#toasts")).to_contain_text("Сохранено.")

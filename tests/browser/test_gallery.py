"""The gallery in a browser: looked through, taken home, and shown to guests for a while."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

from tests.support.browser import PHONE, Visitor, check_first_visit
from tests.support.photos import encoded, guest, picture
from tests.support.server import Server

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def hall(make_server: Callable[..., Server]) -> Iterator[Server]:
    with make_server() as running:
        with running.session("serg") as serg:
            for slot_id, name, prompt in (
                ("slot-001", "Зал, у сцены", "vivid"),
                ("slot-002", "Терраса", "sepia"),
            ):
                answer = serg.put(
                    f"/api/slots/{slot_id}",
                    json={
                        "name": name, "provider_id": "local", "operation_id": "change_image",
                        "settings_json": {"prompt": prompt},
                    },
                )  # fmt: skip
                assert answer.status_code == 200, answer.text
        yield running


def send(server: Server, slot: str = "slot-001", seed: int | None = None) -> str:
    """A booth's photo, finished; its job."""
    photo = guest() if seed is None else encoded(picture(1200, 800, seed), "JPEG", quality=88)
    answer = server.booth.send(photo, slot=slot)
    assert answer.status == 200, answer.body
    return str(answer.headers["X-Photoai-Job"])


def names_in(download: Download, folder: Path) -> list[str]:
    path = folder / download.suggested_filename
    download.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def watch(page: Page, path: str) -> Page:
    """The page, once it hears what happens."""
    with page.expect_response(lambda answer: "/api/events" in answer.url):
        page.goto(path)
    return page


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["wide", "phone"])
def test_photos_come_by_themselves_and_are_seen_large_compared_and_taken_home(
    visit: Visit, hall: Server, tmp_path: Path, viewport: dict[str, int] | None
) -> None:
    visitor = visit(hall, "serg", **({"viewport": viewport} if viewport else {}))
    page = watch(visitor.page, "/gallery")
    before = page.locator(".shot").count()
    send(hall, seed=3)
    send(hall, "slot-002", seed=5)
    newest = send(hall)
    expect(page.locator(".shot")).to_have_count(before + 3)
    shot = page.locator(f"#shot-{newest}")
    expect(page.locator(".shot").first).to_have_id(f"shot-{newest}")
    expect(shot).to_contain_text("Зал, у сцены")
    visitor.check("gallery")

    shot.locator("[data-view]").click()
    viewer = page.locator("dialog.viewer")
    expect(viewer.locator(".viewer-stage img")).to_be_visible()
    expect(viewer.get_by_role("button", name="Предыдущее")).to_be_hidden()
    visitor.check("gallery-large")
    viewer.get_by_role("button", name="До и после").click()
    expect(viewer.locator(".compare .after")).to_be_visible()
    visitor.check("gallery-compared")
    viewer.get_by_role("button", name="Следующее").click()
    expect(viewer.locator(".viewer-title")).to_contain_text("Терраса")
    page.keyboard.press("ArrowLeft")
    expect(viewer.locator(".viewer-title")).to_contain_text("Зал, у сцены")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(shot.locator("[data-view]")).to_be_focused()

    chosen = page.get_by_role("button", name="Скачать выбранные")
    expect(chosen).to_be_disabled()
    for each in (0, 1):
        page.locator('.shot input[name="id"]').nth(each).check()
    expect(page.locator("#chosen-count")).to_have_text("Выбрано: 2")
    for _ in range(2):  # and once more
        with page.expect_download() as download:
            chosen.click()
        assert len(names_in(download.value, tmp_path)) == 2
    with page.expect_download() as download:
        page.get_by_role("link", name="Скачать все (ZIP)").click()
    assert len(names_in(download.value, tmp_path)) == before + 3

    page.get_by_label("Слот").first.select_option("slot-002")
    page.get_by_role("button", name="Показать", exact=True).click()
    page.wait_for_url("**slot_id=slot-002**")
    expect(page.locator(".shot").first).to_contain_text("Терраса")
    expect(page.locator(".shot", has_text="Зал")).to_have_count(0)


def test_guests_look_at_a_gallery_until_its_operator_closes_it(visit: Visit, hall: Server) -> None:
    send(hall)
    serg = visit(hall, "serg")
    page = serg.page
    page.goto("/gallery")
    page.get_by_role("button", name="Открыть на 15 минут").click()
    gallery = page.locator(".open-gallery")
    expect(gallery).to_have_count(1)
    expect(gallery.locator(".qr img")).to_be_visible()
    expect(gallery).to_contain_text("14 мин")
    serg.check("gallery-open")
    link = gallery.locator("input[readonly]").input_value()
    assert link.startswith(f"{hall.url}/g/")

    somebody = visit(hall, viewport=PHONE, has_touch=True)
    somebody.expects.add("404")
    guests = somebody.page
    guests.goto(link)
    expect(guests.locator("h1")).to_have_text("Фотографии вечера")
    there = guests.locator(".shot").count()
    assert there >= 1
    assert "serg" not in guests.content()
    send(hall, seed=8)
    expect(guests.locator(".shot")).to_have_count(there + 1)
    expect(guests.locator("#said")).to_contain_text(f"Фотографий: {there + 1}")
    somebody.check("public-gallery")
    guests.locator("[data-view]").first.click()
    viewer = guests.locator("dialog.viewer")
    expect(viewer.locator(".viewer-stage img")).to_be_visible()
    expect(viewer.get_by_role("button", name="До и после")).to_be_hidden()
    somebody.check("public-gallery-large")
    with guests.expect_download() as download:
        viewer.get_by_role("link", name="Скачать").click()
    assert download.value.suggested_filename.startswith("photo-")

    page.get_by_role("button", name="Закрыть", exact=True).click()
    expect(gallery).to_have_count(0)
    expect(guests.get_by_role("heading", name="Галерея закрыта")).to_be_visible()
    expect(guests.locator("img")).to_have_count(0)
    somebody.check("public-gallery-closed")


def test_a_wide_screen_shows_a_gallery_too_and_it_loads_lightly(visit: Visit, hall: Server) -> None:
    send(hall)
    with hall.session("serg") as api:
        link = api.post("/api/gallery/links", json={"hours": 1}).json()
    somebody = visit(hall)
    somebody.page.goto(link["url"])
    expect(somebody.page.locator(".shot img").first).to_be_visible()
    somebody.check("public-gallery")
    empty = hall.session("igor").post("/api/gallery/links", json={}).json()
    somebody.page.goto(empty["url"])
    expect(somebody.page.locator("#said")).to_contain_text("Фотографий пока нет")
    somebody.check("public-gallery-empty")
    check_first_visit(somebody, empty["url"])


def test_a_slots_last_results_are_seen_large(visit: Visit, hall: Server) -> None:
    serg = visit(hall, "serg")
    page = watch(serg.page, "/slots/slot-002")
    newest = send(hall, "slot-002")
    result = page.locator(".result", has_text=newest)
    expect(result).to_be_visible()
    result.locator("[data-view]").click()
    expect(page.locator("dialog.viewer .viewer-stage img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(result.get_by_role("link", name="Скачать")).to_be_visible()
    serg.check("slot-results")

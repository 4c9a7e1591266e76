"""A booth gives up; its guest sees the photo on a phone, its operator finds it in the tray."""

from __future__ import annotations

import re
import sqlite3
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.support import photos
from tests.support.browser import PHONE, Visitor, check_first_visit
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

TRAY = "#late-tray"
HALL = "Зал «Лето» <b>"
CHANGE = {"name": HALL, "provider_id": "example", "operation_id": "change_image"}


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A booth's patience ends after 5 s."""
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC="5") as running:
        yield running


@pytest.fixture(autouse=True)
def hall(server: Server) -> None:
    with server.session("serg") as serg:
        wait_until(lambda: not at_work(serg), 30, "the photos of the test before")
        serg.post("/api/late/done")
        serg.put("/api/settings", json={"originals_kept_min": 0})
        for slot_id, prompt in (("slot-007", "delay=9"), ("slot-008", "say=refuse")):
            wanted = CHANGE | {"settings_json": {"prompt": prompt}}
            assert serg.put(f"/api/slots/{slot_id}", json=wanted).status_code == 200


def at_work(client: Client) -> int:
    states = ("queued", "running")
    pages = [client.get("/api/tasks", params={"state": state}).json() for state in states]
    return sum(page["meta"]["total"] for page in pages)


def late(server: Server, slot: str = "slot-007") -> str:
    """A guest's photo the booth does not wait for; the link for the guest."""
    answer = server.booth.send(photos.guest(), slot=slot)
    assert answer.status == 504, answer.body
    return str(answer.error["details"]["pickup_url"])


def path_of(link: str, server: Server) -> str:
    return link.removeprefix(server.url)


def test_the_guest_sees_it_come_on_a_phone(visit: Callable[..., Visitor], server: Server) -> None:
    path = path_of(late(server), server)
    guest = visit(server, viewport=PHONE)
    page = guest.page
    page.goto(path)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Ваше фото готовится")
    guest.check("pickup-working")
    expect(heading).to_have_text("Ваше фото готово", timeout=20_000)
    expect(page).to_have_title(re.compile("Ваше фото готово"))
    _is_shown(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Скачать").click()
    assert saved.value.suggested_filename == "photo.jpg"
    assert photos.opened(saved.value.path().read_bytes()).size == photos.opened(photos.guest()).size
    page.get_by_text("На другой телефон").click()
    expect(page.get_by_alt_text("QR-код этой страницы")).to_be_visible()
    guest.check("pickup-ready")
    page.reload()
    _is_shown(page)
    page.get_by_role("button", name="English").click()
    expect(heading).to_have_text("Your photo is ready")
    assert page.url.endswith(path)
    wide = visit(server)
    wide.page.goto(path)
    _is_shown(wide.page)
    wide.check("pickup-ready")
    check_first_visit(guest, path_of(late(server), server))


def _is_shown(page: Page) -> None:
    photo = page.get_by_alt_text("Ваше фото")
    expect(photo).to_be_visible()
    page.wait_for_function("document.querySelector('.pickup-photo img').naturalWidth > 0")


def _loaded(page: Page) -> None:
    pictures = "[...document.querySelectorAll('#late-tray img')]"
    all_there = f"{pictures}.every((each) => each.naturalWidth > 0)"
    wait_until(lambda: page.evaluate(all_there), 20, "all pictures are there")


def test_what_did_not_work_out_is_said_kindly(
    visit: Callable[..., Visitor], server: Server
) -> None:
    guest = visit(server, viewport=PHONE)
    guest.expects |= {"404", "410"}
    refused = server.booth.send(photos.guest(), slot="slot-008")
    assert refused.status in {502, 504}
    page = guest.page
    page.goto(path_of(refused.error["details"]["pickup_url"], server))
    expect(page.get_by_role("heading", level=1)).to_have_text("Это фото не получилось")
    guest.check("pickup-failed")
    done = server.booth.send(photos.guest(), slot="slot-001")
    gone = path_of(done.headers["X-Photoai-Pickup"], server)
    with server.session("serg") as serg:
        serg.post("/api/settings/clear_media_cache")
    page.goto(gone)
    expect(page.get_by_role("heading", level=1)).to_have_text("Этого фото здесь больше нет")
    guest.check("pickup-gone")
    page.goto("/p/nothing")
    expect(page.get_by_role("heading", level=1)).to_have_text("По этой ссылке фото нет")
    guest.check("pickup-unknown")


def test_the_operator_hands_late_photos_over(visit: Callable[..., Visitor], server: Server) -> None:
    serg = visit(server, "serg")
    page = serg.page
    page.goto("/settings")
    page.get_by_label("Хранить оригиналы гостей, мин").fill("60")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Сохранено.")
    serg.check("late-settings")
    page.goto("/live")
    expect(page.locator(TRAY)).to_be_hidden()
    link = late(server)
    card = page.locator(f"{TRAY} .late-photo").first
    expect(card).to_contain_text("в работе")
    expect(card.get_by_role("link", name=HALL, exact=True)).to_be_visible()
    expect(card.get_by_role("button", name="Готово")).to_be_visible(timeout=20_000)
    _loaded(page)
    serg.check("late-tray")

    card.get_by_role("link", name="QR-код: фото на телефон").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Ссылка для гостя")).to_have_value(link)
    serg.check("late-code")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.once("dialog", lambda question: question.accept())
    card.get_by_role("button", name="Ещё раз через ИИ").click()
    expect(page.locator(f"{TRAY} .late-photo")).to_have_count(2)
    again = page.locator(f"{TRAY} .late-photo").first
    expect(again.get_by_role("button", name="Готово")).to_be_visible(timeout=20_000)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Скачать все").click()
    assert len(zipfile.ZipFile(saved.value.path()).namelist()) == 2

    phone = visit(server, "serg", viewport=PHONE)
    phone.page.goto("/live")
    expect(phone.page.locator(f"{TRAY} .late-photo")).to_have_count(2)
    _loaded(phone.page)
    phone.check("late-tray")
    again.get_by_role("button", name="Готово").click()
    expect(page.locator("#toasts")).to_contain_text("Отдано: 1")
    expect(phone.page.locator(f"{TRAY} .late-photo")).to_have_count(1)
    expect(page.locator(f"{TRAY} .undo")).to_contain_text("Отдано: 1 фото.")
    serg.check("late-undo")
    page.get_by_role("button", name="Вернуть").click()
    for each in (page, phone.page):
        expect(each.locator(f"{TRAY} .late-photo")).to_have_count(2)
    expect(page.locator(f"{TRAY} .undo")).to_have_count(0)

    phone.page.once("dialog", lambda question: question.accept())
    phone.page.get_by_role("button", name="Готово: все").click()
    expect(page.locator(TRAY)).to_be_hidden()
    expect(phone.page.locator(f"{TRAY} .undo")).to_contain_text("Отдано: 2 фото.")
    phone.check("late-undo")
    phone.page.get_by_role("button", name="Вернуть").press("Enter")
    for each in (page, phone.page):
        expect(each.locator(f"{TRAY} .late-photo")).to_have_count(2)


def test_a_full_tray_is_told_whole_and_shows_more(
    visit: Callable[..., Visitor], server: Server
) -> None:
    answer = server.booth.send(photos.jpeg(), slot="slot-001")
    _make_late(server, answer.headers["X-Photoai-Job"], 130)
    for viewport in (None, PHONE):
        serg = visit(server, "serg", **({"viewport": viewport} if viewport else {}))
        page = serg.page
        page.goto("/live")
        tray, cards = page.locator(TRAY), page.locator(f"{TRAY} .late-photo")
        expect(tray).to_contain_text("Показано 100 из 130.")
        serg.check("late-full")
        tray.get_by_role("link", name="Показать ещё").click()
        expect(cards).to_have_count(130)
        expect(page.locator("#late-more")).to_have_count(0)
    with page.expect_download() as saved:
        tray.get_by_role("link", name="Скачать все").click()
    assert len(zipfile.ZipFile(saved.value.path()).namelist()) == 130
    page.reload()
    page.once("dialog", lambda question: question.accept())
    tray.get_by_role("button", name="Готово: все показанные").click()
    expect(cards).to_have_count(30)
    tray.get_by_role("button", name="Вернуть").click()
    expect(tray).to_contain_text("Показано 100 из 130.")


def _make_late(server: Server, job_id: str, count: int) -> None:
    """Rows like the finished photo's, which nobody waits for."""
    with closing(sqlite3.connect(server.folder / "photoai.db", timeout=20)) as database, database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM job WHERE public_id = ?", [job_id]).fetchone())
        row |= {"id": None, "late_since": row["created"]}
        names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
        for _ in range(count):
            row["public_id"] = str(uuid.uuid4())
            database.execute(f"INSERT INTO job ({names}) VALUES ({places})", row)


def test_the_tray_works_without_modules(visit: Callable[..., Visitor], server: Server) -> None:
    late(server)
    plain = visit(server, java_script_enabled=False)
    page = plain.sign_in("serg", server.password("serg"))
    page.goto("/live")
    done = page.locator(TRAY).get_by_role("button", name="Готово", exact=True)
    wait_until(lambda: page.reload() and done.count(), 20, "the photo is finished")
    done.click()
    expect(page.locator(f"{TRAY} .late-photo")).to_have_count(0)
    page.locator(TRAY).get_by_role("button", name="Вернуть").click()
    expect(page.locator(f"{TRAY} .late-photo")).to_have_count(1)
    page.goto("/live")
    done.click()
    page.goto("/live")
    expect(page.locator(TRAY)).to_be_hidden()

"""Forty slots, live; one slot set up, tried, saved, and saved beside others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Visitor
from tests.support.photos import jpeg
from tests.support.server import Server


def photo(name: str = "guest.jpg", width: int = 320, height: int = 240) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": jpeg(width, height)}


@pytest.fixture
def busy(make_server: Callable[..., Server]) -> Server:
    """A server of one's own: slots are saved here."""
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC="30") as running:
        yield running


def open_slot(visitor: Visitor, slot_id: str) -> Page:
    visitor.page.goto(f"/slots/{slot_id}")
    return visitor.page


def choose(page: Page, provider: str, operation: str) -> None:
    for label, value in (("Провайдер", provider), ("Операция", operation)):
        page.locator("#fields > *").first.evaluate("element => { element.dataset.old = 'yes'; }")
        page.get_by_label(label).select_option(value)
        expect(page.locator("#fields [data-old]")).to_have_count(0)


def test_a_slot_is_set_up_tried_and_saved_and_a_booths_photo_is_seen_live(
    visit: Callable[..., Visitor], busy: Server
) -> None:
    serg = visit(busy, "serg")
    page = open_slot(serg, "slot-007")
    page.get_by_label("Название").fill("Магия <b>🎈</b>")
    choose(page, "local", "style_transfer")
    expect(page.get_by_label("Сила стиля").last).to_be_visible()
    page.get_by_label("Изображение-образец").set_input_files(photo("style.jpg"))
    expect(page.locator('input[name="reference_media_id_status"]')).to_have_value("present")
    expect(page.locator('input[name="settings.reference_media_id"]')).not_to_have_value("")
    page.locator("#test_photo").set_input_files(photo())
    page.get_by_role("button", name="Тест1").click()
    expect(page.locator(".compare .after")).to_be_visible()
    page.get_by_label("До и после").press("ArrowRight")
    serg.check("slot-tested")
    page.get_by_role("button", name="Сохранить1").click()
    expect(page.locator("#toasts")).to_contain_text("Сохранено.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Магия <b>🎈</b>")

    page.goto("/slots")
    row = page.locator('[data-slot="slot-007"]')
    expect(row.get_by_role("link", name="Магия <b>🎈</b>")).to_be_visible()
    before = row.locator('[data-live="last"]').inner_text()
    assert busy.booth.send(jpeg(320, 240), slot="slot-007").status == 200
    expect(row.locator('[data-live="last"]')).to_contain_text("готово")
    assert row.locator('[data-live="last"]').inner_text() != before, "without a reload"
    serg.check("slots")
    page.goto("/slots/slot-007")
    expect(page.locator(".result")).to_have_count(2)
    serg.check("slot-results")


def test_who_types_on_while_fields_come_is_not_disturbed(serg: Visitor) -> None:
    page = open_slot(serg, "slot-018")
    choose(page, "local", "style_transfer")
    address = "**/slots/slot-018/fields?*"
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))
    for label, value in (("Провайдер", "gemini"), ("Операция", "change_image")):
        with page.expect_request(address):
            page.get_by_label(label).select_option(value)
    prompt = page.get_by_label("Промпт")
    prompt.press_sequentially("poter")
    for _ in "ter":
        prompt.press("ArrowLeft")
    early, late = held
    late.continue_()
    expect(page.get_by_label("Следование тексту").last).to_be_visible()
    expect(prompt).to_be_focused()
    page.keyboard.type("s")
    expect(prompt).to_have_value("poster")
    with page.expect_response(address) as answered:
        early.continue_()
    answered.value.finished()
    page.keyboard.type("s")
    expect(prompt).to_have_value("posster")
    expect(page.get_by_label("Операция")).to_have_value("change_image")


def test_an_image_that_is_there_stays_when_another_provider_is_chosen(serg: Visitor) -> None:
    page = open_slot(serg, "slot-016")
    choose(page, "local", "style_transfer")
    page.get_by_label("Изображение-образец").set_input_files(photo("style.jpg"))
    hidden = page.locator('input[name="settings.reference_media_id"]')
    expect(hidden).not_to_have_value("")
    media_id = hidden.input_value()
    choose(page, "gemini", "style_transfer")
    expect(hidden).to_have_value(media_id)
    expect(page.locator('input[name="reference_media_id_status"]')).to_have_value("present")
    expect(page.locator("#second .preview")).to_be_visible()
    page.get_by_role("button", name="Убрать").locator("visible=true").click()
    expect(hidden).to_have_value("")


def test_what_the_schema_refuses_is_said_beside_its_field_and_nothing_is_lost(
    serg: Visitor,
) -> None:
    serg.expects.add("422")
    page = open_slot(serg, "slot-011")
    choose(page, "local", "style_transfer")
    page.get_by_label("Промпт").fill("п" * 2000)
    expect(page.get_by_text("2000 / 2000")).to_be_visible()
    page.get_by_label("Сила стиля").last.fill("7")
    page.get_by_role("button", name="Сохранить1").click()
    problem = page.locator("#s-style_strength-problem")
    expect(problem).not_to_be_empty()
    expect(page.locator("#s-reference_media_id-problem")).not_to_be_empty()
    assert page.get_by_label("Промпт").input_value() == "п" * 2000
    serg.check("slot-refused")


@pytest.mark.parametrize(
    ("name", "mime", "content"),
    [("notes.txt", "text/plain", b"text"), ("empty.jpg", "image/jpeg", b"")],
)
def test_a_file_that_is_no_picture_is_refused_before_it_goes_anywhere(
    serg: Visitor, name: str, mime: str, content: bytes
) -> None:
    page = open_slot(serg, "slot-012")
    page.locator("#test_photo").set_input_files({"name": name, "mimeType": mime, "buffer": content})
    expect(page.locator("#test_photo-problem")).not_to_be_empty()
    page.get_by_role("button", name="Тест1").click()
    expect(page.locator("#toasts")).to_contain_text("Сначала выберите тестовое фото.")


def test_a_text_that_says_it_is_a_jpeg_is_refused_by_the_server_beside_its_zone(
    serg: Visitor,
) -> None:
    serg.expects |= {"415", "422"}
    page = open_slot(serg, "slot-013")
    choose(page, "local", "style_transfer")
    page.get_by_label("Изображение-образец").set_input_files(
        {"name": "liar.jpg", "mimeType": "image/jpeg", "buffer": b"text" * 100}
    )
    expect(page.locator("#s-reference_media_id-problem")).not_to_be_empty()
    assert page.locator('input[name="settings.reference_media_id"]').input_value() == ""


def test_of_two_tabs_the_second_to_save_is_asked(
    visit: Callable[..., Visitor], busy: Server
) -> None:
    serg = visit(busy, "serg")
    serg.expects.add("409")
    first = open_slot(serg, "slot-001")
    second = serg.open("/slots/slot-001")
    first.get_by_label("Название").fill("первая")
    first.get_by_role("button", name="Сохранить1").click()
    expect(first.locator("#toasts")).to_contain_text("Сохранено.")
    expect(second.get_by_text("Тем временем слот сохранили в другом месте.")).to_be_visible()
    second.get_by_label("Название").fill("вторая")
    second.get_by_role("button", name="Сохранить1").click()
    expect(second.get_by_role("dialog")).to_be_visible()
    serg.check("slot-conflict", second)
    second.get_by_role("button", name="Сохранить моё поверх").click()
    expect(second.locator("#toasts")).to_contain_text("Сохранено.")
    assert busy.session().get("/api/slots/slot-001").json()["name"] == "вторая"


def test_a_session_that_ended_in_mid_form_is_renewed_and_the_form_goes_on(
    visit: Callable[..., Visitor], busy: Server
) -> None:
    serg = visit(busy, "serg")
    serg.expects.add("401")
    page = open_slot(serg, "slot-001")
    page.get_by_label("Название").fill("не потеряно")
    serg.context.clear_cookies(name="access_token_cookie")
    page.get_by_role("button", name="Сохранить1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Пароль").fill(busy.password("serg"))
    dialog.get_by_role("button", name="Войти").click()
    expect(page.locator("#toasts")).to_contain_text("Сохранено.")
    assert busy.session().get("/api/slots/slot-001").json()["name"] == "не потеряно"


def test_a_server_that_cannot_be_reached_loses_nothing_that_was_typed(
    visit: Callable[..., Visitor], busy: Server
) -> None:
    serg = visit(busy, "serg")
    serg.expects.add("ERR_")
    page = open_slot(serg, "slot-001")
    page.get_by_label("Название").fill("потом")
    serg.context.set_offline(True)
    page.get_by_role("button", name="Сохранить1").click()
    expect(page.locator("#toasts")).to_contain_text("Сервер недоступен")
    serg.context.set_offline(False)
    page.get_by_role("button", name="Сохранить1").click()
    expect(page.locator("#toasts")).to_contain_text("Сохранено.")


def test_slots_are_found_by_what_one_types_and_copied_by_a_button(
    serg: Visitor,
) -> None:
    wanted = "slot-017"
    serg.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = serg.page
    page.goto("/slots")
    page.get_by_label("Поиск по названию или номеру").fill(wanted)
    expect(page.locator("tr[data-slot]:visible")).to_have_count(1)
    page.get_by_role("button", name="Копировать ссылку").locator("visible=true").click()
    expect(page.locator("#toasts")).to_contain_text("Скопировано.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"/ingest/{wanted}")


def test_the_phone_shows_all_of_it(serg_on_the_phone: Visitor) -> None:
    serg_on_the_phone.page.goto("/slots")
    serg_on_the_phone.check("slots")
    open_slot(serg_on_the_phone, "slot-001")
    serg_on_the_phone.check("slot")


def test_without_scripts_a_slot_is_saved_and_tried_all_the_same(
    visit: Callable[..., Visitor], busy: Server
) -> None:
    serg = visit(busy, "serg", java_script_enabled=False)
    page = open_slot(serg, "slot-009")
    page.get_by_label("Название").fill("без скриптов")
    page.get_by_label("Провайдер").select_option("local")
    page.get_by_label("Операция").select_option("style_transfer")
    page.get_by_role("button", name="Показать поля").click()
    page.get_by_label("Изображение-образец").set_input_files(photo("style.jpg"))
    page.get_by_role("button", name="Сохранить1").click()
    saved = busy.session().get("/api/slots/slot-009").json()
    assert (saved["name"], saved["operation_id"]) == ("без скриптов", "style_transfer")
    assert saved["settings_json"]["reference_media_id"]
    page.locator("#test_photo").set_input_files(photo())
    page.get_by_role("button", name="Тест1").click()
    page.wait_for_url("**/slots/slot-009?test=*")
    wait_for_image(page)


def wait_for_image(page: Page) -> None:
    """The page shows the truth whenever it is loaded."""
    for _ in range(40):
        if page.get_by_alt_text("Готовое тестовое фото").count():
            return
        page.wait_for_timeout(250)
        page.reload()
    pytest.fail("The finished photo is not shown.")

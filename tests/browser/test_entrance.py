"""In and out: registering, signing in, signing out, the language."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import expect

from tests.support.browser import PHONE, Visitor
from tests.support.server import Server

PASSWORD = "Correct-Horse-1"


def test_who_registers_gets_a_key_once_and_more_on_the_page_of_keys(
    visit: Callable[..., Visitor], server: Server
) -> None:
    maria, name = visit(server), f"maria-{uuid4().hex[:8]}"
    page = maria.page
    page.goto("/")
    maria.check("home")
    page.get_by_role("link", name="Регистрация").click()
    page.get_by_label("Имя пользователя").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.com")
    page.get_by_label("Пароль").fill("short")
    page.get_by_label("Пароль").evaluate("field => field.removeAttribute('minlength')")
    maria.expects.add("422")
    page.get_by_role("button", name="Создать аккаунт").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Имя пользователя").input_value() == name, "what was typed is kept"
    maria.check("register-refused")

    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Создать аккаунт").click()
    key = page.get_by_label("API-ключ").input_value()
    assert len(key) >= 40
    maria.check("registered")

    page.goto("/keys")
    page.get_by_label("Название ключа").fill("склейка <b>")
    page.get_by_role("button", name="Создать ключ").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("склейка <b>")
    assert page.get_by_label("API-ключ").input_value() != key
    maria.check("keys")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Отозвать ключ «склейка <b>»").click()
    expect(page.get_by_text("отозван", exact=True)).to_be_visible()


def test_a_page_that_needs_an_account_leads_to_it_after_the_sign_in(
    visit: Callable[..., Visitor], server: Server
) -> None:
    serg = visit(server, viewport=PHONE)
    serg.page.goto("/keys?page=1")
    serg.check("login")
    assert "/login" in serg.page.url
    serg.expects.add("401")
    serg.page.get_by_label("Имя пользователя или email").fill("serg")
    serg.page.get_by_label("Пароль").fill("wrong")
    serg.page.locator("main").get_by_role("button", name="Войти").click()
    expect(serg.page.get_by_role("alert")).to_be_visible()
    serg.page.get_by_label("Пароль").fill(server.password("serg"))
    serg.page.locator("main").get_by_role("button", name="Войти").click()
    serg.page.wait_for_url("**/keys?page=1")


def test_the_language_is_kept_and_errors_speak_it_too(
    visit: Callable[..., Visitor], server: Server
) -> None:
    visitor = visit(server, "serg")
    page = visitor.page
    page.goto("/keys")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="API keys")).to_be_visible()
    visitor.check("keys-english")
    visitor.expects.add("404")
    page.goto("/nowhere")
    expect(page.get_by_role("heading")).to_have_text("There is nothing here, or it is not yours.")


def test_signing_out_ends_the_session_in_every_tab(
    visit: Callable[..., Visitor], server: Server
) -> None:
    serg = visit(server, "serg")
    other = serg.open("/keys")
    serg.page.get_by_role("button", name="Выйти").click()
    serg.page.wait_for_url(lambda url: url.rstrip("/") == server.url)
    other.reload()
    assert "/login" in other.url


def test_the_documentation_is_shown_without_a_word_to_another_host(
    visit: Callable[..., Visitor], server: Server
) -> None:
    visitor = visit(server)
    visitor.page.goto("/docs")
    expect(visitor.page.get_by_role("heading", name="photoai")).to_be_visible()
    visitor.page.goto("/redoc")
    expect(visitor.page.get_by_role("heading", name="photoai").first).to_be_visible()

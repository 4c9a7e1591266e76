"""Everything can be done without a mouse, and one sees where one is."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.browser import Visitor
from tests.support.server import Server

MOST_TABS = 120
FOCUSED = """() => {
  const here = document.activeElement;
  const style = getComputedStyle(here);
  const label = here.labels && here.labels[0] ? here.labels[0].textContent : "";
  return {
    name: (here.getAttribute("aria-label") || label || here.textContent || "").trim(),
    isSeen: here.matches(":focus-visible") && (parseFloat(style.outlineWidth) > 0
      || parseFloat(getComputedStyle(here.closest(".drop") || here).outlineWidth) > 0),
  };
}"""


def tab_to(page: Page, name: str) -> None:
    """Go on from field to field, seeing each, until one is called `name`."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        assert here["isSeen"], here
        if here["name"].startswith(name):
            return
    raise AssertionError(f"{name} is not reached by {MOST_TABS} times Tab")


def test_a_slot_is_set_up_by_keyboard_alone(
    visit: Callable[..., Visitor], make_server: Callable[..., Server]
) -> None:
    with make_server() as server:
        visitor = visit(server)
        page = visitor.page
        page.goto("/login")
        page.keyboard.type("serg")
        page.keyboard.press("Tab")
        page.keyboard.type(server.password("serg"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/slots")

        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)["name"] == "К содержанию"
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        tab_to(page, "slot-002")
        page.keyboard.press("Enter")
        page.wait_for_url("**/slots/slot-002")

        tab_to(page, "Название")
        page.keyboard.type("без мыши")
        tab_to(page, "Операция")
        for wanted in ("combine_images", "change_image"):
            with page.expect_response("**/fields?*"):
                page.keyboard.press("ArrowDown")
            expect(page.get_by_label("Операция")).to_have_value(wanted)
            expect(page.get_by_label("Операция")).to_be_focused()
        tab_to(page, "Промпт")
        page.keyboard.type("sepia")
        tab_to(page, "Сохранить1")
        page.keyboard.press("Enter")
        expect(page.locator("#toasts")).to_contain_text("Сохранено.")
        saved = server.session().get("/api/slots/slot-002").json()
        assert (saved["name"], saved["operation_id"]) == ("без мыши", "change_image")
        visitor.leave()


def test_a_dialog_keeps_the_focus_and_gives_it_back(serg: Visitor) -> None:
    serg.expects.add("401")
    page = serg.page
    page.goto("/slots/slot-001")
    serg.context.clear_cookies(name="access_token_cookie")
    tab_to(page, "Сохранить1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate(FOCUSED)["name"] == "Сохранить1"

"""A real Chromium, and what no page of ours may ever do in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
)

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
# Set where the journeys have to run: there, a missing browser is a failure.
REQUIRED = "BROWSER_REQUIRED"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SERIOUS = {"serious", "critical"}
WAITS_MS = 20_000
expect.set_options(timeout=WAITS_MS)


def chromium_or_skip() -> str:
    if Path(CHROMIUM).exists():
        return CHROMIUM
    if os.environ.get(REQUIRED):
        pytest.fail(f"The journeys need a Chromium: there is none at {CHROMIUM}.")
    pytest.skip(f"there is no Chromium at {CHROMIUM}")


class Visitor:
    """Somebody with a browser of their own, who notices everything that is wrong with a page.

    `expects` are parts of console messages that belong to the test: a refusal is one, too.
    """

    def __init__(self, browser: Browser, url: str, shots: Path, **options: Any) -> None:
        self.url = url
        self.expects: set[str] = set()
        self._shots = shots
        self._wrong: list[str] = []
        # Without a graphics card, what moves costs the processors everything works on here.
        calm = {"viewport": WIDE, "reduced_motion": "reduce"}
        self.context: BrowserContext = browser.new_context(base_url=url, **(calm | options))
        self.context.set_default_timeout(WAITS_MS)
        self.page = self.open()

    def open(self, path: str | None = None) -> Page:
        """Another tab."""
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._wrong.append(f"uncaught: {error}"))
        page.on("request", self._see)
        page.on("response", self._receive)
        if path is not None:
            page.goto(path)
        return page

    def sign_in(self, name: str, password: str, at: str = "/login") -> Page:
        self.page.goto(at)
        self.page.get_by_label("Имя пользователя или email").fill(name)
        self.page.get_by_label("Пароль").fill(password)
        self.page.locator("main").get_by_role("button", name="Войти").click()
        self.page.wait_for_url(lambda url: "/login" not in url)
        return self.page

    def check(self, name: str, page: Page | None = None) -> None:
        """The page as it is now fits its width, and axe finds nothing serious in it; its picture
        is kept as `name`."""
        page = page or self.page
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=self._shots / f"{name}-{width}.png", full_page=True)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{name} is {wider} px wider than {width}"
        found = [
            (each["id"], [node["target"] for node in each["nodes"]])
            for each in Axe().run(page).response["violations"]
            if each["impact"] in SERIOUS
        ]
        assert not found, f"{name}: {found}"

    def leave(self) -> None:
        """Close the browser. No console error, no violation of the policy, no other host."""
        self.context.close()
        assert not self._wrong, "\n".join(self._wrong)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not self._is_expected(message.text):
            self._wrong.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _see(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.netloc != urlsplit(self.url).netloc:
            self._wrong.append(f"a request to another host: {request.url}")

    def _receive(self, response: Response) -> None:
        if response.status >= 500 and not self._is_expected(str(response.status)):
            self._wrong.append(f"{response.status} {response.url}")

    def _is_expected(self, text: str) -> bool:
        return any(part in text for part in self.expects)


FIRST_VISIT_BYTES = 60_000


def check_first_visit(visitor: Visitor, path: str) -> None:
    """With nothing kept from before the page is light over the wire, and nothing on it jumps."""
    page = visitor.open()
    wire = visitor.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    received: list[float] = []
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(path, wait_until="load")
    moved = page.evaluate(
        """() => new Promise((done) => {
          let sum = 0;
          const seen = (list) => { for (const each of list.getEntries()) sum += each.value; };
          new PerformanceObserver(seen).observe({ type: "layout-shift", buffered: true });
          requestAnimationFrame(() => setTimeout(() => done(sum), 300));
        })"""
    )
    assert moved < 0.01
    assert sum(received) < FIRST_VISIT_BYTES, received

"""Pages as a browser gets them: bytes over the wire, the server's time, the largest paint."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser import CHROMIUM
from tests.support.photos import jpeg
from tests.support.server import Server

from .bench import Row, photoai

ROUNDS = 30
PHOTOS = 50
# Web Vitals: https://web.dev/articles/lcp and https://web.dev/articles/cls
OBSERVE = """
window.vitals = { lcp: 0, cls: 0 };
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.vitals.lcp = each.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.vitals.cls += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""
BLOCKING = """() => performance.getEntriesByType("resource")
  .filter((each) => each.renderBlockingStatus === "blocking").length"""
PATHS = ("/", "/slots", "/slots/slot-001", "/stats", "/live", "/settings", "/merge", "/keys")


def pages() -> Iterator[Row]:
    """Every page for the first time, with nothing kept; the slots' time in the server."""
    with photoai() as server, sync_playwright() as playwright:
        for _ in range(PHOTOS):
            assert server.booth.send(jpeg(320, 240)).status == 200
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path in PATHS:
            yield from _first_time(browser, server, path)
        browser.close()
        yield from _in_the_server(server)


def _first_time(browser: Browser, server: Server, path: str) -> Iterator[Row]:
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900})
    if path != "/":
        body = {"username": "serg", "password": server.password("serg")}
        assert context.request.post("/api/login", data=body).ok
    page = context.new_page()
    page.add_init_script(OBSERVE)
    wire = _bytes_over_the_wire(page)
    page.goto(path)
    page.wait_for_timeout(1500)  # what comes late would shift what is there
    vitals = page.evaluate("window.vitals")
    blocking = page.evaluate(BLOCKING)
    first = path in {"/", "/slots"}
    yield Row("pages", f"{path}: over the wire", sum(wire) / 1000, "kB", "", "≤ 60" * first)
    yield Row("pages", f"{path}: requests that block", blocking, "", "", "≤ 3" * first)
    yield Row("pages", f"{path}: largest paint", vitals["lcp"], "ms", "", "≤ 1000")
    yield Row("pages", f"{path}: layout shift × 1000", vitals["cls"] * 1000, "", "", "≤ 50")
    context.close()


def _bytes_over_the_wire(page: Page) -> list[float]:
    """Of everything but images, as they were sent."""
    session, images, found = page.context.new_cdp_session(page), set(), []
    session.send("Network.enable")

    def answered(event: dict[str, object]) -> None:
        if event["type"] == "Image":
            images.add(event["requestId"])

    def finished(event: dict[str, object]) -> None:
        if event["requestId"] not in images:
            found.append(float(str(event["encodedDataLength"])))

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    return found


def _in_the_server(server: Server) -> Iterator[Row]:
    with server.session("serg") as serg:
        slots = _median_ms(serg, f"{server.url}/slots")
        bare = _median_ms(serg, f"{server.url}/healthz")
    yield Row("pages", "/slots: the server's time", slots, "ms", f"{bare:.1f} ms /healthz", "≤ 30")


def _median_ms(session: requests.Session, url: str) -> float:
    spent = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        session.get(url, timeout=30).raise_for_status()
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent)

"""A large file sent in parts by a browser whose line is bad."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.support import sent
from tests.support.browser import Visitor
from tests.support.server import Server
from tests.support.waiting import wait_until

SIZE, OPENING_BYTES, PART_BYTES = 20_000_000, 64 << 10, 8 << 20
FILES, UPLOADS = "/api/v1/files", "**/api/v1/files/uploads/*"
SEND = """async ([input, path]) => {
    const { upload } = await import(path);
    window.seen = [];
    window.giving = new AbortController();
    try {
        const file = document.querySelector(input).files[0];
        const onProgress = (part) => window.seen.push(part);
        return await upload(file, { onProgress, signal: window.giving.signal });
    } catch (error) {
        return { name: error.name, code: error.code };
    }
}"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "мой клип.wav"
    path.write_bytes(sent.wav(SIZE / 16_000)[:SIZE])
    return path


@pytest.fixture
def page(serg: Visitor, clip: Path) -> Page:
    page = serg.page
    page.goto("/keys")
    page.evaluate(
        """() => {
            const input = document.createElement("input");
            input.type = "file";
            input.id = "clip";
            input.setAttribute("aria-label", "clip");
            document.querySelector("main").append(input);
        }"""
    )
    page.locator("#clip").set_input_files(clip)
    return page


def address_of(page: Page) -> str:
    """Of the module, as the pages name it."""
    api = page.locator("script[type=module]").first.get_attribute("src") or ""
    return api.rpartition("/")[0] + "/resumable.js"


def send(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(SEND, ["#clip", address_of(page)])
    return found


def content(page: Page, kept: dict[str, Any]) -> str:
    whole = page.context.request.get(f"{FILES}/{kept['id']}/content").body()
    return hashlib.sha256(whole).hexdigest()


def test_a_part_that_fails_is_sent_again_from_where_it_was(
    serg: Visitor, page: Page, clip: Path
) -> None:
    serg.expects |= {"ERR_", "Failed to load resource", "503"}
    ranges: list[str] = []
    fates = iter(["lost before", "lost after", "busy"])

    def line(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        ranges.append(route.request.headers["content-range"])
        match next(fates, "good"):
            case "lost before":
                route.abort("connectionreset")
            case "lost after":  # the server has it, the browser does not know
                route.fetch()
                route.abort("connectionreset")
            case "busy":
                error = {"code": "storage_unavailable", "message": "Not now.", "details": {}}
                route.fulfill(status=503, json={"error": error}, headers={"Retry-After": "1"})
            case _:
                route.continue_()

    page.route(UPLOADS, line)
    kept = send(page)
    digest = hashlib.sha256(clip.read_bytes()).hexdigest()
    assert (kept["name"], kept["size_bytes"], kept["sha256"]) == ("мой клип.wav", SIZE, digest)
    assert content(page, kept) == digest
    bounds = [OPENING_BYTES, OPENING_BYTES + PART_BYTES, OPENING_BYTES + 2 * PART_BYTES, SIZE]
    second, third, last = [f"bytes {a}-{b - 1}/{SIZE}" for a, b in itertools.pairwise(bounds)]
    assert ranges == [second, second, third, third, last]
    seen = page.evaluate("window.seen")
    assert seen[-1] == 1
    assert 0 < seen[0] < 0.42
    assert page.context.request.get(f"{FILES}/uploads").json() == {"data": []}


def test_an_upload_that_is_gone_begins_anew(serg: Visitor, page: Page, clip: Path) -> None:
    serg.expects |= {"404", "Failed to load resource"}
    times = iter([1])

    def line(route: Route) -> None:
        if next(times, 0) and route.request.method == "PUT":
            token = {each["name"]: each["value"] for each in page.context.cookies()}
            headers = {"X-CSRF-TOKEN": token["csrf_access_token"]}
            page.context.request.delete(route.request.url, headers=headers)
        route.continue_()

    page.route(UPLOADS, line)
    assert content(page, send(page)) == hashlib.sha256(clip.read_bytes()).hexdigest()


def test_what_is_not_taken_is_not_tried_again(serg: Visitor, page: Page, tmp_path: Path) -> None:
    serg.expects |= {"415", "Failed to load resource"}
    other = tmp_path / "page.mp4"
    other.write_bytes(b"<html>" + b" " * 10_000)
    page.locator("#clip").set_input_files(other)
    assert send(page)["code"] == "file_type_not_taken"


def test_who_is_stopped_holds_up_none_of_those_behind_him(serg: Visitor, tmp_path: Path) -> None:
    page = serg.page
    names = [f"{number}.srt" for number in range(1, 6)]
    for name in names:
        (tmp_path / name).write_text(sent.SRT)

    page.goto("/studio")
    hold = lambda route: None if route.request.method == "PUT" else route.continue_()  # noqa: E731
    page.route(f"**{FILES}", hold)
    page.locator("#new-files").set_input_files([tmp_path / name for name in names])
    under_way = page.locator("li:has(progress)")
    expect(under_way).to_have_count(5)
    for name in ("3.srt", "4.srt"):
        page.get_by_role("button", name=f"Не отправлять «{name}»").click()
    expect(under_way).to_have_count(3)
    module = address_of(page).replace("resumable", "sending")
    page.evaluate(
        """path => {
            const left = () => document.querySelectorAll("li progress").length;
            window.left = import(path).then(({ allSent }) => allSent()).then(left);
        }""",
        module,
    )
    page.unroute(f"**{FILES}")
    assert page.evaluate("window.left") == 0, "all means those that wait for their turn, too"
    for name in ("1.srt", "2.srt", "5.srt"):
        expect(page.locator(".file", has_text=name)).to_have_count(1)
    expect(page.locator(".file", has_text="3.srt")).to_have_count(0)


def test_giving_up_leaves_nothing(serg: Visitor, page: Page) -> None:
    page.route(UPLOADS, lambda route: None if route.request.method == "PUT" else route.continue_())
    page.evaluate(f"([input, path]) => {{ window.ended = ({SEND})([input, path]); }}",
                  ["#clip", address_of(page)])  # fmt: skip
    uploads = lambda: page.context.request.get(f"{FILES}/uploads").json()["data"]  # noqa: E731
    wait_until(lambda: uploads(), 10, "the first part has come")
    page.evaluate("window.giving.abort()")
    assert page.evaluate("window.ended")["name"] == "AbortError"
    wait_until(lambda: uploads() == [], 10, "it is given up")
    page.unroute(UPLOADS)


def test_giving_up_before_the_server_has_answered_leaves_nothing(serg: Visitor, page: Page) -> None:
    """The server has the first part already, and the browser cannot know its upload yet."""
    held: list[tuple[Route, APIResponse]] = []

    def line(route: Route) -> None:
        if route.request.method == "PUT":
            held.append((route, route.fetch()))
        else:
            route.continue_()

    page.route(f"**{FILES}", line)
    page.evaluate(f"([input, path]) => {{ window.ended = ({SEND})([input, path]); }}",
                  ["#clip", address_of(page)])  # fmt: skip
    uploads = lambda: page.context.request.get(f"{FILES}/uploads").json()["data"]  # noqa: E731
    wait_until(lambda: uploads() and held, 10, "the server has answered")
    page.evaluate("window.giving.abort()")
    assert page.evaluate("window.ended")["name"] == "AbortError"
    [(route, answer)] = held
    route.fulfill(response=answer)
    wait_until(lambda: uploads() == [], 10, "it is given up")


def test_a_server_that_restarts_meanwhile_is_waited_for(
    visit: Callable[..., Visitor], make_server: Callable[..., Server], clip: Path
) -> None:
    with make_server() as own:
        visitor = visit(own, "serg")
        visitor.expects |= {"ERR_", "Failed to load resource", "502", "503"}
        page = visitor.page
        page.goto("/keys")
        page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend',"
            " '<input type=file id=clip aria-label=clip>')"
        )
        page.locator("#clip").set_input_files(clip)
        deaths = iter([1])

        def line(route: Route) -> None:
            if next(deaths, 0):
                own.kill()
                own.start()
                route.abort("connectionreset")
            else:
                route.continue_()

        page.route(UPLOADS, line)
        assert content(page, send(page)) == hashlib.sha256(clip.read_bytes()).hexdigest()

"""The evening as it happens, watched in a browser."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Locator, Page, Route, expect

from tests.support import photos
from tests.support.browser import PHONE, Visitor
from tests.support.server import Client, Server
from tests.support.waiting import outlast, wait_until

Send = Callable[..., threading.Thread]
Visit = Callable[..., Visitor]
SLOTS = itertools.count(1)


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    """Its booth gives up after 3 s, and two photos at once are made."""
    with make_server(
        {"max_parallel_jobs": 2}, SYNC_RESPONSE_TIMEOUT_SEC="5", LIVE_HEARTBEAT_SEC="1"
    ) as running:
        yield running


@pytest.fixture
def serg(house: Server) -> Iterator[Client]:
    with house.session("serg") as client:
        yield client


@pytest.fixture
def send(house: Server) -> Iterator[Send]:
    """A photo of a booth's, on its way while the test goes on."""
    on_their_way: list[threading.Thread] = []

    def sent(slot: str, server: Server = house) -> threading.Thread:
        def post() -> None:
            server.booth.send(photos.guest(), slot=slot)

        on_their_way.append(threading.Thread(target=post))
        on_their_way[-1].start()
        return on_their_way[-1]

    yield sent
    for thread in on_their_way:
        thread.join(30)


def save(client: Client, prompt: str, name: str = "", provider: str = "example") -> str:
    """A slot nobody has sent a photo to yet."""
    return save_as(client, f"slot-{next(SLOTS):03d}", prompt, name, provider)


def save_as(
    client: Client, slot: str, prompt: str, name: str = "", provider: str = "example"
) -> str:
    body = {
        "name": name, "provider_id": provider, "operation_id": "change_image",
        "settings_json": {"prompt": prompt},
    }  # fmt: skip
    answer = client.put(f"/api/slots/{slot}", json=body)
    assert answer.status_code == 200, answer.text
    return slot


def group(page: Page, name: str) -> Locator:
    return page.locator(f'[data-group="{name}"]')


def rows(page: Page, name: str) -> Locator:
    return group(page, name).locator(".job")


def watch(page: Page, path: str) -> Page:
    """The page, once it hears what happens."""
    with page.expect_response(lambda answer: "/api/events" in answer.url):
        page.goto(path)
    return page


def test_photos_wait_run_and_are_done_while_one_looks_on(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "delay=2.5", "Зал <b>&")
    visitor = visit(house, "serg")
    page = watch(visitor.page, f"/live?slot_id={slot}")
    visitor.check("live-empty")
    page.evaluate("window.isTheSame = true")
    for _ in range(4):
        send(slot)
    expect(rows(page, "running")).to_have_count(2)
    expect(rows(page, "waiting")).to_have_count(2)
    expect(rows(page, "waiting").first).to_contain_text("№ 1 в очереди")
    expect(rows(page, "running").first).to_contain_text("идёт")
    expect(page.locator("#summary")).to_have_text(re.compile("Ждут: [12], В работе: 2"))
    visitor.check("live-at-work")
    expect(group(page, "waiting").locator("h2 .number")).to_have_text("0")
    expect(page.locator("#summary")).to_have_text(re.compile("Ждут: 0, В работе: 0"))
    ended = page.locator('[data-group="done"] .job, [data-group="failed"] .job.-late')
    expect(ended).to_have_count(4)
    first = rows(page, "done").first
    expect(first).to_contain_text("Зал <b>&")
    expect(first).to_contain_text("0,01 $")
    assert first.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert page.evaluate("window.isTheSame"), "the page was never loaded anew"
    with page.expect_download() as download:
        first.get_by_role("link", name="Скачать").click()
    assert photos.opened(download.value.path().read_bytes()).format == "JPEG"
    assert first.locator('[data-part="slot"]').get_attribute("href") == f"/slots/{slot}"
    visitor.check("live-done")


def test_nothing_moves_away_under_a_finger(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "sepia", provider="local")
    send(slot).join(30)
    page = watch(visit(house, "serg").page, f"/live?slot_id={slot}")
    link = rows(page, "done").get_by_role("link", name="Скачать")
    link.scroll_into_view_if_needed()
    box = link.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate(ARRIVALS, slot)
    outlast(1.0)  # drawn within 0.2 s otherwise
    expect(rows(page, "done")).to_have_count(1)
    with page.expect_download():
        page.mouse.up()
    expect(rows(page, "done")).to_have_count(4)


def test_a_photo_that_came_too_late_is_among_the_late_ones(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "delay=4", "Поздний")
    visitor = visit(house, "serg", viewport=PHONE)
    page = watch(visitor.page, f"/live?slot_id={slot}")
    send(slot)
    expect(rows(page, "running")).to_have_count(1)
    expect(rows(page, "failed")).to_have_count(1)
    expect(rows(page, "failed")).to_contain_text("опоздало")
    expect(rows(page, "done")).to_have_count(0)
    page.get_by_role("link", name="Опоздавшие").click()
    expect(page.get_by_role("heading", name="Опоздавшие 1")).to_be_visible()
    visitor.check("live-late")


def test_jobs_are_cancelled_tried_again_and_replayed_by_their_buttons(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "delay=20")
    visitor = visit(house, "serg")
    page = watch(visitor.page, f"/live?slot_id={slot}")
    send(slot)
    page.get_by_role("button", name="Отменить").click()
    expect(rows(page, "failed")).to_contain_text("отменено")
    page.get_by_role("button", name="Ещё раз", exact=True).click()
    going_on = page.locator('[data-group="waiting"] .job, [data-group="running"] .job')
    expect(going_on).to_have_count(1)
    page.get_by_role("button", name="Отменить").press("Enter")
    expect(rows(page, "failed")).to_have_count(1)
    # What was cancelled keeps its places at the example provider until it has answered.
    save_as(serg, slot, "sepia", provider="local")
    send(slot)
    rows(page, "done").get_by_role("button", name="Повторить").click()
    expect(rows(page, "done")).to_have_count(2)
    expect(rows(page, "done").first).to_contain_text("проба")
    visitor.check("live-ended")
    rows(page, "done").first.get_by_role("link", name="Сравнить").click()
    expect(page.locator("#slider .compare")).to_be_visible()


def test_what_the_stream_has_told_holds_against_an_older_answer(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "sepia", provider="local")
    visitor = visit(house, "serg")
    page = watch(visitor.page, f"/live?slot_id={slot}")
    send(slot)
    expect(rows(page, "done")).to_have_count(1)

    def answer_late(route: Route) -> None:
        answered = route.fetch()
        expect(rows(page, "done")).to_have_count(2)
        asked = {"state": "queued", "stage": None, "started_at": None, "finished_at": None}
        route.fulfill(response=answered, json={**answered.json(), **asked})

    page.route("**/replay", answer_late)
    with page.expect_response(lambda answer: "/live?" in answer.url):  # the page is read anew
        rows(page, "done").get_by_role("button", name="Повторить").click()
    expect(rows(page, "done")).to_have_count(2)
    expect(rows(page, "waiting")).to_have_count(0)


def test_what_ends_before_the_stream_opens_is_seen_all_the_same(
    visit: Visit, house: Server, serg: Client
) -> None:
    slot = save(serg, "delay=2.5")
    page = visit(house, "serg").page
    held: list[Route] = []
    page.route("**/api/events", lambda route: held.append(route))
    with page.expect_request("**/api/events"):
        page.goto(f"/slots/{slot}")
    photo = {"name": "guest.jpg", "mimeType": "image/jpeg", "buffer": photos.guest()}
    page.locator("#test_photo").set_input_files(photo)
    with page.expect_response("**/api/tasks/*") as looked:
        page.get_by_role("button", name="Тест1").click()
    task = looked.value.json()
    assert task["state"] in ("queued", "running")
    path = f"/api/tasks/{task['id']}"
    wait_until(lambda: serg.get(path).json()["state"] == "succeeded", 30, "it has ended")
    for stream in held:
        stream.continue_()
    expect(page.locator(".compare .after")).to_be_visible()


def test_what_is_gone_is_said(visit: Visit, house: Server, serg: Client, send: Send) -> None:
    slot = save(serg, "sepia", provider="local")
    send(slot).join(30)
    visitor = visit(house, "serg")
    page = watch(visitor.page, f"/live?slot_id={slot}")
    for original in (house.folder / "media" / "originals").rglob("*"):
        if original.is_file():
            original.unlink()
    visitor.expects.add("410")
    page.get_by_role("button", name="Повторить").click()
    expect(page.locator(".toast.bad")).to_be_visible()
    expect(page.locator(".toast.bad")).to_contain_text("Оригинал")


def test_two_tabs_hear_everything_through_one_stream(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "sepia", provider="local")
    visitor = visit(house, "serg")
    first = watch(visitor.page, f"/live?slot_id={slot}")
    wait_until(lambda: listeners(house) == 1, 10, "nobody else listens")
    second = visitor.open(f"/live?slot_id={slot}")
    expect(second.locator("#evening")).to_be_visible()
    send(slot)
    for page in (first, second):
        page.bring_to_front()
        expect(rows(page, "done")).to_have_count(1)
    assert listeners(house) == 1
    first.close()
    send(slot)
    expect(rows(second, "done")).to_have_count(2)


def test_what_happened_while_one_was_offline_is_there_afterwards(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "sepia", provider="local")
    visitor = visit(house, "serg")
    page = watch(visitor.page, f"/live?slot_id={slot}")
    visitor.expects |= {"ERR_INTERNET_DISCONNECTED", "Failed to load resource"}
    visitor.context.set_offline(True)
    expect(page.get_by_text("переподключение…")).to_be_visible()
    send(slot).join(30)
    visitor.context.set_offline(False)
    expect(rows(page, "done")).to_have_count(1)
    expect(page.get_by_text("переподключение…")).to_be_hidden()


def test_a_restart_is_seen_and_nothing_is_missed(
    visit: Visit, make_server: Callable[..., Server], send: Send
) -> None:
    with make_server() as house, house.session() as serg:
        slot = save(serg, "delay=2")
        visitor = visit(house, "serg")
        page = watch(visitor.page, "/live")
        visitor.expects |= {"ERR_", "Failed to load resource"}
        send(slot, house)
        expect(rows(page, "running")).to_have_count(1)
        house.stop()
        expect(page.get_by_text("переподключение…")).to_be_visible()
        house.start()
        expect(page.get_by_text("переподключение…")).to_be_hidden(timeout=30_000)
        expect(rows(page, "running")).to_have_count(0)
        ended = page.locator('[data-group="done"] .job, [data-group="failed"] .job')
        expect(ended).to_have_count(1)


def test_it_speaks_english_and_fits_a_phone(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "say=refuse", "A name of a slot that is much longer than a phone")
    visitor = visit(house, "serg", viewport=PHONE)
    visitor.page.get_by_role("button", name="English").click()
    page = watch(visitor.page, f"/live?slot_id={slot}")
    send(slot)
    expect(rows(page, "failed")).to_contain_text("refused to work on this photo")
    expect(rows(page, "failed").get_by_role("button")).to_have_text(["Try again"])
    visitor.check("live-english")


def test_without_javascript_it_shows_how_things_stand_and_its_forms_work(
    visit: Visit, house: Server, serg: Client, send: Send
) -> None:
    slot = save(serg, "delay=20")
    visitor = visit(house, "serg", java_script_enabled=False)
    page = visitor.page
    send(slot)
    wait_until(lambda: running(serg, slot), 10, "the photo is in work")
    page.goto(f"/live?slot_id={slot}")
    rows(page, "running").get_by_role("button", name="Отменить").click()
    assert page.url.endswith(f"/live?slot_id={slot}")
    expect(rows(page, "failed")).to_contain_text("отменено")
    page.get_by_role("link", name="Готово").click()
    expect(group(page, "done")).to_contain_text("Сейчас здесь пусто.")


def test_hundreds_of_changes_a_second_do_not_freeze_it(
    visit: Visit, house: Server, serg: Client
) -> None:
    """Told through the channel by which tabs tell each other, faster than a server could."""
    visitor = visit(house, "serg")
    page = watch(visitor.page, "/live")
    longest_ms = page.evaluate(STORM)
    assert longest_ms < 1000
    expect(rows(page, "running")).to_have_count(90)
    expect(group(page, "running").locator("h2 .number")).to_have_text("90")


ARRIVALS = """(slot) => {
  const channel = new BroadcastChannel("photoai-live--" + document.body.dataset.user);
  const now = new Date().toISOString();
  for (let id = 0; id < 3; id++) {
    channel.postMessage({ what: "job", kind: "state", row: {
      id: `arrival-${id}`, type: "merge", state: "succeeded", stage: "", progress: 1, eta_sec: null,
      attempt: 1, slot_id: slot, test: false, error: null, result: {},
      created_at: now, started_at: now, finished_at: now,
    } });
  }
}"""


STORM = """async () => {
  const channel = new BroadcastChannel("photoai-live--" + document.body.dataset.user);
  const now = new Date().toISOString();
  const row = (id, progress) => ({
    id: `storm-${id}`, type: "photo", state: "running", stage: "started", progress, eta_sec: 5,
    attempt: 1, slot_id: null, test: false, error: null, result: null,
    created_at: now, started_at: now, finished_at: null,
  });
  let longest = 0, last = performance.now();
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 10);
  for (let at = 0; at < 40; at++) {
    for (let id = 0; id < 90; id++) {
      channel.postMessage({ what: "job", kind: "progress", row: row(id, at / 40) });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  clearInterval(beat);
  return longest;
}"""


def running(client: Client, slot: str) -> bool:
    found = client.get("/api/tasks", params={"slot_id": slot, "state": "running"}).json()
    return bool(found["data"])


def listeners(server: Server) -> float:
    said = requests.get(f"{server.url}/metrics", timeout=10).text
    return float(re.findall(r"^photoai_listeners (\S+)", said, re.MULTILINE)[0])

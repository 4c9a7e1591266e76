"""Merging on its page: from clips to a video that plays, and everything that comes between."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from photoai.services.accounts import PLAN_NAMES
from tests.support import photos
from tests.support.browser import PHONE, Visitor
from tests.support.cliphost import ClipHost
from tests.support.clips import Clips, colors
from tests.support.server import Server
from tests.support.waiting import wait_until

MERGED_WITHIN_MS = 90_000
RED, LIME, BLUE = "red", "lime", "blue"
PLAN = {"merges_at_once": 1, "merges_per_day": 100, "clip_max_mb": 20, "storage_mb": 200}
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def host() -> Iterator[ClipHost]:
    with ClipHost() as running:
        yield running


@pytest.fixture(scope="module")
def house(
    make_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One merge at a time."""
    plans = tmp_path_factory.mktemp("plans") / "plans.json"
    plans.write_text(json.dumps(dict.fromkeys(PLAN_NAMES, PLAN)))
    own = {"FETCH_ALLOWED_HOSTS": "127.0.0.1", "LIVE_HEARTBEAT_SEC": "1"}
    with make_server(PLANS_FILE=str(plans), **own) as running:
        yield running


@pytest.fixture
def offered(host: ClipHost, clips: Clips) -> Callable[..., str]:
    """The address of a clip of one colour that nobody has merged before."""

    def offer(color: str, sec: float = 0.4, **options: str) -> str:
        path = clips.make(color, sec=sec + next(numbers) * 0.04, **options)
        return host.put(path.name, path)

    return offer


@pytest.fixture
def serg(visit: Callable[..., Visitor], house: Server) -> Visitor:
    visitor = visit(house, "serg")
    visitor.page.goto("/merge")
    return visitor


def clip(page: Page, number: int) -> Locator:
    return page.get_by_label(f"Клип {number}: ссылка")


def merge(page: Page) -> None:
    page.get_by_role("button", name="Склеить").click()


def player(page: Page) -> Locator:
    """The finished video, once it is there and has a picture."""
    video = page.locator("video")
    expect(video).to_be_visible(timeout=MERGED_WITHIN_MS)
    wait_until(lambda: video.evaluate("each => each.readyState >= 2"), 10, "it has a picture")
    return video


def downloaded(page: Page, into: Path) -> Path:
    with page.expect_download() as download:
        page.locator("#task").get_by_role("link", name="Скачать").click()
    download.value.save_as(into)
    return into


def problem(page: Page, number: int) -> Locator:
    return page.locator(f"#clip-problem-{number}")


def test_from_a_link_and_a_file_to_a_video_that_plays(
    serg: Visitor, offered: Callable[..., str], clips: Clips, tmp_path: Path
) -> None:
    page = serg.page
    serg.check("merge-empty")
    clip(page, 1).fill(offered(RED))
    page.get_by_label("Перетащите видео сюда").set_input_files(clips.make(LIME, sec=0.6))
    expect(page.locator("[data-file-name]").nth(1)).to_have_text(re.compile("lime-"))
    page.get_by_label("Качество").select_option("low")
    page.get_by_role("button", name="План", exact=True).click()
    plan = page.get_by_role("region", name="План склейки")
    expect(plan).to_contain_text("1920×1080, 25 кадр/с")
    expect(plan).to_contain_text("перекодируется: размер — 320x180")
    serg.check("merge-plan")
    merge(page)
    expect(page.get_by_role("progressbar", name="Склейка")).to_be_visible()
    page.wait_for_url("**/merge?task=task_*")
    video = player(page)
    video.evaluate("each => { each.muted = true; return each.play(); }")
    wait_until(lambda: video.evaluate("each => each.currentTime > 0.2"), 10, "it plays")
    expect(video).to_have_attribute("poster", re.compile("/poster/task_"))
    serg.check("merge-done")
    assert colors(downloaded(page, tmp_path / "made.mp4")) == [RED, LIME]
    row = page.get_by_role("region", name="Последние склейки").get_by_role("row").nth(1)
    expect(row).to_contain_text("готово")

    page.reload()
    player(page)
    assert page.locator("[data-file-name]").nth(1).inner_text().startswith("lime-")
    merge(page)
    expect(page.get_by_text("Точно такое видео уже делали раньше")).to_be_visible()


def test_clips_are_put_in_order_by_dragging_and_by_buttons(
    serg: Visitor, offered: Callable[..., str], tmp_path: Path
) -> None:
    page = serg.page
    page.get_by_role("button", name="Добавить").click()
    for number, color in enumerate((RED, LIME, BLUE), 1):
        clip(page, number).fill(offered(color))
    handle, target = page.locator("[data-handle]").nth(2), clip(page, 1)
    start, end = handle.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 10, end["y"] + 60, steps=8)
    page.mouse.move(start["x"] + 10, end["y"] - 5, steps=8)
    page.mouse.up()
    assert BLUE in clip(page, 1).input_value(), "dragged from the third place to the first"
    up = page.get_by_role("button", name="Клип 3 выше")
    up.focus()
    page.keyboard.press("Enter")
    assert LIME in clip(page, 2).input_value()
    page.get_by_role("button", name="Клип 2 ниже").focus()
    page.get_by_role("button", name="Убрать клип 3").click()
    assert page.locator("[data-clip]").count() == 2
    page.get_by_label("Качество").select_option("low")
    merge(page)
    player(page)
    assert colors(downloaded(page, tmp_path / "made.mp4")) == [BLUE, LIME]


def test_a_running_merge_is_seen_going_and_can_be_cancelled(
    serg: Visitor, host: ClipHost, offered: Callable[..., str]
) -> None:
    page, held = serg.page, offered(RED)
    host.hold(held.rpartition("/")[2])
    clip(page, 1).fill(offered(LIME))
    clip(page, 2).fill(held)
    merge(page)
    expect(page.locator("[aria-current=step]")).to_have_text("Скачивание")
    serg.check("merge-running")
    clip(page, 2).fill(offered(RED))
    serg.expects.add("429")
    merge(page)
    expect(page.get_by_role("alert")).to_contain_text("Одновременно: 1 из 1.")
    clip(page, 2).fill(held)
    other = serg.open(page.url)
    expect(other.locator("[data-state=running]")).to_be_visible()
    page.get_by_role("button", name="Отменить").click()
    expect(page.get_by_text("Склейка отменена")).to_be_visible()
    expect(other.get_by_text("Склейка отменена")).to_be_visible()
    expect(page.locator("#last")).to_contain_text("отменено")
    assert clip(page, 2).input_value() == held, "what was typed stays"


def test_a_restart_of_the_server_is_lived_through(
    visit: Callable[..., Visitor], make_server: Callable[..., Server], host: ClipHost,
    offered: Callable[..., str],
) -> None:  # fmt: skip
    with make_server(FETCH_ALLOWED_HOSTS="127.0.0.1", LIVE_HEARTBEAT_SEC="1") as own:
        visitor = visit(own, "serg")
        visitor.expects |= {"ERR_", "Failed to load resource"}
        page, held = visitor.page, offered(BLUE)
        page.goto("/merge")
        gate = host.hold(held.rpartition("/")[2])
        clip(page, 1).fill(held)
        merge(page)
        expect(page.locator("[aria-current=step]")).to_have_text("Скачивание")
        own.stop()
        expect(page.locator("#connection")).to_be_visible()
        gate.set()
        own.start()
        player(page)
        expect(page.locator("#connection")).to_be_hidden()


def test_what_is_wrong_is_said_beside_the_row_it_belongs_to(
    serg: Visitor, host: ClipHost, offered: Callable[..., str], tmp_path: Path
) -> None:
    page, good = serg.page, offered(RED)
    merge(page)
    expect(problem(page, 1)).to_have_text("Вставьте ссылку или выберите файл.")
    clip(page, 1).fill("<b>мой клип 🎬</b>")
    merge(page)
    expect(problem(page, 1)).to_have_text("Это не ссылка http или https.")
    serg.expects.add("422")
    clip(page, 1).fill(good)
    clip(page, 2).fill("http://10.0.0.1/inner.mp4")
    merge(page)
    expect(problem(page, 2)).to_have_text("С этого адреса скачивать нельзя.")
    expect(page.get_by_role("alert")).to_contain_text("Клип 2: С этого адреса")

    photo, huge, empty = (tmp_path / name for name in ("я <i>.jpg", "большой.mp4", "пусто.mp4"))
    photo.write_bytes(photos.jpeg())
    empty.write_bytes(b"")
    with huge.open("wb") as file:
        file.truncate(21_000_000)
    page.get_by_label("Перетащите видео сюда").set_input_files([photo, huge, empty, photo])
    expect(problem(page, 3)).to_have_text("«я <i>.jpg» — не видео.")
    expect(page.locator("[data-clip]")).to_have_count(3)
    page.get_by_role("button", name="Добавить").click()
    page.get_by_label("Файл для клипа 4").set_input_files(huge)
    expect(problem(page, 4)).to_have_text("«большой.mp4» — 21 МБ, а клипу можно не больше 20 МБ.")
    page.get_by_role("button", name="Добавить").click()
    expect(page.get_by_role("button", name="Добавить")).to_be_disabled()
    page.get_by_label("Файл для клипа 5").set_input_files(empty)
    expect(problem(page, 5)).to_have_text("Файл «пусто.mp4» пуст.")
    serg.check("merge-problems")
    bad = host.put("page.mp4", b"<!DOCTYPE html><title>404</title>")
    clip(page, 2).fill(bad)
    merge(page)
    expect(page.locator("[data-wrong-clip='2']")).to_contain_text("не видео", timeout=30_000)
    expect(problem(page, 2)).to_contain_text("не видео")
    assert (clip(page, 1).input_value(), clip(page, 2).input_value()) == (good, bad)
    serg.check("merge-failed")


def test_files_that_are_dropped_fill_the_rows_up_to_five(serg: Visitor, clips: Clips) -> None:
    page = serg.page
    made = [clips.make(RED, sec=0.2 + number / 25) for number in range(6)]
    page.get_by_label("Перетащите видео сюда").set_input_files(made)
    expect(page.locator("#room")).to_contain_text(f"не поместились {made[5].name}")
    for number, path in enumerate(made[:5]):
        expect(page.locator("[data-file-name]").nth(number)).to_have_text(path.name)
    expect(page.locator("[data-uploaded]:visible")).to_have_count(0)
    expect(page.locator("[data-file-id]:not([value=''])")).to_have_count(5)


def test_a_session_that_ends_in_mid_form_goes_on_after_signing_in_again(
    serg: Visitor, house: Server, offered: Callable[..., str], clips: Clips
) -> None:
    page, url = serg.page, offered(LIME)
    clip(page, 1).fill(url)
    serg.expects.add("401")
    serg.context.clear_cookies()
    page.get_by_label("Перетащите видео сюда").set_input_files(clips.make(BLUE, sec=0.6))
    page.get_by_role("dialog").get_by_label("Пароль").fill(house.password("serg"))
    page.get_by_role("dialog").get_by_role("button", name="Войти").click()
    expect(page.locator("[data-uploaded]:visible")).to_have_count(0)
    serg.context.clear_cookies()
    merge(page)
    page.get_by_role("dialog").get_by_label("Пароль").fill(house.password("serg"))
    page.get_by_role("dialog").get_by_role("button", name="Войти").click()
    player(page)
    assert clip(page, 1).input_value() == url


def test_the_page_speaks_english_and_fits_a_phone(
    visit: Callable[..., Visitor], house: Server, offered: Callable[..., str]
) -> None:
    visitor = visit(house, "serg", viewport=PHONE)
    page = visitor.page
    page.goto("/merge")
    page.get_by_role("button", name="English").click()
    page.get_by_label("Clip 1: link").fill(offered(RED))
    page.get_by_label("Transition", exact=True).select_option("fade")
    page.get_by_label("Length of the transition, s").fill("7")
    page.get_by_role("button", name="Merge them").click()
    expect(page.locator("#p-transition_sec")).to_have_text("From 0.1 to 5.0 seconds.")
    page.get_by_label("Length of the transition, s").fill("0.2")
    page.get_by_label("Quality").select_option("low")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("region", name="What would happen")).to_be_visible()
    visitor.check("merge-plan-english")
    page.get_by_role("button", name="Merge them").click()
    player(page)
    visitor.check("merge-done-english")


def test_without_javascript_the_form_leads_to_the_same_video(
    visit: Callable[..., Visitor], house: Server, offered: Callable[..., str]
) -> None:
    visitor = visit(house, "serg", java_script_enabled=False)
    page = visitor.page
    page.goto("/merge")
    expect(page.locator("noscript .hint")).to_contain_text("Без JavaScript клипы задаются только")
    expect(page.get_by_role("button", name="Добавить")).to_be_hidden()
    clip(page, 1).fill(offered(RED))
    clip(page, 5).fill(offered(BLUE))
    page.get_by_label("Качество").select_option("low")
    page.get_by_role("button", name="План", exact=True).click()
    expect(page.get_by_role("region", name="План склейки")).to_contain_text("1920×1080")
    merge(page)
    page.wait_for_url("**/merge?task=task_*")
    expect(page.locator("video")).to_be_visible(timeout=MERGED_WITHIN_MS)

"""ASCII videos: seen live, played with, turned into what is kept, by clicking and typing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from photoai.services.video import ClipLimits, probe
from tests.support.browser import PHONE, Visitor, check_first_visit
from tests.support.clips import Clips
from tests.support.server import Server
from tests.support.waiting import wait_until

MADE_WITHIN_MS = 90_000
OPENED_WITHIN_MS = 40_000
WATCHED = re.compile("/ws/convert$")
COLUMNS, ROWS = 120, 34  # of 320×180
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    with make_server() as running:
        yield running


@pytest.fixture
def serg(visit: Visit, house: Server) -> Visitor:
    """Has no files yet, whatever others have left."""
    empty(house, "serg")
    visitor = visit(house, "serg")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.goto("/ascii")
    return visitor


def empty(house: Server, user: str) -> None:
    with house.session(user) as client:
        for file in client.get("/api/v1/files").json()["data"]:
            assert client.delete(f"/api/v1/files/{file['id']}").status_code == 204


def send(page: Page, path: Path) -> None:
    """Choose a file as one does; its first picture is shown in the end."""
    page.get_by_label("Перетащите видео сюда").set_input_files(path)
    expect(page.locator("#f-file_id option:checked")).to_contain_text(path.name, timeout=30_000)
    opened(page)


def opened(page: Page) -> None:
    expect(page.locator("#veil")).to_be_hidden(timeout=OPENED_WITHIN_MS)
    expect(page.locator("#time")).to_contain_text("/ 0:", timeout=OPENED_WITHIN_MS)


def color(page: Page) -> tuple[int, ...]:
    """What the preview shows, as the eye would mix it."""
    return tuple(
        page.locator("#canvas").evaluate(
            """canvas => {
              const { width, height } = canvas;
              const copy = new OffscreenCanvas(width, height);
              const pen = copy.getContext("2d", { willReadFrequently: true });
              pen.drawImage(canvas, 0, 0);
              const { data } = pen.getImageData(0, 0, width, height);
              const sum = [0, 0, 0];
              data.forEach((part, at) => { if (at % 4 < 3) sum[at % 4] += part; });
              return sum.map((each) => Math.round((4 * each) / data.length));
            }"""
        )
    )


def moment(page: Page) -> float:
    return float(page.get_by_label("Момент видео").input_value())


def copied(page: Page) -> str:
    """The frame that is shown, as text."""
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_role("button", name="Скопировать", exact=True).click()
    wait_until(lambda: page.evaluate("navigator.clipboard.readText()") != "", 10, "it is copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def style(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).check()


def start(page: Page) -> None:
    page.get_by_role("button", name="Превратить в ASCII").click()
    page.wait_for_url("**/ascii?task=*")


def test_a_video_is_seen_live_changed_made_and_kept(
    serg: Visitor, clips: Clips, tmp_path: Path
) -> None:
    page = serg.page
    expect(page.get_by_text("Это пример.")).to_be_visible()
    assert color(page)[1] > 5, "a face is there to play with"
    serg.check("ascii-empty")
    send(page, clips.make("yellow", sec=2))
    expect(page.get_by_role("button", name="Смотреть")).to_be_enabled()
    wait_until(lambda: color(page)[1] > 60, 20, "the first picture is shown")
    red, green, blue = color(page)
    assert (red, blue) == (0, 0), "all of it is green"
    page.get_by_role("button", name="Смотреть").click()
    wait_until(lambda: moment(page) > 0.5, 20, "it plays")
    page.get_by_role("button", name="Пауза").click()
    page.get_by_label("Момент видео").fill("1.2")
    expect(page.locator("#time")).to_have_text("0:01 / 0:02")

    lines = copied(page).splitlines()
    assert [len(line) for line in lines] == [COLUMNS] * ROWS
    style(page, "Брайль")
    wait_until(lambda: set(copied(page)) <= {"\n", *map(chr, range(0x2800, 0x2900))}, 20, "braille")
    style(page, "Блоки")
    page.get_by_role("radio", name="Как в видео").check()
    wait_until(lambda: color(page)[0] > 100, 20, "the video's own colours")
    red, green, blue = color(page)
    assert abs(red - green) < 30
    assert blue < 30
    page.get_by_label("Ширина, знаков").last.fill("60")
    wait_until(lambda: len(copied(page).splitlines()[0]) == 60, 20, "half as wide")
    serg.check("ascii-live")

    page.locator("#f-save_txt").check()
    start(page)
    video = page.get_by_label("Готовое ASCII-видео")
    expect(video).to_be_visible(timeout=MADE_WITHIN_MS)
    video.evaluate("each => { each.muted = true; return each.play(); }")
    wait_until(lambda: video.evaluate("each => each.currentTime > 0.1"), 10, "it plays")
    video.evaluate("each => each.pause()")
    serg.check("ascii-done")
    with page.expect_download() as download:
        page.locator("#task").get_by_role("link", name="MP4").click()
    download.value.save_as(tmp_path / "made.mp4")
    facts = probe(tmp_path / "made.mp4", ClipLimits())
    assert (facts.display_size, facts.audio is not None) == ((320, 180), True)
    assert facts.duration_sec == pytest.approx(2, abs=0.1)
    page.get_by_role("button", name="Скопировать кадр текстом").click()
    expect(page.get_by_text("Кадр скопирован текстом.").last).to_be_visible()
    text = str(page.evaluate("navigator.clipboard.readText()"))
    assert [len(line) for line in text.splitlines()] == [60] * 17
    page.get_by_role("button", name="До и после").click()
    expect(page.get_by_label("До", exact=True)).to_be_visible()

    page.reload()
    expect(page.get_by_label("Готовое ASCII-видео")).to_be_visible()
    expect(page.get_by_role("radio", name="Блоки")).to_be_checked()
    assert page.locator("#f-width").input_value() == "60"
    expect(page.get_by_role("region", name="Последние ASCII-видео")).to_contain_text("Блоки, 60")


def test_what_is_done_is_counted_and_it_is_cancelled_and_tried_again(
    serg: Visitor, clips: Clips
) -> None:
    page = serg.page
    send(page, clips.make("testsrc2", size="1920x1080", sec=20))
    page.locator("#f-save_png").check()
    page.get_by_label("Кадров в секунду").fill("60")
    start(page)
    expect(page.get_by_role("progressbar", name="testsrc2")).to_be_visible()
    expect(page.locator("[data-done]")).to_have_text(
        re.compile(r"Обработано [\d\s]+ из 1\s200 кадров"), timeout=30_000
    )
    wait_until(lambda: color(page)[1] > 10, 20, "the preview is there meanwhile")
    serg.check("ascii-running")
    page.locator("#task").get_by_role("button", name="Отменить").click()
    expect(page.get_by_text("Превращение отменено.")).to_be_visible()
    page.locator("#task").get_by_role("button", name="Ещё раз").click()
    expect(page.get_by_role("progressbar", name="testsrc2")).to_be_visible()
    page.locator("#task").get_by_role("button", name="Отменить").click()
    expect(page.get_by_text("Превращение отменено.")).to_be_visible()


def test_what_is_wrong_is_said_at_once_beside_its_field(serg: Visitor, clips: Clips) -> None:
    page = serg.page
    serg.expects.add("422")
    page.get_by_label("Или один из ваших файлов").select_option("")
    page.get_by_role("button", name="Превратить в ASCII").click()
    expect(page.locator("#f-file_id-problem")).to_have_text("Сначала выберите видео.")
    send(page, clips.make("white", sec=1))
    charset, problem = page.get_by_label("Свои знаки"), page.locator("#f-charset-problem")
    charset.fill("a")
    expect(problem).to_have_text("Нужно от 2 до 256 знаков.")
    charset.fill("aba")
    expect(problem).to_contain_text("«a» встречается дважды")
    charset.fill("a漢")
    expect(problem).not_to_be_empty()
    expect(charset).to_have_attribute("aria-invalid", "true")
    serg.check("ascii-wrong")
    page.get_by_role("button", name="Превратить в ASCII").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(charset).to_be_focused()
    charset.fill(" W")
    expect(problem).to_be_empty()
    wait_until(lambda: set(copied(page)) == {"W", "\n"}, 20, "with one's own characters")
    width = page.locator("#f-width")
    width.fill("9")
    expect(page.locator("#f-width-problem")).to_have_text("От 10 до 240.")
    page.get_by_role("button", name="Как было").click()
    expect(page.locator("#f-width-problem")).to_be_empty()
    expect(charset).to_have_value("")
    assert width.input_value() == "120"


def test_everything_is_done_by_keys(serg: Visitor, clips: Clips) -> None:
    page = serg.page
    send(page, clips.make("testsrc2", sec=2))
    page.get_by_role("radio", name="Классика").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Негатив")).to_be_checked()
    page.locator('[data-for="f-width"]').focus()
    page.keyboard.press("Home")
    assert page.locator("#f-width").input_value() == "10"
    wait_until(lambda: len(copied(page).splitlines()[0]) == 10, 20, "as narrow as can be")
    page.get_by_role("button", name="Смотреть").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Пауза")).to_be_focused()
    wait_until(lambda: moment(page) > 0.3, 20, "it plays")


def test_it_begins_by_itself_only_for_whoever_likes_things_to_move(
    visit: Visit, house: Server, clips: Clips
) -> None:
    lively = visit(house, "igor", reduced_motion="no-preference").page
    lively.goto("/ascii")
    send(lively, clips.make("testsrc2", sec=2))
    wait_until(lambda: moment(lively) > 0.3, 20, "it plays")
    wait_until(lambda: moment(lively) > 1.5, 20, "to its end")
    wait_until(lambda: moment(lively) < 1, 20, "and once more")
    lively.get_by_role("button", name="Повторять").click()
    expect(lively.get_by_role("button", name="Смотреть")).to_be_visible()
    assert moment(lively) > 1.5, "it stays at its end"


def test_without_a_preview_a_video_is_made_all_the_same(serg: Visitor, clips: Clips) -> None:
    page, refused = serg.page, []

    def refuse(socket: WebSocketRoute) -> None:
        refused.append(socket)
        socket.close(code=1013)

    page.route_web_socket(WATCHED, refuse)
    page.get_by_label("Перетащите видео сюда").set_input_files(clips.make("lime", sec=1))
    expect(page.locator("#trouble")).to_contain_text(
        "Живой предпросмотр сейчас недоступен.", timeout=30_000
    )
    assert len(refused) > 2, "it has tried"
    serg.check("ascii-refused")
    start(page)
    expect(page.get_by_label("Готовое ASCII-видео")).to_be_visible(timeout=MADE_WITHIN_MS)
    tried = len(refused)
    page.get_by_role("button", name="Попробовать ещё раз").click()
    wait_until(lambda: len(refused) > tried, 10, "it tries once more")


def test_who_watches_too_many_is_told_so_and_what_comes_instead(
    visit: Visit, make_server: Callable[..., Server], clips: Clips
) -> None:
    with make_server(ASCII_VIEWERS_PER_USER="1") as own:
        visitor = visit(own, "serg")
        visitor.page.goto("/ascii")
        send(visitor.page, clips.make("lime", sec=1))
        other = visitor.open("/ascii")
        expect(other.locator("#veil")).to_contain_text("слишком много", ignore_case=True)
        visitor.page.goto("/keys")
        opened(other)
        other.goto("/keys")


def test_a_restart_of_the_server_is_lived_through(
    visit: Visit, make_server: Callable[..., Server], clips: Clips
) -> None:
    with make_server() as own:
        visitor = visit(own, "serg", reduced_motion="no-preference")
        visitor.expects |= {"ERR_", "WebSocket", "502", "503", "EventSource"}
        page = visitor.page
        page.goto("/ascii")
        send(page, clips.make("testsrc2", sec=9))
        wait_until(lambda: moment(page) > 0.5, 20, "it plays")
        own.stop()
        expect(page.locator("#veil")).to_have_text("Связь прервалась. Подключаюсь снова…")
        stood = moment(page)
        own.start()
        opened(page)
        wait_until(lambda: moment(page) != stood, 40, "it plays again")
        assert moment(page) > 0.3, "from where it was"


def test_it_is_made_for_phones_too(visit: Visit, house: Server, clips: Clips) -> None:
    visitor = visit(house, "igor", viewport=PHONE, device_scale_factor=3)
    page = visitor.page
    page.goto("/ascii")
    visitor.check("ascii-phone-empty")
    send(page, clips.make("testsrc2", size="180x320", sec=1))
    page.get_by_label("Ширина, знаков").last.fill("240")
    expect(page.locator("#seen")).to_contain_text("240×213")
    visitor.check("ascii-phone")
    page.locator("#f-brightness").scroll_into_view_if_needed()
    expect(page.locator("#canvas")).to_be_in_viewport()
    page.locator("#f-gif").check()
    page.locator("#f-save_mp4").uncheck()
    expect(page.locator("#f-crf")).to_be_hidden()
    start(page)
    gif = page.get_by_alt_text("Готовый GIF")
    expect(gif).to_be_visible(timeout=MADE_WITHIN_MS)
    assert gif.evaluate("image => image.decode().then(() => image.naturalHeight)") == 320
    visitor.check("ascii-phone-done")


def test_the_first_visit_is_light_and_nothing_jumps(visit: Visit, house: Server) -> None:
    empty(house, "igor")
    check_first_visit(visit(house, "igor"), "/ascii")

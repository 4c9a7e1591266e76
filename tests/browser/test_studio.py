"""The Studio: files sent by its page, and what is made of them by clicking and typing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from photoai.services.video import ClipLimits, probe
from tests.support.browser import PHONE, Visitor, check_first_visit
from tests.support.clips import Clips, beeping, color_of, ffmpeg, pictures
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

MADE_WITHIN_MS = 90_000
SAID = "Он сказал: \"ура\" & 'да' 🎉 <b>"
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    with make_server(LIVE_HEARTBEAT_SEC="1") as running:
        yield running


@pytest.fixture
def serg(visit: Visit, house: Server) -> Visitor:
    visitor = visit(house, "serg")
    visitor.page.goto("/studio")
    return visitor


def send(page: Page, *paths: Path) -> None:
    """Choose files as one does; they are there in the end."""
    page.get_by_label("Перетащите файлы сюда").set_input_files(paths)
    for path in paths:
        expect(page.locator(".file", has_text=path.name).first).to_be_visible(timeout=30_000)
    expect(page.locator("#sending li")).to_have_count(0)


def choose(page: Page, kind: str) -> None:
    page.get_by_role("navigation", name="Виды заданий").get_by_role("link", name=kind).click()
    chosen = page.locator(".type[aria-current]")
    expect(chosen).to_contain_text(kind)
    expect(
        page.locator(f"#order input[name=type][value={chosen.get_attribute('data-type')}]")
    ).to_have_count(1)


def pick(page: Page, place: str, path: Path) -> None:
    """The file at this place of the form."""
    select = page.get_by_label(place, exact=True).first
    value = select.locator("option", has_text=path.name).first.get_attribute("value")
    select.select_option(value)


def plan(page: Page) -> Locator:
    page.get_by_role("button", name="План", exact=True).click()
    shown = page.get_by_role("region", name="Что будет сделано")
    expect(shown).to_be_visible()
    return shown


def start(page: Page) -> None:
    page.get_by_role("button", name="Запустить").click()
    page.wait_for_url("**/studio?task=*")


def player(page: Page) -> Locator:
    """The finished video, once it plays."""
    video = page.get_by_label("Готовое видео")
    expect(video).to_be_visible(timeout=MADE_WITHIN_MS)
    video.evaluate("each => { each.muted = true; return each.play(); }")
    wait_until(lambda: video.evaluate("each => each.currentTime > 0.1"), 10, "it plays")
    return video


def downloaded(page: Page, into: Path) -> Path:
    with page.expect_download() as download:
        page.locator("#task").get_by_role("link", name="Скачать").click()
    download.value.save_as(into)
    return into


def test_a_text_is_drawn_on_a_video_sent_by_the_page(
    serg: Visitor, clips: Clips, tmp_path: Path
) -> None:
    page, clip = serg.page, clips.make("blue", size="640x360", sec=1.2)
    serg.check("studio-empty")
    send(page, clip)
    card = page.locator(".file", has_text=clip.name)
    expect(card).to_contain_text("640×360 · 1,2 с")
    look = card.locator("img")
    assert look.evaluate("image => image.decode().then(() => image.naturalWidth)") == 360
    choose(page, "Добавить текст")
    expect(page.get_by_label("Видео", exact=True)).to_have_value(re.compile("^[0-9a-f-]{36}$"))
    page.get_by_label("Текст *").fill(SAID)
    page.get_by_label("Место", exact=True).select_option("посередине")
    page.get_by_label("Размер, пкс").fill("60")
    foreseen = plan(page)
    expect(foreseen).to_contain_text("640×360, 25 кадр/с")
    expect(foreseen).to_contain_text("перекодируется: поверх рисуется текст")
    serg.check("studio-plan")
    start(page)
    expect(page.locator("#task")).to_be_visible()
    player(page)
    serg.check("studio-done")
    made = downloaded(page, tmp_path / "made.mp4")
    assert probe(made, ClipLimits()).duration_sec == pytest.approx(1.2, abs=0.05)
    bright = pictures(made)[12][130:230].max(axis=(0, 1))
    assert all(bright > 200), "white letters stand in the middle"
    assert page.get_by_label("Текст *").input_value() == SAID

    page.get_by_role("button", name="До и после").click()
    before, after = page.get_by_label("До", exact=True), page.get_by_label("После", exact=True)
    page.get_by_role("button", name="Смотреть").click()
    wait_until(lambda: after.evaluate("each => each.currentTime > 0.3"), 10, "both play")
    assert before.evaluate("each => each.currentTime") > 0.1
    page.get_by_label("До и после").fill("20")
    assert page.locator(".compare").evaluate("box => box.style.getPropertyValue('--cut')") == "20%"
    serg.check("studio-compared")

    page.reload()
    player(page)
    assert page.get_by_label("Текст *").input_value() == SAID
    expect(page.get_by_role("region", name="Последние задания")).to_contain_text("готово")


def test_a_picture_stands_in_the_picture(serg: Visitor, clips: Clips, tmp_path: Path) -> None:
    page = serg.page
    base = clips.make("lime", size="640x360", sec=1.4)
    over = clips.make("red", size="320x180", sec=1.4)
    send(page, base, over)
    choose(page, "Наложить картинку или видео")
    pick(page, "Видео", base)
    pick(page, "Что наложить", over)
    expect(page.locator("#f-config-chroma_key-color")).to_be_hidden()
    page.locator(".toggle", has_text="Хромакей").click()
    expect(page.locator("#f-config-chroma_key-color")).to_be_visible()
    page.locator(".toggle", has_text="Хромакей").click()
    page.get_by_label("Масштаб").fill("0.25")
    page.get_by_label("Место", exact=True).select_option("внизу справа")
    page.get_by_label("Непрозрачность").first.fill("1")
    expect(plan(page)).to_contain_text("его звук не используется")
    start(page)
    player(page)
    frame = pictures(downloaded(page, tmp_path / "made.mp4"))[12]
    assert color_of(frame[350, 630]) == "red"
    assert color_of(frame[10, 10]) == "lime"
    assert color_of(frame[260, 470]) == "lime"


def test_sound_is_laid_over_a_video_whose_picture_is_copied(
    serg: Visitor, clips: Clips, tmp_path: Path
) -> None:
    page, clip = serg.page, clips.make("yellow", sec=1.6, beep_at=None)
    song = tmp_path / "песня.wav"
    ffmpeg("-f", "lavfi", "-i", beeping(0.2, 1.0), song)
    send(page, clip, song)
    expect(page.locator(".file", has_text="песня.wav").locator("audio")).to_be_visible()
    choose(page, "Добавить звук")
    pick(page, "Видео", clip)
    pick(page, "Звук", song)
    page.get_by_label("Режим").select_option("вместо звука видео")
    expect(page.get_by_label("Приглушение")).to_be_hidden()
    page.get_by_label("Громкость", exact=True).last.fill("0.5")
    foreseen = plan(page)
    expect(foreseen).to_contain_text(re.compile(r"Изображение\s*берётся как есть"))
    start(page)
    player(page)
    facts = probe(downloaded(page, tmp_path / "made.mp4"), ClipLimits())
    assert facts.audio is not None
    assert facts.duration_sec == pytest.approx(1.6, abs=0.05)
    page.get_by_text("Журнал").click()
    expect(page.locator("#log")).to_contain_text("успешно")


def test_what_is_wrong_stands_beside_its_field(serg: Visitor, clips: Clips) -> None:
    page, clip = serg.page, clips.make("red", sec=1.8)
    serg.expects.add("422")
    send(page, clip)
    choose(page, "Обрезать")
    pick(page, "Видео", clip)
    page.get_by_label("От, с").fill("9")
    page.get_by_role("button", name="Запустить").click()
    field = page.get_by_label("От, с")
    expect(page.locator("#f-config-start_sec-problem")).not_to_be_empty()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    serg.check("studio-refused")
    field.fill("1")
    expect(page.locator("#f-config-start_sec-problem")).to_be_empty()
    page.get_by_label("До, с").fill("0.5")
    page.get_by_role("button", name="План", exact=True).click()
    expect(page.locator("#f-config-end_sec-problem")).not_to_be_empty()
    page.get_by_label("До, с").fill("")
    pick(page, "Видео", clip)
    expect(plan(page)).to_contain_text("0,8 с")


def test_texts_are_added_moved_and_removed_by_their_buttons(serg: Visitor, clips: Clips) -> None:
    page = serg.page
    send(page, clips.make("black", sec=0.4))
    choose(page, "Добавить текст")
    page.get_by_label("Текст *").fill("первый")
    page.get_by_role("button", name="Добавить", exact=True).click()
    expect(page.get_by_label("Текст *")).to_have_count(2)
    expect(page.get_by_label("Текст *").nth(1)).to_be_focused()
    page.keyboard.type("второй")
    page.get_by_role("button", name="Тексты 2: выше").click()
    expect(page.get_by_label("Текст *").first).to_have_value("второй")
    expect(page.get_by_role("button", name="Тексты 1: ниже")).to_be_focused()
    page.get_by_role("button", name="Убрать: Тексты 1").click()
    expect(page.get_by_label("Текст *")).to_have_count(1)
    expect(page.get_by_label("Текст *")).to_have_value("первый")
    expect(page.get_by_role("button", name="Добавить", exact=True)).to_be_focused()


def test_a_text_is_put_where_it_is_dragged_on_a_still(
    serg: Visitor, clips: Clips, tmp_path: Path
) -> None:
    page, clip = serg.page, clips.make("blue", size="640x360", sec=0.8)
    send(page, clip)
    choose(page, "Добавить текст")
    pick(page, "Видео", clip)
    page.get_by_label("Текст *").fill("ТУТ")
    page.get_by_text("Показать место на кадре").click()
    box, still = page.locator(".ghost"), page.locator(".still")
    expect(box).to_have_text("ТУТ")
    box.scroll_into_view_if_needed()
    here, frame = box.bounding_box(), still.bounding_box()
    assert here is not None
    assert frame is not None
    page.mouse.move(here["x"] + 4, here["y"] + 4)
    page.mouse.down()
    page.mouse.move(frame["x"] + 4 + frame["width"] / 4, frame["y"] + 4 + frame["height"] / 4)
    page.mouse.up()
    page.get_by_text("Ещё настройки").click()
    assert float(page.get_by_label("От левого края, пкс").input_value()) == pytest.approx(
        160, abs=2
    )
    assert float(page.get_by_label("От верхнего края, пкс").input_value()) == pytest.approx(
        90, abs=2
    )
    box.focus()
    page.keyboard.press("ArrowRight")
    assert float(page.get_by_label("От левого края, пкс").input_value()) == pytest.approx(
        173, abs=2
    )
    serg.check("studio-place")
    start(page)
    player(page)
    picture = pictures(downloaded(page, tmp_path / "made.mp4"))[5]
    assert picture[90:112, 170:240].max(axis=(0, 1)).min() > 200, "white letters stand there"
    assert color_of(picture[200, 320]) == "blue"


def test_several_operations_make_one_video(serg: Visitor, clips: Clips, tmp_path: Path) -> None:
    page, clip = serg.page, clips.make("white", size="640x360", sec=2)
    send(page, clip)
    choose(page, "Несколько сразу")
    pick(page, "Видео", clip)
    page.get_by_label("До, с").fill("1")
    page.get_by_role("button", name="Добавить действие").click()
    expect(page.get_by_label("Действие 2")).to_have_value("text_overlay")
    page.get_by_label("Текст *").fill("Конец")
    expect(plan(page)).to_contain_text("1 с")
    start(page)
    player(page)
    facts = probe(downloaded(page, tmp_path / "made.mp4"), ClipLimits())
    assert facts.duration_sec == pytest.approx(1, abs=0.05)
    page.get_by_role("button", name="Взять как исходный файл").click()
    expect(page.get_by_text("Теперь это один из ваших файлов.")).to_be_visible()
    expect(page.locator(".file").first).to_contain_text("Несколько сразу")


def test_a_task_is_cancelled_and_tried_again(serg: Visitor, clips: Clips) -> None:
    page, clip = serg.page, clips.make("testsrc2", size="1920x1080", sec=6)
    send(page, clip)
    choose(page, "Добавить текст")
    pick(page, "Видео", clip)
    page.get_by_label("Текст *").fill("Долго")
    page.get_by_label("Качество").select_option("ultra")
    start(page)
    expect(page.get_by_role("progressbar", name="Добавить текст")).to_be_visible()
    page.locator("#task").get_by_role("button", name="Отменить").click()
    expect(page.get_by_text("Задание отменено.")).to_be_visible()
    page.locator("#task").get_by_role("button", name="Ещё раз").click()
    expect(page.get_by_role("progressbar", name="Добавить текст")).to_be_visible()
    expect(page.locator("[data-stage=rendering]")).to_have_attribute(
        "aria-current", "step", timeout=30_000
    )
    page.locator("#task").get_by_role("button", name="Отменить").click()
    expect(page.get_by_text("Задание отменено.")).to_be_visible()


def test_files_are_found_used_lent_and_deleted(serg: Visitor, clips: Clips, tmp_path: Path) -> None:
    page = serg.page
    clip, words = clips.make("red", sec=2.2), tmp_path / "слова.srt"
    words.write_text(
        "1\n00:00:00,000 --> 00:00:01,000\nРаз\n\n2\n00:00:01,000 --> 00:00:02,000\nДва\n"
    )
    nonsense = tmp_path / "game.exe"
    nonsense.write_bytes(b"MZ" * 4000)
    send(page, clip, words)
    serg.expects.add("415")
    page.get_by_label("Перетащите файлы сюда").set_input_files(nonsense)
    expect(page.locator("#sending .problem")).to_be_visible()
    page.get_by_role("button", name="Не отправлять «game.exe»").click()
    page.get_by_role("link", name="Субтитры", exact=True).click()
    expect(page.locator(".file")).to_have_count(1)
    expect(page.locator(".file")).to_contain_text("2 реплики")
    choose(page, "Добавить субтитры")
    page.get_by_role("link", name="Взять «слова.srt» в задание").click()
    expect(page.get_by_label("Субтитры", exact=True).first).not_to_have_value("")
    page.get_by_role("link", name="Все", exact=True).click()
    page.get_by_label("Поиск по имени").fill("СЛОВА")
    page.keyboard.press("Enter")
    expect(page.locator(".file")).to_have_count(1)
    serg.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Ссылка на «слова.srt» на 24 ч").click()
    link = page.get_by_label("Ссылка на файл").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == link
    assert "Раз" in page.request.get(link).text()
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Удалить «слова.srt»").click()
    expect(page.locator(".file")).to_have_count(0)
    expect(page.get_by_label("Субтитры", exact=True).first).to_have_value("")
    page.get_by_role("link", name="Все", exact=True).click()
    expect(page.get_by_label("Поиск по имени")).to_have_value("СЛОВА")
    page.get_by_label("Перетащите файлы сюда").set_input_files(clip)
    expect(page.locator(".toast")).to_contain_text([f"«{clip.name}» — среди ваших файлов."])


def test_it_is_made_for_phones_too(visit: Visit, house: Server, clips: Clips) -> None:
    visitor = visit(house, "igor", viewport=PHONE)
    page = visitor.page
    page.goto("/studio")
    send(page, clips.make("testsrc2", size="360x640", sec=1))
    choose(page, "Взять кадр")
    visitor.check("studio-phone")
    start(page)
    picture = page.get_by_alt_text("Готовая картинка")
    expect(picture).to_be_visible(timeout=MADE_WITHIN_MS)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 360
    visitor.check("studio-phone-done")
    choose(page, "Заглянуть внутрь")
    start(page)
    expect(page.get_by_role("cell", name="h264")).to_be_visible(timeout=MADE_WITHIN_MS)
    visitor.check("studio-phone-probed")


def test_the_first_visit_is_light_and_nothing_jumps(visit: Visit, house: Server) -> None:
    check_first_visit(visit(house, "igor"), "/studio?type=combined")


def test_a_card_that_comes_late_never_replaces_a_later_one(
    serg: Visitor, house: Server, clips: Clips
) -> None:
    page, held = serg.page, []
    send(page, clips.make("blue", size="640x360", sec=1.3))
    choose(page, "Добавить текст")
    page.get_by_label("Текст *").fill("once")

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/studio/tasks/*", hold_the_first)
    with house.session("serg") as client:
        before = at_work(client, clips.make("testsrc2", size="1920x1080", sec=20.0))
        start(page)
        card = page.locator("#task")
        expect(card).to_have_attribute("data-state", "queued")
        client.delete(f"/api/v1/tasks/{before}").raise_for_status()
    expect(card).to_have_attribute("data-state", "succeeded", timeout=MADE_WITHIN_MS)
    ((route, running),) = held
    assert 'data-state="running"' in running.text()
    with page.expect_request_finished():
        route.fulfill(response=running)
    page.evaluate("fetch(document.URL).then(answer => answer.text())")  # it has been read by now
    assert card.get_attribute("data-state") == "succeeded"


def at_work(client: Client, clip: Path) -> str:
    """A task that takes a while and has begun: others wait for it."""
    with clip.open("rb") as file:
        uploaded = client.post("/api/v1/files", files={"file": file}).json()
    texts = {"texts": [{"content": "first"}]}
    order = {"type": "text_overlay", "input_files": [uploaded["id"]], "config": texts}
    task = str(client.post("/api/v1/tasks", json=order).json()["id"])
    path = f"/api/v1/tasks/{task}"
    wait_until(lambda: client.get(path).json()["status"] == "processing", 30, "it begins")
    return task

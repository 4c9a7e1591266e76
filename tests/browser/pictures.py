"""`python -m tests.browser.pictures FOLDER`: every page as it looks on an ordinary evening, at both
widths, as small PNG files."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from photoai.config import ROOT
from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support.browser import PHONE, WIDE, chromium_or_skip
from tests.support.clips import ffmpeg
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

from .reel import ANSWER, film_reel

SAMPLE = ROOT / "docs" / "sample"
COLOURS = 256
SLOTS = {
    "slot-001": ("Яркие краски", "vivid"),
    "slot-002": ("Сепия", "sepia"),
    "slot-003": ("Чёрно-белое кино", "black and white"),
}
# Not polled: the pages' policy lets nobody evaluate text.
ALL_LOADED = """Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().catch(() => {});
}))"""
# The guest, seen by a camera that comes nearer.
NEARER = (
    "scale=1600:-2,zoompan=z='1+0.25*sin(on/48)^2':x='(iw-iw/zoom)/2+40*sin(on/20)'"
    ":y='(ih-ih/zoom)*0.35':d=1:s=960x540:fps=25,format=yuv420p"
)
OPEN_PAGES = {"home": "/", "login": "/login", "register": "/register"}
PAGES = {
    "slots": "/slots", "slot": "/slots/slot-001", "stats": "/stats", "settings": "/settings",
    "live": "/live", "gallery": "/gallery", "ready": "/ready",
    "merge": "/merge", "studio": "/studio", "ascii": "/ascii", "reels": "/reels",
    "keys": "/keys",
}  # fmt: skip


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_or_skip(), args=["--no-sandbox"]
        )
        with GeminiEmulator() as google, Server(Path(home), env=_known(google)) as server:
            tasks = _evening(server) | {
                "ascii-done": _drawn(server, Path(home)),
                "reels-done": _analysed(server, google, Path(home)),
            }
            for size in (WIDE, PHONE):
                _pictures(browser, server, folder, size, tasks)
        browser.close()


def _known(google: GeminiEmulator) -> dict[str, str]:
    return {
        "RATE_LIMIT_ENABLED": "false", "GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url,
    }  # fmt: skip


def _evening(server: Server) -> dict[str, str]:
    """Photos at three slots, a merge and a task of the Studio; the pages of these two."""
    guest = (SAMPLE / "guest.jpg").read_bytes()
    with server.session("serg") as serg:
        for slot_id, (name, prompt) in SLOTS.items():
            change = {"name": name, "provider_id": "local", "operation_id": "change_image",
                      "settings_json": {"prompt": prompt}}  # fmt: skip
            serg.put(f"/api/slots/{slot_id}", json=change).raise_for_status()
            for _ in range(3):
                assert server.booth.send(guest, slot=slot_id).status == 200
        clips = [_sent(serg, "clip-1.mp4"), _sent(serg, "clip-2.mp4")]
        return {
            "merge-done": f"/merge?task={_merged(serg, clips)}",
            "studio-done": f"/studio?task={_titled(serg, clips[1])}",
        }


def _sent(serg: Client, name: str) -> str:
    with (SAMPLE / name).open("rb") as file:
        return str(serg.post("/api/v1/files", files={"file": (name, file)}).json()["id"])


def _titled(serg: Client, clip: str) -> str:
    """A text and a picture on a clip."""
    operations = [
        {"type": "video_overlay", "input_files": [clip, _sent(serg, "guest.jpg")],
         "config": {"scale": 0.35, "anchor": "top-right"}},
        {"type": "text_overlay", "config": {"texts": [
            {"content": "Спасибо,\nчто были с нами!", "anchor": "bottom", "size": 30}]}},
    ]  # fmt: skip
    order = {"type": "combined", "config": {"operations": operations}}
    task = str(serg.post("/api/v1/tasks", json=order).json()["id"])
    wait_until(
        lambda: serg.get(f"/api/v1/tasks/{task}").json()["status"] == "completed",
        60, "the task is finished",
    )  # fmt: skip
    return task


def _merged(serg: Client, clips: list[str]) -> str:
    order = {"video_urls": clips, "aspect_ratio": "16:9", "transition": "crossfade"}
    started = serg.post("/server2/videoapi/merge", json=order).json()
    task = str(started["task_id"])
    wait_until(
        lambda: serg.get(f"/server2/videoapi/task/{task}").json()["status"] == "completed",
        60, "the merge is finished",
    )  # fmt: skip
    return task


def _drawn(server: Server, folder: Path) -> str:
    """A video made of letters; its page."""
    clip = folder / "guest.mp4"
    ffmpeg("-loop", "1", "-i", SAMPLE / "guest.jpg", "-t", "4", "-vf", NEARER, clip)
    with server.session("serg") as serg:
        with clip.open("rb") as file:
            sent = serg.post("/api/v1/files", files={"file": (clip.name, file)}).json()["id"]
        order = {
            "file_id": sent, "style": "blocks", "color": "true", "save_png": "no",
            "save_txt": "yes",
        }  # fmt: skip
        form = {name: (None, value) for name, value in order.items()}
        task = str(serg.post("/api/v1/convert/video", files=form).json()["job_id"])
        wait_until(
            lambda: serg.get(f"/api/v1/status/{task}").json()["status"] == "completed",
            60, "the video is drawn",
        )  # fmt: skip
    return f"/ascii?task={task}"


def _analysed(server: Server, google: GeminiEmulator, folder: Path) -> str:
    """A reel with everything that can be found out about it; its page."""
    reel = folder / "Свет за три минуты.mp4"
    film_reel(reel)
    google.let_videos("told", answer=ANSWER)
    with server.session("serg") as serg, reel.open("rb") as file:
        form = {"video": (reel.name, file), "variants": (None, "2")}
        task = str(serg.post("/api/upload", files=form).json()["task_id"])
        wait_until(
            lambda: serg.get(f"/api/status/{task}").json()["state"] == "SUCCESS",
            60, "the video is analysed",
        )  # fmt: skip
    return f"/reels?task={task}"


def _pictures(
    browser: Browser, server: Server, folder: Path, size: dict[str, int], tasks: dict[str, str]
) -> None:
    context = browser.new_context(base_url=server.url, viewport=size, reduced_motion="reduce")
    page = context.new_page()
    for name, path in OPEN_PAGES.items():
        _picture(page, path, folder / f"{name}-{size['width']}.png")
    context.request.post(
        "/api/login", data={"username": "serg", "password": server.password("serg")}
    )
    for name, path in {**PAGES, **tasks}.items():
        _picture(page, path, folder / f"{name}-{size['width']}.png")
    context.close()


def _picture(page: Page, path: str, file: Path) -> None:
    page.goto(path)
    page.evaluate(ALL_LOADED)
    if path == "/ascii":
        page.get_by_role("radio", name="Как в видео").check()
        page.get_by_label("Ширина, знаков").last.fill("150")
        page.get_by_label("Яркость").last.fill("1.3")
        expect(page.locator("#seen")).to_contain_text("150×", timeout=40_000)
    if path.startswith("/ascii"):
        expect(page.locator("#veil")).to_be_hidden(timeout=40_000)
        expect(page.locator("#time")).to_contain_text("/ 0:", timeout=40_000)
        # Somewhere in its middle.
        page.get_by_label("Момент видео").fill("1.6")
        expect(page.locator("#time")).to_contain_text("0:01 /")
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    if path.startswith("/reels?"):
        page.locator(".line").nth(2).click()
        expect(page.locator(".line[aria-current]")).to_have_count(1)
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    whole = page.screenshot(full_page=True)
    with Image.open(io.BytesIO(whole)) as image:
        small = image.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.FLOYDSTEINBERG)
        small.save(file, "PNG", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

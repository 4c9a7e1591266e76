"""The Studio as it is without JavaScript: files, and what tasks have made."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from photoai.blueprints.bodies import BODY_MAX_BYTES
from photoai.models import FileKind
from photoai.schemas.edits import TYPES
from photoai.services import Services
from tests.support.reader import Reader, words

from .studio import (
    FOUND,
    VIDEO_MADE,
    File,
    done,
)

pytestmark = pytest.mark.slow
# The same in every language.
NAMES = {
    "photoai",
    "serg",
    "enterprise",
    "API",
    "English",
    "ASCII",
    "Reels",
    "LUFS",
    "EBU",
    "ISO",
    "eng",
    "rus",
    "und",
}


def test_files_are_listed_with_what_tells_them_apart(
    serg: Reader, reader: Callable[[str], Reader], file: File, files: dict[FileKind, str]
) -> None:
    theirs = file(owner=reader("igor"))
    page = words(serg.page("/studio"))
    assert "1920×1080 · 10 s" in page
    assert "2 cues" in page
    assert "640×480" in page
    assert "5 s · MP3" in page
    assert theirs not in serg.page("/studio")
    sounds = serg.page("/studio/files?kind=audio")
    assert sounds.count('class="file"') == 1
    assert files[FileKind.AUDIO] in sounds
    assert "No file is like that." in serg.page("/studio/files?search=zzz")
    assert serg.page("/studio?kind=%3Cscript%3E&page=-1").count("<script>") == 0


def test_many_files_stand_on_several_pages(serg: Reader, file: File) -> None:
    for _ in range(9):
        file()
    first, second = serg.page("/studio/files"), serg.page("/studio/files?page=2")
    assert (first.count('class="file"'), second.count('class="file"')) == (8, 1)
    assert "page=2" in first


def test_large_files_and_several_at_once_are_sent_by_a_form_too(serg: Reader) -> None:
    pictures = [(noise(seed), f"{seed}.png") for seed in (1, 2)]
    assert all(len(picture) > BODY_MAX_BYTES for picture, _ in pictures)
    answer = serg.send_files("/studio/files", "file", *pictures)
    assert answer.status_code == 303, words(answer.text)
    page = serg.page("/studio/files")
    assert "1.png" in page
    assert "2.png" in page


@pytest.mark.parametrize("path", ["/studio/files", "/ascii", "/reels"])
def test_every_form_for_videos_takes_large_ones_from_members_alone(
    app: Flask, serg: Reader, path: str
) -> None:
    name = "video" if path == "/reels" else "file"
    assert serg.send_files(path, name, (noise(3), "a.png")).status_code != 413
    kind = "multipart/form-data; boundary=x"
    stranger = app.test_client().post(path, data=noise(3), content_type=kind)
    assert stranger.status_code == 401


def noise(seed: int) -> bytes:
    """A picture of more than a megabyte."""
    picture = io.BytesIO()
    pixels = random.Random(seed).randbytes(700 * 700 * 3)
    Image.frombytes("RGB", (700, 700), pixels).save(picture, "PNG")
    return picture.getvalue()


def test_a_file_is_sent_looked_at_lent_and_deleted_by_forms(
    serg: Reader, services: Services
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (1200, 800), "lime").save(picture, "PNG")
    picture.seek(0)
    answer = serg.send("/studio/files", file=(picture, "лето.png"))
    assert answer.status_code == 303, words(answer.text)
    number = str(answer.location).rpartition("=")[2]
    assert "лето.png" in serg.page("/studio")
    look = serg.get(f"/studio/files/{number}/look")
    with Image.open(io.BytesIO(look.data)) as small:
        assert (small.format, small.size) == ("JPEG", (360, 240))
    assert "immutable" in look.headers["Cache-Control"]
    lent = serg.send(f"/studio/files/{number}/link").text
    link = re.search(r'value="(http[^"]*token=[^"]*)"', lent)
    assert link is not None
    assert link[1].startswith(f"http://localhost/api/v1/files/{number}/content?token=")
    assert serg.send(f"/studio/files/{number}/delete").location == "/studio"
    assert "лето.png" not in serg.page("/studio")
    assert serg.get(f"/studio/files/{number}/look").status_code == 404


def test_a_file_that_is_refused_is_said_to_be(serg: Reader) -> None:
    answer = serg.send("/studio/files", file=(io.BytesIO(b"\x7fELF" * 2000), "a.mp4"))
    assert answer.status_code == 415
    assert 'role="alert"' in answer.text
    assert serg.send("/studio/files").status_code == 422, "no file at all"


def test_nobody_sees_anothers_files_and_tasks(
    serg: Reader, reader: Callable[[str], Reader], services: Services, file: File
) -> None:
    video = file()
    task = done(services, serg, "trim", VIDEO_MADE, video)
    igor = reader("igor")
    assert igor.get(f"/studio?task={task}").status_code == 404
    assert igor.get(f"/studio/files/{video}/look").status_code == 404
    for path in (f"tasks/{task}/keep", f"tasks/{task}/retry", f"files/{video}/link"):
        assert igor.send(f"/studio/{path}").status_code == 404
    assert f'value="{video}"' not in igor.page(f"/studio?file={video}")


def test_a_finished_video_is_shown_with_the_one_before_and_is_kept_as_a_file(
    serg: Reader, services: Services, file: File, app: Any
) -> None:
    video = file()
    task = done(services, serg, "trim", VIDEO_MADE, video)
    page = serg.page(f"/studio?task={task}")
    source = re.search(r'<video [^>]*poster="([^"]*)"[^>]*src="([^"]*)"', page)
    assert source is not None
    for link in source.groups():
        assert app.test_client().get(link.replace("&amp;", "&"), buffered=True).data == b"12345"
    assert f'data-before="/api/v1/files/{video}/content"' in page
    assert 'data-from="2.0"' in page
    assert "1 min 1 s" in page
    refused = serg.send(f"/studio/tasks/{task}/keep")
    assert refused.status_code == 415, "five bytes are no video"
    services.store.delete("results/trim.1.bin")
    assert serg.send(f"/studio/tasks/{task}/keep").status_code == 410


def test_a_result_is_kept_as_a_file_to_begin_with(
    serg: Reader, services: Services, file: File
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(picture, "PNG")
    made = {"mime": "image/png", "mode": "look", "width": 60, "height": 40, "duration_sec": 0.0}
    task = done(services, serg, "thumbnail", made, file(), picture.getvalue())
    kept = serg.send(f"/studio/tasks/{task}/keep")
    assert str(kept.location).startswith("/studio?type=thumbnail&file=")
    assert "60×40" in serg.page("/studio/files?kind=image")


def test_what_a_look_found_is_a_table(serg: Reader, services: Services, file: File) -> None:
    looked = {"mime": "application/json", "mode": "look", "duration_sec": 0.0}
    found = b'{"container": "mp4", "video": {"codec": "<h264>"}}'
    task = done(services, serg, "probe", looked, file(), found)
    page = serg.page(f"/studio?task={task}")
    assert "container mp4 video.codec &lt;h264&gt;" in words(page)


def test_the_log_has_the_programs_words(serg: Reader, services: Services, file: File) -> None:
    task = done(services, serg, "trim", VIDEO_MADE, file())
    from photoai.services.edits import OperationLogs

    told = {"operation": "render", "duration_sec": 1.2, "success": False, "words": "<b>no room"}
    OperationLogs(services.database, 1).note(services.jobs.behind_link(task), told)
    page = serg.page(f"/studio/tasks/{task}/log")
    assert "&lt;b&gt;no room" in page
    assert "render" in page


def test_members_begin_where_they_did_and_find_the_studio(reader: Callable[[str], Reader]) -> None:
    assert 'href="/studio"' in reader("maria").page("/merge")
    assert "What shall be made?" in reader("maria").page("/studio")


def test_everything_on_the_page_is_in_russian(serg: Reader, files: dict[FileKind, str]) -> None:
    serg.language("ru")
    for kind in TYPES:
        page = serg.page(f"/studio?type={kind}")
        shown = words(re.sub(r"<option[^>]*>[^<]*</option>|(?s:<head>.*</head>)", "", page))
        left = {each for each in re.findall(r"[A-Za-z]{3,}", shown) if each not in FOUND}
        assert left <= NAMES, kind

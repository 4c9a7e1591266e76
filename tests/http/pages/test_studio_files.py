"""Files in the Studio as it is without JavaScript."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from PIL import Image

from photoai.models import FileKind
from photoai.services import Services
from tests.support.reader import Reader, words

from .conftest import File


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
        assert (small.format, small.size) == ("JPEG", (480, 320))
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

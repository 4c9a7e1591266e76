"""What people send by mistake or on purpose, each with its own refusal; nothing of it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import photos, sent
from tests.support.clips import Clips
from tests.support.conversion_client import STATUS, V1, VIDEO, Converter
from tests.support.server import Server

pytestmark = pytest.mark.slow
LONG = "".join(map(chr, range(0x4E00, 0x4E00 + 10_000)))
NOBODYS = "5f0c7a52-2f0e-4f57-9d3c-6a1f8e4b7c10"


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def left(server: Server) -> set[str]:
    media = server.folder / "media"
    return {
        path.name
        for name in ("files", "ascii", "unpublished")
        for path in (media / name).rglob("*")
    }


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"width": 9}, "invalid", "width"),
        ({"width": 241}, "invalid", "width"),
        ({"fps": 0}, "invalid", "fps"),
        ({"fps": 1000}, "invalid", "fps"),
        ({"crf": 60}, "invalid", "crf"),
        ({"text_color": "green"}, "invalid", "text_color"),
        ({"bg_color": "#12"}, "invalid", "bg_color"),
        ({"brightness": "NaN"}, "invalid", "brightness"),
        ({"gamma": "inf"}, "invalid", "gamma"),
        ({"save_txt": "perhaps"}, "invalid", "save_txt"),
        ({"style": "matrix"}, "invalid", "style"),
        ({"color": "true", "random_colors": "yes"}, "invalid", "random_colors"),
        ({"save_mp4": "no", "save_png": "no"}, "invalid", "save_mp4"),
        ({"charset": "x"}, "charset_invalid", "reason"),
        ({"charset": LONG}, "charset_invalid", "reason"),
        ({"charset": "漢字"}, "charset_invalid", "reason"),
        ({"charset": "ae\u0301"}, "charset_invalid", "reason"),
        ({"charset": "x" * 70_000}, "invalid", "charset"),
        ({"file_id": NOBODYS}, "file_named_twice", None),
        ({"metadata": "{"}, "malformed", "metadata"),
        ({"webhook_url": "http://127.0.0.1/hook"}, "webhook_refused", None),
    ],
)  # fmt: skip
def test_fields_that_do_not_fit(
    converter: Converter,
    converting_server: Server,
    short: Path,
    fields: dict[str, Any],
    code: str,
    named: str | None,
) -> None:
    before = left(converting_server)
    answer = converter.convert(short, **fields)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["error"]["code"] == code
    if named:
        assert named in answer.json()["error"]["details"]
    assert left(converting_server) == before
    assert converter.get(f"{V1}/files/usage").json()["files"] == 0


def gif(frames: int = 5) -> bytes:
    from io import BytesIO

    from PIL import Image

    pictures = [Image.new("RGB", (96, 64), (40 * each, 90, 200)) for each in range(frames)]
    into = BytesIO()
    pictures[0].save(into, "GIF", save_all=True, append_images=pictures[1:], duration=100)
    return into.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "refusal"),
    [
        ("empty.mp4", b"", (422, "file_empty")),
        ("junk.mp4", b"not a video at all" * 500, (415, "file_type_not_taken")),
        ("photo.mp4", photos.jpeg(), (422, "edit_file_unfit")),
        ("subtitles.srt", sent.SRT.encode(), (422, "edit_file_unfit")),
        ("song.mp4", sent.wav(), (422, "clip_without_video")),
        ("sound.mp4", sent.sound("mp4", "aac"), (422, "clip_without_video")),
        ("cut.mp4", sent.film()[:400], (422, "clip_unreadable")),
        ("list.m3u8", b"#EXTM3U\nfile:///etc/passwd\n", (415, "file_type_not_taken")),
    ],
)
def test_files_that_are_none(
    converter: Converter,
    converting_server: Server,
    name: str,
    data: bytes,
    refusal: tuple[int, str],
) -> None:
    before = left(converting_server)
    assert code_of(converter.convert((name, data), width=20)) == refusal
    assert left(converting_server) == before
    assert converter.get("/api/tasks").json()["meta"]["total"] == 0


def test_what_it_is_called_decides_nothing(converter: Converter) -> None:
    for name in ("../../../etc/passwd", "film.txt", "фильм.exe", "", "a\0b.mp4", "x" * 400):
        found = converter.convert((name or "blob", sent.film()), {"Prefer": "wait=40"}, width=20)
        assert found.status_code == 200, (name, found.text)
        assert found.json()["status"] == "completed", found.json()


def test_a_gif_is_a_video_and_a_still_one_is_one_frame(converter: Converter) -> None:
    for frames in (5, 1):
        found = converter.convert(("a.gif", gif(frames)), {"Prefer": "wait=40"}, width=20, fps=10)
        assert found.status_code == 200, found.text
        assert found.json()["status"] == "completed", found.json()
        assert found.json()["result"]["frames_count"] >= 1


def test_one_file_or_one_id_and_one_alone(
    converter: Converter, other: Converter, clips: Clips, short: Path
) -> None:
    assert code_of(converter.convert()) == (422, "file_missing")
    two = [("file", short.open("rb")), ("file", short.open("rb"))]
    assert code_of(converter.post(VIDEO, files=two)) == (422, "too_many_files")
    for _, file in two:
        file.close()
    assert code_of(converter.convert(file_id=NOBODYS)) == (404, "file_unknown")
    theirs = other.upload(short)
    assert code_of(converter.convert(file_id=theirs)) == (404, "file_unknown")
    song = converter.upload(Path(_written(clips.folder / "song.wav", sent.wav())))
    assert code_of(converter.convert(file_id=song)) == (422, "clip_without_video")


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_bodies_that_are_no_form(converter: Converter) -> None:
    assert code_of(converter.post(VIDEO, json={"width": 10})) == (415, "not_multipart")
    assert code_of(converter.post(VIDEO)) == (415, "not_multipart")
    form = "multipart/form-data; boundary=x"
    for body, refusal in (
        (b"--x\r\nContent-Disposition: form-data; name=width\r\n\r\n10", "upload_incomplete"),
        (b"nonsense", "upload_malformed"),
    ):
        answer = converter.post(VIDEO, data=body, headers={"Content-Type": form})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] in {refusal, "upload_incomplete"}


def test_somebody_elses_conversion_is_not_there(
    converter: Converter, other: Converter, short: Path
) -> None:
    job_id = converter.converted(short, width=20, fps=5)["job_id"]
    for method, path in (
        ("GET", f"{STATUS}/{job_id}"), ("GET", f"{STATUS}/{job_id}/events"),
        ("DELETE", f"{STATUS}/{job_id}"), ("GET", f"{V1}/download/{job_id}/video"),
    ):  # fmt: skip
        assert code_of(other.request(method, path)) == (404, "conversion_unknown")
    for job in ("000000000000", "..", "x" * 300, "%00", "abc'--"):
        assert other.get(f"{STATUS}/{job}").status_code == 404
    task = other.accepted("trim", other.upload(short), end_sec=0.4)["id"]
    assert code_of(other.get(f"{STATUS}/{task}")) == (404, "conversion_unknown")


def test_who_has_no_account_is_told_so(converting_server: Server, short: Path) -> None:
    nobody = Converter.nobody(converting_server)
    assert code_of(nobody.convert(short)) == (401, "unauthorized")
    assert code_of(nobody.get(f"{STATUS}/000000000000")) == (401, "unauthorized")


def test_the_plan_has_an_end(converter: Converter, clips: Clips, short: Path) -> None:
    file_id = converter.upload(clips.make("testsrc2", sec=20.0, size="640x360"))
    for _ in range(5):
        converter.accepted_conversion(file_id=file_id)
    answer = converter.convert(short)
    assert code_of(answer) == (429, "plan_used_up")
    assert answer.json()["error"]["details"]["limit"] == "tasks_at_once"
    assert int(answer.headers["Retry-After"]) > 0
    assert converter.get(f"{V1}/files/usage").json()["files"] == 1, "what came is not kept"
    for each in converter.get("/api/tasks").json()["data"]:
        converter.delete(f"{STATUS}/{each['id']}")

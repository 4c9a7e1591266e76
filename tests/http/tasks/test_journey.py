"""A task's life over the wire: awaited, followed, told, cancelled, tried again, explained."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.clips import Clips, colors
from tests.support.editing import FILES, TASKS, Editor
from tests.support.family import encoders
from tests.support.listener import Listener
from tests.support.receiver import Receiver
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
HEAVY = {"sec": 20.0, "size": "640x360"}


@pytest.fixture
def lime(editor: Editor, clips: Clips) -> str:
    return editor.upload(clips.make("lime", sec=1.0))


@pytest.fixture
def blue(editor: Editor, clips: Clips) -> str:
    return editor.upload(clips.make("blue", sec=1.0))


@pytest.fixture
def long(editor: Editor, clips: Clips) -> str:
    """One that takes the encoder a while."""
    return editor.upload(clips.make("testsrc2", **HEAVY))


def stored(server: Server) -> set[str]:
    folders = ("results", "posters")
    return {path.name for name in folders for path in (server.folder / "media" / name).glob("*")}


def test_a_task_is_waited_for_when_asked_to(editor: Editor, lime: str, tmp_path: Path) -> None:
    answer = editor.order("trim", lime, end_sec=0.4, headers={"Prefer": "wait=40"})
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=40"
    task = answer.json()
    assert (task["status"], task["progress"]) == ("completed", 100)
    assert colors(editor.download(task, tmp_path)) == ["lime"]
    (output,) = task["output_files"]
    poster = editor.get(output["poster_url"])
    assert (poster.status_code, poster.content[:2]) == (200, b"\xff\xd8")
    part = editor.get(f"{TASKS}/{task['id']}/result", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    also = editor.get(f"/api/tasks/{task['id']}/result")
    assert 'filename="video.mp4"' in also.headers["Content-Disposition"]


def test_pictures_and_facts_are_had_as_results_of_any_job(editor: Editor, lime: str) -> None:
    for kind, mime, name in (
        ("thumbnail", "image/jpeg", "photo.jpg"), ("probe", "application/json", "result.json"),
    ):  # fmt: skip
        answer = editor.get(f"/api/tasks/{editor.done(kind, lime)['id']}/result")
        assert answer.headers["Content-Type"] == mime
        assert f'filename="{name}"' in answer.headers["Content-Disposition"]


def test_a_task_streams_its_stages_and_ends(
    editor: Editor, editing_server: Server, clips: Clips
) -> None:
    clip = editor.upload(clips.make("yellow", sec=3.0))
    text = {"content": "Hello", "fade_sec": 0.2}
    task = editor.accepted("text_overlay", clip, texts=[text], quality="high")
    with Listener(editing_server, editor, f"{TASKS}/{task['id']}/events") as listener:
        end = listener.wait_for(lambda event: event.kind == "end", sec=60)
    assert (end.data["state"], end.data["type"]) == ("succeeded", "text_overlay")
    stages = {event.data["stage"] for event in listener.events}
    assert "rendering" in stages


def test_its_log_holds_what_ffmpeg_said_without_paths(
    editor: Editor, editing_server: Server, lime: str
) -> None:
    task = editor.done("text_overlay", lime, texts=[{"content": "Hello"}], quality="low")
    told = editor.get(f"{TASKS}/{task['id']}/log").json()
    assert [(each["attempt"], each["outcome"]) for each in told["attempts"]] == [(1, "succeeded")]
    render = next(step for step in told["data"] if step["operation_type"] == "render")
    assert render["success"]
    assert (render["attempt"], render["error_details"]) == (1, None)
    assert render["duration_sec"] > 0
    assert str(editing_server.folder) not in str(told)


def test_its_end_is_told(editor: Editor, lime: str) -> None:
    with Receiver() as receiver:
        answer = editor.order("trim", lime, end_sec=0.4, webhook_url=f"{receiver.url}/200")
        assert answer.status_code == 202, answer.text
        (told,) = wait_until(lambda: receiver.told, 60, "its end is told")
    assert told.message["event"] == "job.succeeded"
    assert told.message["job"]["id"] == answer.json()["id"]


def test_a_cancelled_task_stops_at_once_and_leaves_nothing_behind(
    editor: Editor, editing_server: Server, long: str
) -> None:
    before = stored(editing_server)
    texts = [{"content": "Hello"}]
    task = editor.accepted("text_overlay", long, texts=texts, quality="ultra")
    wait_until(lambda: encoders(editing_server.worker), 30, "ffmpeg is at work")
    wait_until(lambda: editor.task(task["id"])["stage"] == "rendering", 30)
    family = editing_server.worker.children(recursive=True)
    asked_at = time.monotonic()
    assert editor.delete(f"{TASKS}/{task['id']}").status_code == 202
    wait_until(lambda: not any(child.is_running() for child in family), 2, "all of it is gone")
    assert time.monotonic() - asked_at < 2
    ended = editor.ended(task["id"])
    assert (ended["status"], ended["error"]["code"]) == ("cancelled", "cancelled")
    work = editing_server.folder / "work"
    wait_until(lambda: not list(work.iterdir()), 5, "its folder is gone")
    assert stored(editing_server) == before


def test_a_file_that_is_deleted_meanwhile_is_worked_on_until_its_bytes_are_gone(
    editor: Editor, editing_server: Server, long: str, lime: str, blue: str
) -> None:
    held = editor.accepted("text_overlay", long, texts=[{"content": "x"}], quality="ultra")
    whole, torn = (
        editor.accepted("trim", lime, end_sec=0.4),
        editor.accepted("join", lime, blue, quality="low"),
    )
    for file in (lime, blue):
        assert editor.delete(f"{FILES}/{file}").status_code == 204
    (editing_server.folder / "media" / "files" / blue).unlink()
    refused = editor.order("trim", lime)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "file_unknown")
    editor.delete(f"{TASKS}/{held['id']}")
    assert editor.ended(whole["id"])["status"] == "completed"
    failed = editor.ended(torn["id"])
    assert (failed["status"], failed["error"]["code"]) == ("failed", "file_unknown")
    assert failed["error"]["details"] == {"input_index": 1, "file_ids": [blue]}
    assert failed["error_message"] == "There is no such file."
    assert editor.post(f"{TASKS}/{torn['id']}/retry").status_code == 202
    again = editor.ended(torn["id"])
    assert (again["error"]["code"], again["retry_count"]) == ("file_unknown", 1)


def test_what_waits_in_one_line_starts_in_its_order(editor: Editor, lime: str, long: str) -> None:
    """Whatever its type: none goes first by its name."""
    held = editor.accepted("text_overlay", long, texts=[{"content": "x"}], quality="ultra")
    wait_until(lambda: editor.task(held["id"])["status"] == "processing", 30)
    kinds = ("trim", "probe", "thumbnail", "audio_overlay")
    waiting = [
        editor.accepted(kind, *([lime, lime] if kind == "audio_overlay" else [lime]))["id"]
        for kind in kinds
    ]
    positions = [editor.task(task_id)["queue_position"] for task_id in waiting]
    assert positions == [1, 2, 3, 4]
    editor.delete(f"{TASKS}/{held['id']}")
    ends = [editor.ended(task_id)["completed_at"] for task_id in waiting]
    assert ends == sorted(ends)


def test_an_own_font_is_written_with_until_it_is_deleted(
    editor: Editor, editing_server: Server, lime: str, tmp_path: Path
) -> None:
    name = "Nobody Else Has It"
    font = editor.upload(renamed_font(name, tmp_path / "own.ttf"))
    assert name in editor.get(f"{TASKS}/types").json()["fonts"]
    texts = [{"content": "Hello", "font": name.upper()}]
    editor.done("text_overlay", lime, texts=texts, quality="low")
    with Editor.registered(editing_server, f"not-{lime[:8]}") as stranger:
        assert name not in stranger.get(f"{TASKS}/types").json()["fonts"]
    editor.delete(f"{FILES}/{font}")
    refused = editor.order("text_overlay", lime, texts=texts)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "font_unknown")


def renamed_font(name: str, path: Path) -> Path:
    """One of the server's fonts by another name."""
    from fontTools.ttLib import TTFont

    from photoai.services.video.captions import fonts_here

    with TTFont(next(font.path for font in fonts_here() if font.family == "PT Serif")) as font:
        for record in font["name"].names:
            if record.nameID in {1, 4, 16}:
                record.string = name
        font.save(path)
    return path


def test_what_a_plan_expects_comes_from_what_was_done_here(
    editor: Editor, editing_server: Server, lime: str
) -> None:
    editor.done("text_overlay", lime, texts=[{"content": "x"}], quality="low")
    with closing(sqlite3.connect(editing_server.folder / "photoai.db")) as database, database:
        slow = "json_set(result, '$.encode_sec', 1000, '$.encoded_megapixels', 20)"
        database.execute(f"UPDATE job SET result = {slow} WHERE kind = 'text_overlay'")
    body = {"type": "text_overlay", "input_files": [lime]}
    body |= {"config": {"texts": [{"content": "x"}], "quality": "low"}}
    plan = editor.post(f"{TASKS}/plan", json=body).json()
    assert plan["mode"] == "encode"
    assert plan["estimated_sec"] > 50 * 25 * 320 * 180 / 1e6

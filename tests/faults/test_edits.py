"""Tasks survive what happens to the processes, programs and disks they need."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.support import ledger
from tests.support.clips import Clips, beeps
from tests.support.editing import TASKS, Editor
from tests.support.family import encoders
from tests.support.fleet import Fleet
from tests.support.scarcity import room
from tests.support.server import Server
from tests.support.waiting import wait_until

from .test_merges import left_in_work, other_disk, wait_until_gone

pytestmark = pytest.mark.slow
MakeServer = Callable[..., Server]
TEXTS = [{"content": "Hello", "start_sec": 1.0}]
names = itertools.count(1)
__all__ = ["other_disk"]


def registered(server: Server) -> Editor:
    return Editor.registered(server, f"editor-{next(names)}")


def in_mid_edit(
    server: Server, editor: Editor, clips: Clips, by: psutil.Process
) -> tuple[str, list[psutil.Process]]:
    """A task that is being rendered; its id and the processes that work on it."""
    clip = editor.upload(clips.make("testsrc2", sec=10.0, size="640x360", beep_at=1.5))
    task_id = editor.accepted("text_overlay", clip, texts=TEXTS, quality="high")["id"]
    wait_until(lambda: rendering(by), 30, "it is being encoded")
    return task_id, by.children(recursive=True)


def rendering(by: psutil.Process) -> list[psutil.Process]:
    """The encoders at work; an ffmpeg that only says its version is none."""
    found = []
    for each in encoders(by):
        with suppress(psutil.NoSuchProcess):
            found += [each] if "libx264" in each.cmdline() else []
    return found


def checked(editor: Editor, task_id: str, folder: Path) -> None:
    """The whole video, once."""
    task = editor.task(task_id)
    assert task["result"]["duration_sec"] == pytest.approx(10.0, abs=0.05)
    assert beeps(editor.download(task, folder)) == pytest.approx([1.5], abs=0.05)


def test_a_task_goes_on_after_kill_9(make_server: MakeServer, clips: Clips, tmp_path: Path) -> None:
    with make_server() as server:
        editor = registered(server)
        task_id, family = in_mid_edit(server, editor, clips, server.worker)
        killed_at = time.monotonic()
        for process in (psutil.Process(server.process.pid), server.worker):
            process.kill()
        wait_until_gone(family)
        server.kill()
        assert left_in_work(server), "nobody was left to tidy up"
        server.start()
        tally = ledger.merged("kill -9 in mid-edit", editor, [task_id], since=killed_at)
        assert (tally.lost, tally.twice) == (0, 1)
        checked(editor, task_id, tmp_path)
        assert editor.task(task_id)["retry_count"] == 1
        attempts = editor.get(f"{TASKS}/{task_id}/log").json()["attempts"]
        assert [each["outcome"] for each in attempts] == ["died_alone", "succeeded"]
        results = list((server.folder / "media" / "results").glob(f"{task_id}*"))
        assert [path.name for path in results] == [f"{task_id}.2.mp4"]
        wait_until(lambda: not left_in_work(server), 20, "what the dead have left is gone")


def test_a_task_whose_own_process_is_killed_is_tried_again(
    make_server: MakeServer, clips: Clips, tmp_path: Path
) -> None:
    with make_server() as server:
        editor = registered(server)
        task_id, family = in_mid_edit(server, editor, clips, server.worker)
        (encoder,) = rendering(server.worker)
        child = next(each for each in encoder.parents() if each in server.worker.children())
        killed_at = time.monotonic()
        child.kill()
        wait_until_gone(family)
        tally = ledger.merged("an edit's child killed", editor, [task_id], since=killed_at)
        assert (tally.lost, tally.twice) == (0, 1)
        checked(editor, task_id, tmp_path)


def test_an_encoder_that_is_killed_ends_the_task_with_a_sentence_and_a_line_in_its_log(
    make_server: MakeServer, clips: Clips, tmp_path: Path
) -> None:
    with make_server() as server:
        editor = registered(server)
        task_id, _ = in_mid_edit(server, editor, clips, server.worker)
        rendering(server.worker)[0].kill()
        task = editor.ended(task_id)
        assert (task["status"], task["error"]["code"]) == ("failed", "render_failed")
        assert task["error_message"] == "The video could not be made."
        assert not left_in_work(server)
        step = editor.get(f"{TASKS}/{task_id}/log").json()["data"][-1]
        assert (step["operation_type"], step["success"]) == ("render", False)
        assert step["error_details"]["exit_code"] != 0
        assert editor.post(f"{TASKS}/{task_id}/retry").status_code == 202
        assert editor.ended(task_id)["status"] == "completed"
        checked(editor, task_id, tmp_path)


def test_a_result_there_is_no_room_for_ends_the_task_and_nothing_of_it_is_kept(
    make_server: MakeServer, clips: Clips, other_disk: Path
) -> None:
    with make_server(MEDIA_ROOT=str(other_disk)) as server:
        editor = registered(server)
        noise = "geq=random(1)*255:128:128,setparams=colorspace=bt709"
        clip = editor.upload(clips.make("white", size="1920x1080", filters=noise, sec=0.8))
        with room(server, 8_000_000):
            task = editor.accepted("text_overlay", clip, texts=[{"content": "x"}], quality="low")
            ended = editor.ended(task["id"])
        assert (ended["status"], ended["output_files"]) == ("failed", [])
        assert ended["error"]["code"] == "storage_full"
        assert not left_in_work(server)
        assert not list(other_disk.glob("results/*"))


def test_a_killed_worker_s_task_is_finished_by_another(
    make_fleet: Callable[..., Fleet], clips: Clips, tmp_path: Path
) -> None:
    with make_fleet() as fleet:
        editor = registered(fleet.web)
        worker = psutil.Process(fleet.workers[0].process.pid)
        task_id, family = in_mid_edit(fleet.web, editor, clips, worker)
        killed_at = time.monotonic()
        fleet.workers[0].kill()
        wait_until_gone(family)
        fleet.add_worker().wait_ready()
        tally = ledger.merged("worker killed in mid-edit", editor, [task_id], since=killed_at)
        assert (tally.lost, tally.twice) == (0, 1)
        checked(editor, task_id, tmp_path)

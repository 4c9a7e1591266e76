"""Conversions survive what happens to the processes and disks they need."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.support import sent
from tests.support.clips import Clips, beeps, pictures
from tests.support.conversion_client import DOWNLOAD, V1, Converter
from tests.support.family import encoders
from tests.support.scarcity import room
from tests.support.server import Server
from tests.support.waiting import wait_until

from .test_merges import left_in_work, other_disk, wait_until_gone

pytestmark = pytest.mark.slow
MakeServer = Callable[..., Server]
SEC, FRAMES = 20.0, 500  # long enough for what happens meanwhile
names = itertools.count(1)
__all__ = ["other_disk"]


def registered(server: Server) -> Converter:
    return Converter.registered(server, f"converter-{next(names)}")


def in_mid_conversion(
    converter: Converter, clips: Clips, by: psutil.Process
) -> tuple[str, list[psutil.Process]]:
    """A conversion that is being drawn; its id and the processes that work on it."""
    clip = clips.make("testsrc2", sec=SEC, size="1280x720", beep_at=1.5)
    job_id = converter.accepted_conversion(clip, save_txt="yes", fps=25)
    wait_until(lambda: converter.conversion(job_id)["progress"] > 0, 40, "it is being drawn")
    assert encoders(by)
    return job_id, by.children(recursive=True)


def checked(converter: Converter, job_id: str, folder: Path) -> None:
    """All of it, once."""
    done = converter.ended_conversion(job_id, within_sec=120)
    assert done["status"] == "completed", done
    assert done["result"]["frames_count"] == FRAMES
    video = converter.saved(done["result"]["mp4_path"], folder)
    assert len(pictures(video)) == FRAMES
    assert beeps(video) == pytest.approx([1.5], abs=0.05)
    last = converter.get(f"{DOWNLOAD}/{job_id}/frame_{FRAMES - 1:06}.txt")
    assert last.status_code == 200


def made(server: Server) -> set[str]:
    return {path.name for path in (server.folder / "media" / "ascii").glob("*")}


def test_a_conversion_goes_on_after_kill_9(
    make_server: MakeServer, clips: Clips, tmp_path: Path
) -> None:
    with make_server() as server:
        converter = registered(server)
        job_id, family = in_mid_conversion(converter, clips, server.worker)
        waits = converter.accepted_conversion(clips.make("red", sec=1.0), width=20, fps=5)
        for process in (psutil.Process(server.process.pid), server.worker):
            process.kill()
        wait_until_gone(family)
        server.kill()
        assert left_in_work(server), "nobody was left to tidy up"
        server.start()
        checked(converter, job_id, tmp_path)
        assert converter.ended_conversion(waits)["status"] == "completed"
        assert converter.get(f"/api/tasks/{job_id}").json()["attempt"] == 2
        assert converter.get(f"{V1}/files").json()["data"] == []
        assert made(server) == {f"{job_id}.2", f"{waits}.1"}
        wait_until(lambda: not left_in_work(server), 20, "what the dead have left is gone")


def test_one_whose_own_process_is_killed_is_tried_again(
    make_server: MakeServer, clips: Clips, tmp_path: Path
) -> None:
    with make_server() as server:
        converter = registered(server)
        job_id, family = in_mid_conversion(converter, clips, server.worker)
        child = next(
            each for each in encoders(server.worker)[0].parents()
            if each in server.worker.children()
        )  # fmt: skip
        child.kill()
        wait_until_gone(family)
        checked(converter, job_id, tmp_path)
        assert made(server) == {f"{job_id}.2"}


def test_an_encoder_that_is_killed_ends_it_with_a_sentence(
    make_server: MakeServer, clips: Clips
) -> None:
    with make_server() as server:
        converter = registered(server)
        job_id, _ = in_mid_conversion(converter, clips, server.worker)
        for encoder in encoders(server.worker, "libx264"):
            encoder.kill()
        done = converter.ended_conversion(job_id)
        assert (done["status"], done["error"]["code"]) == ("failed", "render_failed")
        assert not left_in_work(server)
        assert made(server) == set()


def test_a_result_there_is_no_room_for_is_not_kept_in_part(
    make_server: MakeServer, clips: Clips, other_disk: Path
) -> None:
    with make_server(MEDIA_ROOT=str(other_disk)) as server:
        converter = registered(server)
        file_id = converter.upload(clips.make("testsrc2", sec=2.0, size="640x360"))
        with room(server, 600_000):
            job_id = converter.accepted_conversion(file_id=file_id, save_txt="yes")
            done = converter.ended_conversion(job_id)
        assert (done["status"], done["error"]["code"]) == ("failed", "storage_full")
        assert not [path for path in other_disk.glob("ascii/**/*") if path.is_file()]
        assert not left_in_work(server)


def test_a_batch_ordered_once_more_after_a_death_finds_what_was_begun(
    make_server: MakeServer,
) -> None:
    """As if the server had died after the jobs and before their batch were written."""
    film = ("film.mp4", sent.film())
    with make_server() as server:
        converter = registered(server)
        key = {"Idempotency-Key": "evening"}
        first = converter.convert_all(film, film, headers=key, width=20, fps=5).json()
        with closing(sqlite3.connect(server.folder / "photoai.db")) as database:
            database.execute("DELETE FROM conversion_batch")
            database.commit()
        again = converter.convert_all(film, film, headers=key, width=20, fps=5).json()
        assert again["job_ids"] == first["job_ids"]
        assert again["batch_id"] != first["batch_id"]
        assert converter.get("/api/tasks").json()["meta"]["total"] == 2
        for job_id in again["job_ids"]:
            assert converter.ended_conversion(job_id)["status"] == "completed"
        assert converter.get(f"{V1}/files").json()["data"] == []

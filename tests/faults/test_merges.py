"""Merges survive what happens to the processes, programs and disks they need."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support import ledger, misbehaving
from tests.support.cliphost import ClipHost
from tests.support.clips import Clips, colors
from tests.support.family import encoders
from tests.support.fleet import Fleet
from tests.support.merging import API, Merger
from tests.support.scarcity import room
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MakeServer = Callable[..., Server]
ALLOWED = {"FETCH_ALLOWED_HOSTS": "127.0.0.1"}
DEPLOYS = 3
CANCELLED_WITHIN_SEC = 2.0
names = itertools.count(1)


@pytest.fixture
def host() -> Iterator[ClipHost]:
    with ClipHost() as running:
        yield running


@pytest.fixture
def short(host: ClipHost, clips: Clips) -> list[str]:
    paths = [clips.make("red", sec=0.6), clips.make("lime", sec=0.6)]
    return [host.put(path.name, path) for path in paths]


@pytest.fixture
def long(host: ClipHost, clips: Clips) -> str:
    """A clip that takes the encoder a while."""
    return host.put("long.mp4", clips.make("testsrc2", sec=10.0, size="640x360"))


def registered(server: Server) -> Merger:
    return Merger.registered(server, f"somebody-{next(names)}")


def segments(server: Server) -> dict[str, int]:
    """The finished ones, with what tells a file from another of the same name."""
    made = (server.folder / "segments").glob("*.mov")
    return {path.name: path.stat().st_ino for path in made if ".part" not in path.name}


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(family: list[psutil.Process], within_sec: float = 20.0) -> None:
    wait_until(lambda: all(map(is_gone, family)), within_sec, f"{family} have ended")


def group_of(process: psutil.Process) -> list[psutil.Process]:
    """All that would be ended with it."""
    members = []
    for each in psutil.process_iter():
        with suppress(ProcessLookupError):
            if os.getpgid(each.pid) == os.getpgid(process.pid):
                members.append(each)
    return members


def left_in_work(server: Server) -> list[Path]:
    return list((server.folder / "work").glob("*"))


def in_mid_merge(
    server: Server, merger: Merger, host: ClipHost, short: list[str], long: str
) -> tuple[str, list[psutil.Process]]:
    """A merge whose short clips are prepared and whose long one is being encoded; its number and
    the processes that work on it."""
    gate = host.hold("long.mp4")
    task_id = merger.accepted(*short, long)["task_id"]
    wait_until(lambda: len(segments(server)) == len(short), 30, "the short ones are prepared")
    gate.set()
    wait_until(lambda: encoders(server.worker), 30, "the long one is being encoded")
    return task_id, server.worker.children(recursive=True)


def checked(merger: Merger, task_id: str, folder: Path) -> None:
    """The whole video, in its order."""
    task = merger.task(task_id)
    assert task["result"]["duration_sec"] == pytest.approx(11.2, abs=0.05)
    assert colors(merger.download(task, folder / "video.mp4"))[:2] == ["red", "lime"]


# Processes.


def test_a_merge_goes_on_after_kill_9_from_the_segments_that_were_finished(
    make_server: MakeServer, host: ClipHost, short: list[str], long: str, tmp_path: Path
) -> None:
    with make_server(**ALLOWED) as server:
        merger = registered(server)
        task_id, family = in_mid_merge(server, merger, host, short, long)
        finished = segments(server)
        killed_at = time.monotonic()
        for process in (psutil.Process(server.process.pid), server.worker):
            process.kill()
        wait_until_gone(family)
        server.kill()
        assert left_in_work(server), "nobody was left to tidy up"
        server.start()
        tally = ledger.merged("kill -9 in mid-merge", merger, [task_id], since=killed_at)
        assert (tally.lost, tally.twice) == (0, 1)
        checked(merger, task_id, tmp_path)
        assert finished.items() <= segments(server).items(), "what was finished was made again"
        assert len(segments(server)) == 3
        wait_until(lambda: not left_in_work(server), 20, "what the dead have left is gone")


def test_deploys_in_mid_merge_cost_time_only(
    make_server: MakeServer, host: ClipHost, short: list[str], long: str, tmp_path: Path
) -> None:
    """As often as the job's own process may die."""
    with make_server(**ALLOWED) as server:
        merger = registered(server)
        task_id, family = in_mid_merge(server, merger, host, short, long)
        told_at = time.monotonic()
        for deploy in range(DEPLOYS):
            server.terminate()
            assert server.wait(20) == 0
            wait_until_gone(family)
            server.kill()
            server.start()
            if deploy < DEPLOYS - 1:
                wait_until(lambda: encoders(server.worker), 30, "it goes on")
                family = server.worker.children(recursive=True)
        tally = ledger.merged(f"{DEPLOYS} deploys in mid-merge", merger, [task_id], since=told_at)
        assert tally.lost == 0
        checked(merger, task_id, tmp_path)
        wait_until(lambda: not left_in_work(server), 20, "what the stopped have left is gone")


def test_a_merge_whose_own_process_is_killed_is_tried_again(
    make_server: MakeServer, host: ClipHost, short: list[str], long: str, tmp_path: Path
) -> None:
    with make_server(**ALLOWED) as server:
        merger = registered(server)
        task_id, family = in_mid_merge(server, merger, host, short, long)
        (child,) = server.worker.children()
        killed_at = time.monotonic()
        child.kill()
        wait_until_gone(family)
        tally = ledger.merged("a merge's child killed", merger, [task_id], since=killed_at)
        assert (tally.lost, tally.twice) == (0, 1)
        checked(merger, task_id, tmp_path)


def test_an_encoder_that_is_killed_ends_the_merge_with_a_sentence(
    make_server: MakeServer, host: ClipHost, short: list[str], long: str, tmp_path: Path
) -> None:
    with make_server(**ALLOWED) as server:
        merger = registered(server)
        task_id, family = in_mid_merge(server, merger, host, short, long)
        encoders(server.worker)[0].kill()
        task = merger.ended(task_id)
        assert (task["status"], task["error"]["code"]) == ("error", "render_failed")
        assert task["error"]["details"]["clip_index"] == 2
        wait_until_gone(family)
        assert not left_in_work(server)
        assert not list((server.folder / "segments").glob("*.part*"))
        assert merger.post(f"/api/tasks/{task_id}/retry").status_code == 202
        assert merger.ended(task_id)["status"] == "completed"
        checked(merger, task_id, tmp_path)


def test_two_equal_merges_at_once_prepare_each_clip_once(
    make_server: MakeServer, host: ClipHost, short: list[str], long: str
) -> None:
    with make_server(MAX_CONCURRENT_JOBS="2", **ALLOWED) as server:
        merger = registered(server)
        gate = host.hold("long.mp4")
        began = time.monotonic()
        task_ids = [merger.accepted(*short, long)["task_id"] for _ in range(2)]
        wait_until(lambda: host.asked["GET", "long.mp4"] == 2, 30, "both are at work")
        gate.set()
        tally = ledger.merged("two equal merges at once", merger, task_ids, since=began)
        assert (tally.lost, tally.twice) == (0, 0)
        made = [facts for facts in results(server) if not facts["cache_hit"]]
        pixels = sum(facts["encoded_megapixels"] for facts in made)
        frames = round(pixels / (1920 * 1080 / 1e6))
        assert frames == 15 + 15 + 250
        assert len(segments(server)) == 3


def test_a_killed_worker_s_merge_is_finished_by_another(
    make_fleet: Callable[..., Fleet],
    host: ClipHost,
    short: list[str],
    long: str,
    tmp_path: Path,
) -> None:
    with make_fleet(**ALLOWED) as fleet:
        merger = registered(fleet.web)
        gate = host.hold("long.mp4")
        task_id = merger.accepted(*short, long)["task_id"]
        wait_until(lambda: len(segments(fleet.web)) == 2, 30, "the short ones are prepared")
        worker = psutil.Process(fleet.workers[0].process.pid)
        finished, family = segments(fleet.web), worker.children(recursive=True)
        killed_at = time.monotonic()
        fleet.workers[0].kill()
        gate.set()
        wait_until_gone(family)
        fleet.add_worker().wait_ready()
        tally = ledger.merged("worker killed in mid-merge", merger, [task_id], since=killed_at)
        assert (tally.lost, tally.twice) == (0, 1)
        checked(merger, task_id, tmp_path)
        assert finished.items() <= segments(fleet.web).items()


def test_a_worker_ends_a_cancelled_merge_s_processes_within_two_seconds(
    make_fleet: Callable[..., Fleet], host: ClipHost, clips: Clips
) -> None:
    url = host.put("long.mp4", clips.make("testsrc2", sec=20.0, size="640x360"))
    with make_fleet(**ALLOWED) as fleet:
        merger = registered(fleet.web)
        worker = psutil.Process(fleet.workers[0].process.pid)
        for quality in ("ultra", "high", "medium"):  # the worker's own beat is met anywhere
            task_id = merger.accepted(url, quality=quality)["task_id"]
            group = wait_until(lambda: encoding(worker), 30, "it is being encoded")
            asked_at = time.monotonic()
            assert merger.delete(f"{API}/task/{task_id}").status_code == 202
            wait_until(lambda: all(map(is_gone, group)), CANCELLED_WITHIN_SEC, "all have ended")  # noqa: B023
            assert time.monotonic() - asked_at < CANCELLED_WITHIN_SEC
            task = merger.ended(task_id)
            assert (task["status"], task["error"]["code"]) == ("error", "cancelled")
            wait_until(lambda: not left_in_work(fleet.web), 5, "its folder is gone")


def encoding(worker: psutil.Process) -> list[psutil.Process]:
    """The group of processes of a worker's encoder, of which an ffmpeg that only says its version
    is none; empty while there is none."""
    for each in encoders(worker):
        with suppress(psutil.NoSuchProcess):
            if "libx264" in each.cmdline() and len(group := group_of(each)) >= 2:
                return group
    return []


# The way there.


def test_a_clip_whose_connection_breaks_off_is_fetched_from_there(
    make_server: MakeServer, host: ClipHost, short: list[str], clips: Clips, tmp_path: Path
) -> None:
    clip = misbehaving.BreaksOff(clips.make("blue", sec=0.6).read_bytes())
    url = host.answer("breaks-off.mp4", clip)
    with make_server(**ALLOWED) as server:
        merger = registered(server)
        task = merger.merged(*short, url)
        whole, half = len(clip.content), len(clip.content) // 2
        assert clip.answers == [
            (None, None, half),
            (f"bytes={half}-", clip.tag, whole - half),
        ]
        assert task["result"]["duration_sec"] == pytest.approx(1.8, abs=0.05)
        video = merger.download(task, tmp_path / "video.mp4")
        assert colors(video) == ["red", "lime", "blue"]


# Time and room.


def test_a_clip_that_only_drips_ends_with_the_job_s_time(
    make_server: MakeServer, host: ClipHost, short: list[str]
) -> None:
    with make_server(JOB_TIMEOUT_SEC="10", **ALLOWED) as server:
        merger = registered(server)
        url = host.answer("drips.mp4", misbehaving.drips)
        task = merger.ended(merger.accepted(*short, url)["task_id"], within_sec=40)
        assert (task["status"], task["error"]["code"]) == ("error", "fetch_too_slow")
        assert task["error"]["details"]["clip_index"] == 2
        assert not left_in_work(server)
        assert merger.merged(*short)["result"]["duration_sec"] == 1.2


def test_what_died_long_ago_is_tidied_away(
    make_server: MakeServer, host: ClipHost, short: list[str]
) -> None:
    with make_server(JOB_TIMEOUT_SEC="20", **ALLOWED) as server:
        dead, alive = (server.folder / "work" / f"task_1_{name}.1" for name in ("dead", "alive"))
        for folder in (dead, alive):
            folder.mkdir(parents=True)
            (folder / "clip-0").write_bytes(b"half a clip")
        os.utime(dead, (time.time() - 60,) * 2)
        registered(server).merged(*short)
        assert left_in_work(server) == [alive]


def test_a_clip_there_is_no_room_for_ends_the_merge_with_a_sentence(
    make_server: MakeServer, host: ClipHost, short: list[str], clips: Clips
) -> None:
    bulky = clips.make("blue", sec=0.6).read_bytes()
    bulky += (12_000_000).to_bytes(4, "big") + b"free" + bytes(12_000_000 - 8)
    url = host.put("bulky.mp4", bulky)
    with make_server(**ALLOWED) as server:
        merger = registered(server)
        with room(server, 8_000_000):
            error = merger.failed(*short, url)
            assert (error["code"], error["details"]) == ("render_out_of_room", {})  # not its fault
            plan = merger.post(f"{API}/merge/plan", json={"video_urls": [url]})
            assert (plan.status_code, plan.json()["error"]["code"]) == (503, "render_out_of_room")
        assert not left_in_work(server)
        assert merger.merged(*short, url)["result"]["duration_sec"] == 1.8


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that nothing can be moved to: what goes there is written anew."""
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="photoai-") as folder:
        assert Path(folder).stat().st_dev != tmp_path.stat().st_dev
        yield Path(folder)


def test_a_video_there_is_no_room_for_ends_the_merge_and_nothing_of_it_is_kept(
    make_server: MakeServer, host: ClipHost, clips: Clips, other_disk: Path
) -> None:
    noise = "geq=random(1)*255:128:128"
    clip = clips.make("white", size="1920x1080", filters=f"{noise},setparams=colorspace=bt709",
                      sec=0.4)  # fmt: skip
    assert 9_000_000 < clip.stat().st_size < 20_000_000
    url = host.put("noise.mp4", clip)
    with make_server(MEDIA_ROOT=str(other_disk), **ALLOWED) as server:
        merger = registered(server)
        gate = host.hold("noise.mp4")
        task_id = merger.accepted(url)["task_id"]
        wait_until(lambda: server.worker.children(), 20, "its process has begun")
        with room(server, 8_000_000):
            gate.set()
            error = merger.ended(task_id)["error"]
        assert error["code"] == "storage_full"
        assert not left_in_work(server)
        assert not list(other_disk.glob("*/*"))
        assert merger.merged(url)["mode"] == "copy"


def results(server: Server) -> list[dict[str, Any]]:
    """The facts about every merge, as the database has them."""
    with sqlite3.connect(server.folder / "photoai.db") as database:
        rows = database.execute("SELECT result FROM job WHERE result IS NOT NULL").fetchall()
    database.close()
    return [json.loads(text) for (text,) in rows]

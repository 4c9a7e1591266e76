"""Analyses survive what happens to their processes, and nothing is left at the provider."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support.clips import Clips
from tests.support.fleet import Fleet
from tests.support.reel_client import NOISE, Scripter, unlike_any
from tests.support.server import Server
from tests.support.waiting import wait_until

from .test_merges import left_in_work, wait_until_gone

pytestmark = pytest.mark.slow
MakeServer = Callable[..., Server]
MakeFleet = Callable[..., Fleet]
COARSE = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "35", "-pix_fmt", "yuv420p")
names = itertools.count(1)


@pytest.fixture(scope="module")
def google_of_faults() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as running:
        yield running


@pytest.fixture
def google(google_of_faults: GeminiEmulator) -> Iterator[GeminiEmulator]:
    """As new; whatever a test does, nothing is left there afterwards."""
    google_of_faults.clear()
    yield google_of_faults
    assert google_of_faults.files() == []


@pytest.fixture
def keys(google: GeminiEmulator) -> dict[str, str]:
    return {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}


@pytest.fixture
def large(clips: Clips, tmp_path: Path) -> Path:
    """So large that it is sent as a file; nobody has asked about it before."""
    path = clips.make("testsrc2", sec=4.0, filters="noise=alls=90:allf=t", **NOISE)
    return unlike_any(path, tmp_path)


def registered(server: Server) -> Scripter:
    return Scripter.registered(server, f"reels-{next(names)}")


def is_at(scripter: Scripter, task_id: str, *stages: str) -> None:
    wait_until(lambda: scripter.reel(task_id)["stage"] in stages, 40, f"it is {stages}")


def killed(server: Server) -> None:
    """With everything it has started; nobody tidies up."""
    family = server.worker.children(recursive=True)
    for process in (psutil.Process(server.process.pid), server.worker):
        process.kill()
    wait_until_gone(family)
    server.kill()


def rows(server: Server, table: str) -> int:
    with closing(sqlite3.connect(server.folder / "photoai.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def check_done(scripter: Scripter, google: GeminiEmulator, task_id: str) -> None:
    done = scripter.reel_ended(task_id, within_sec=90)
    assert done["state"] == "SUCCESS", done
    assert len(done["result"]["keys"]) == 5
    assert scripter.get(f"/api/tasks/{task_id}").json()["attempt"] == 2
    assert scripter.get(done["result"]["first_frame"]).status_code == 200
    assert google.files() == []


def test_kill_9_while_the_model_thinks(
    make_server: MakeServer, google: GeminiEmulator, keys: dict[str, str], large: Path
) -> None:
    google.let_videos("good", delay=30.0)
    with make_server(**keys) as server:
        scripter = registered(server)
        task_id = scripter.accepted_reel(large)
        is_at(scripter, task_id, "watching")
        (left,) = google.files()
        killed(server)
        assert [file["name"] for file in google.files()] == [left["name"]]
        google.let_videos("good")
        server.start()
        check_done(scripter, google, task_id)
        assert "measuring" not in scripter.reel(task_id)["result"]["timings"]
        wait_until(lambda: not left_in_work(server), 20, "what the dead have left is gone")
        wait_until(lambda: rows(server, "remote_file") == 0, 20, "nothing is written down any more")


def test_kill_9_while_the_file_is_processed(
    make_server: MakeServer, google: GeminiEmulator, keys: dict[str, str], large: Path
) -> None:
    google.let_files(polls=100_000)
    with make_server(**keys) as server:
        scripter = registered(server)
        task_id = scripter.accepted_reel(large)
        is_at(scripter, task_id, "sending")
        wait_until(google.files, 20, "it is there")
        killed(server)
        assert len(google.files()) == 1
        google.let_files()
        server.start()
        check_done(scripter, google, task_id)


def test_what_a_deleted_job_left_at_the_provider_is_deleted_by_upkeep(
    make_server: MakeServer, google: GeminiEmulator, keys: dict[str, str], large: Path
) -> None:
    """It was cancelled while its server was dead: nobody runs it again."""
    google.let_videos("good", delay=30.0)
    with make_server(**keys) as server:
        scripter = registered(server)
        task_id = scripter.accepted_reel(large)
        is_at(scripter, task_id, "watching")
        killed(server)
        assert len(google.files()) == 1
        with closing(sqlite3.connect(server.folder / "photoai.db")) as database:
            database.execute("UPDATE job SET cancel_requested = 1")
            database.commit()
        server.start()
        wait_until(lambda: google.files() == [], 60, "nothing is left at the provider")
        assert scripter.reel_ended(task_id)["error"]["code"] == "cancelled"
        wait_until(lambda: rows(server, "remote_file") == 0, 20, "nothing is written down any more")


def test_a_child_that_is_killed_is_started_again(
    make_server: MakeServer, google: GeminiEmulator, keys: dict[str, str], clips: Clips
) -> None:
    long = clips.make("testsrc2", sec=90.0, size="1280x720", video=COARSE)
    with make_server(**keys) as server:
        scripter = registered(server)
        task_id = scripter.accepted_reel(long)
        is_at(scripter, task_id, "measuring")
        child = wait_until(lambda: measuring(server), 20, "a child measures")
        child.kill()
        check_done(scripter, google, task_id)


def measuring(server: Server) -> psutil.Process | None:
    """The child that has started a decoder."""
    for child in server.worker.children():
        if any("ffmpeg" in each.name() for each in child.children(recursive=True)):
            return child
    return None


def test_a_worker_that_is_killed_loses_its_analysis_to_another(
    make_fleet: MakeFleet, google: GeminiEmulator, keys: dict[str, str], large: Path
) -> None:
    google.let_videos("good", delay=20.0)
    with make_fleet(workers=1, **keys) as fleet:
        scripter = registered(fleet.web)
        task_id = scripter.accepted_reel(large)
        is_at(scripter, task_id, "watching")
        (left,) = google.files()
        fleet.workers[0].kill()
        google.let_videos("hostile")
        fleet.workers[0].start().wait_ready()
        done = scripter.reel_ended(task_id, within_sec=150)
        assert done["state"] == "SUCCESS", done
        assert left["name"] not in [file["name"] for file in google.files()]
        wait_until(lambda: google.files() == [], 30, "nothing is left at the provider")

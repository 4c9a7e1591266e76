"""The database is lost; a copy made while photos came in brings the installation back."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from photoai.config import ROOT
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

BEFORE, MEANWHILE = 3, 8


def command(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "photoai", *words],
        cwd=ROOT, env=server.environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def copies(server: Server, reason: str) -> list[Path]:
    return sorted((server.folder / "backups").glob(f"photoai-*-{reason}.db"))


def jobs(server: Server) -> dict[str, str]:
    with server.session() as serg:
        shown = serg.get("/api/tasks?page_size=100").json()["data"]
    return {job["id"]: job["state"] for job in shown}


def send(server: Server, count: int, answers: list[BoothAnswer]) -> None:
    for seed in range(count):
        answers.append(server.booth.send(photos.jpeg(seed=seed)))


def test_a_lost_database_comes_back_from_a_copy_made_under_load(
    make_server: Callable[..., Server],
) -> None:
    with make_server() as server:
        first: list[BoothAnswer] = []
        send(server, BEFORE, first)
        second: list[BoothAnswer] = []
        booth = threading.Thread(target=send, args=(server, MEANWHILE, second))
        booth.start()
        made = command(server, "backup")
        booth.join()
        assert made.returncode == 0, made.stderr
        copy = Path(made.stdout.strip())
        assert copy.parent == server.folder / "backups"
        assert all(answer.status == 200 for answer in first + second), "nobody was held up"

        refused = command(server, "restore", str(copy), "--yes")
        assert refused.returncode == 1
        assert "stop it first" in refused.stderr
        assert len(jobs(server)) == BEFORE + MEANWHILE

        server.stop()
        for path in server.folder.glob("photoai.db*"):
            path.unlink()
        done = command(server, "restore", str(copy), "--yes")
        assert done.returncode == 0, done.stderr
        server.start()

        found = jobs(server)
        photos_before = {answer.headers["X-Photoai-Job"] for answer in first}
        photos_after = {answer.headers["X-Photoai-Job"] for answer in second}
        assert photos_before <= set(found) <= photos_before | photos_after
        with server.session() as serg:
            for answer in first:
                job = answer.headers["X-Photoai-Job"]
                assert found[job] == "succeeded"
                assert serg.get(f"/api/tasks/{job}/result").content == answer.body
        wait_until(lambda: not {"queued", "running"} & set(jobs(server).values()))
        assert server.booth.send(photos.guest()).status == 200


def test_what_a_restored_database_names_and_nobody_has_is_gone(
    make_server: Callable[..., Server],
) -> None:
    with make_server() as server:
        answer = server.booth.send(photos.guest())
        job = answer.headers["X-Photoai-Job"]
        with server.session() as serg, photos.GUEST.open("rb") as file:
            media = serg.post("/api/media/register", files={"file": file}).json()["id"]
        copy = command(server, "backup").stdout.strip()
        server.stop()
        for path in (server.folder / "media").rglob("*"):
            if path.is_file():
                path.unlink()
        assert command(server, "restore", copy, "--yes").returncode == 0
        server.start()
        with server.session() as serg:
            assert serg.get(f"/api/tasks/{job}").json()["state"] == "succeeded"
            assert serg.get(f"/api/tasks/{job}/result").status_code == 410
            assert serg.get(f"/public/media/{media}").status_code == 410
        assert "Traceback" not in server.log


def test_a_running_server_makes_up_for_a_day_without_a_copy(
    make_server: Callable[..., Server],
) -> None:
    server = make_server()
    old = server.folder / "backups" / "photoai-20260101-030000-0001-daily.db"
    old.parent.mkdir()
    old.write_bytes(b"")
    with server:
        wait_until(lambda: "backup_made" in server.log, 30)
        assert len(copies(server, "daily")) == 2
        assert "Traceback" not in server.log

"""Work in a child process: its words, its limits, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from photoai.errors import ChildFailed, NotInTime, PhotoDamaged
from photoai.services.jobs.child import Child, Limits
from tests.support.ending import end
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

# What the child runs


def counts(params: dict[str, Any], folder: Path, report: Any) -> dict[str, Any]:
    print("A library says hello on standard output.")
    for step in range(params["steps"]):
        report(step / params["steps"], "counting", 1.0)
    (folder / "counted").write_text(str(params["steps"]))
    return {"counted": params["steps"]}


def hangs(params: dict[str, Any], folder: Path, report: Any) -> dict[str, Any]:
    grandchild = subprocess.Popen(["sleep", "600"])
    (folder / "pids").write_text(f"{os.getpid()} {grandchild.pid}")
    signal.pause()
    return {}


def refuses(params: dict[str, Any], folder: Path, report: Any) -> dict[str, Any]:
    raise PhotoDamaged


def dies(params: dict[str, Any], folder: Path, report: Any) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def eats(params: dict[str, Any], folder: Path, report: Any) -> dict[str, Any]:
    return {"size": len(bytearray(4 << 30))}


def child(work: Any, folder: Path, limits: Limits | None = None, **params: Any) -> Child:
    return Child(f"{__name__}:{work.__name__}", params, folder, limits)


def quiet(fraction: float, stage: str, eta_sec: float | None) -> None:
    return


def gone(folder: Path) -> bool:
    pids = [int(pid) for pid in (folder / "pids").read_text().split()]
    return all(
        not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        for pid in pids
    )


def test_it_reports_progress_and_returns_what_the_work_returned(tmp_path: Path) -> None:
    told: list[float] = []
    done = child(counts, tmp_path, steps=4).run(lambda fraction, stage, eta: told.append(fraction))
    assert done == {"counted": 4}
    assert told == [0, 0.25, 0.5, 0.75]
    assert (tmp_path / "counted").read_text() == "4"


def test_an_error_of_ours_crosses_over(tmp_path: Path) -> None:
    with pytest.raises(PhotoDamaged):
        child(refuses, tmp_path).run(quiet)


def test_a_child_that_dies_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="-9"):
        child(dies, tmp_path).run(quiet)


def test_a_child_cannot_eat_the_machine(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed):
        child(eats, tmp_path, Limits(memory_bytes=1 << 30)).run(quiet)


@pytest.mark.slow
def test_time_runs_out_for_the_whole_group(tmp_path: Path) -> None:
    with pytest.raises(NotInTime):
        child(hangs, tmp_path, Limits(wall_sec=5)).run(quiet)
    wait_until(lambda: gone(tmp_path), 5)


def test_a_killed_child_takes_its_own_children_along(tmp_path: Path) -> None:
    running, ends = child(hangs, tmp_path), []

    def run() -> None:
        with pytest.raises(ChildFailed) as failed:
            running.run(quiet)
        ends.append(failed)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text(), 10)
    running.kill()
    thread.join(5)
    assert ends
    wait_until(lambda: gone(tmp_path), 5)


def test_no_child_outlives_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.unit.test_child import *;"
        "child(hangs, Path(sys.argv[1])).run(quiet)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    wait_until(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text(), 20)
    end(parent)
    wait_until(lambda: gone(tmp_path), 5)

"""Children started ahead: taken once, replaced after their work, gone when nobody needs them."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from photoai.services.jobs import Child, Spares
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

# Loaded by nothing a child needs.
MODULE = "this"


def tells(params: dict[str, Any], folder: Path, voice: Any) -> dict[str, Any]:
    import sys

    return {"pid": os.getpid(), "loaded": MODULE in sys.modules}


@pytest.fixture
def spares() -> Iterator[Spares]:
    spares = Spares([MODULE])
    yield spares
    spares.close()


def told_by_a_child(spares: Spares, folder: Path) -> dict[str, Any]:
    return Child(f"{__name__}:tells", {}, folder, start=spares.take).run(lambda *progress: None)


def waiting(spares: Spares) -> subprocess.Popen[bytes]:
    def there() -> bool:
        return spares._spare is not None

    wait_until(there, 10, "one is kept ready")
    assert spares._spare is not None
    return spares._spare


def test_each_does_one_job_with_its_modules_loaded(spares: Spares, tmp_path: Path) -> None:
    first = told_by_a_child(spares, tmp_path)
    spares.prepare()
    kept = waiting(spares).pid
    second = told_by_a_child(spares, tmp_path)
    third = told_by_a_child(spares, tmp_path)
    assert first["loaded"]
    assert second == {"pid": kept, "loaded": True}
    assert third["pid"] not in {first["pid"], kept}, "none was kept ready: a new one is made"


def test_one_that_died_while_it_waited_is_not_used(spares: Spares, tmp_path: Path) -> None:
    spares.prepare()
    dead = waiting(spares)
    dead.kill()
    wait_until(lambda: dead.poll() is not None)
    assert told_by_a_child(spares, tmp_path)["pid"] != dead.pid


def test_what_nobody_takes_goes_after_a_while() -> None:
    spares = Spares([], kept_sec=0.5)
    spares.prepare()
    unused = waiting(spares)
    wait_until(lambda: unused.poll() is not None, 10, "it has gone")
    assert unused.returncode == 0
    spares.close()


def test_a_machine_out_of_processes_has_none_ahead_until_it_has_some(
    spares: Spares, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()

    def refuse(modules: object) -> None:
        tried.set()
        raise BlockingIOError

    with monkeypatch.context() as patch:
        patch.setattr("photoai.services.jobs.spares.start_child", refuse)
        spares.prepare()
        assert tried.wait(10)
        wait_until(lambda: not spares._wanted.is_set())
    spares.prepare()
    assert waiting(spares).poll() is None


def test_none_outlives_its_house(spares: Spares) -> None:
    spares.prepare()
    kept = waiting(spares)
    spares.close()
    assert not psutil.pid_exists(kept.pid)
    spares.prepare()
    assert spares._spare is None

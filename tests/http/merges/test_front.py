"""What the merge service says of itself."""

from __future__ import annotations

import pytest
import requests
from flask import Flask

from tests.support.cliphost import ClipHost
from tests.support.clips import Clips
from tests.support.merging import API, Merger
from tests.support.server import Server
from tests.support.waiting import wait_until

BASE = "/server2/videoapi"


@pytest.mark.parametrize("mount", ["", "/scotch"])
def test_it_has_its_name_and_links_that_stay_where_one_came_in(app: Flask, mount: str) -> None:
    client = app.test_client(use_cookies=False)
    said = client.get(f"{mount}{BASE}/").get_json()
    assert {"name": said["name"], "version": said["version"]} == {
        "name": "Склейка видео", "version": "4.0",
    }  # fmt: skip
    root = f"http://localhost{mount}"
    assert said["docs"] == f"{root}/openapi.json"
    assert said["links"] == {
        "merge": f"{root}{BASE}/merge",
        "health": f"{root}{BASE}/health",
        "register": f"{root}{BASE}/auth/register",
        "login": f"{root}{BASE}/auth/login",
    }
    for link in (said["docs"], *said["links"].values()):
        answer = client.get(link.removeprefix("http://localhost"))
        assert answer.status_code in {200, 405}, f"{link} leads nowhere"


def test_it_is_healthy(app: Flask) -> None:
    said = app.test_client().get(f"{BASE}/health").get_json()
    assert said.pop("uptime_seconds") >= 0
    assert said == {"status": "healthy", "version": "4.0", "active_jobs": 0}


@pytest.mark.slow
def test_a_merge_counts_while_it_runs(
    merger: Merger, merging_server: Server, host: ClipHost, clips: Clips
) -> None:
    def active() -> int:
        said = requests.get(f"{merging_server.url}{API}/health", timeout=10).json()
        assert said["status"] == "healthy"
        return int(said["active_jobs"])

    gate = host.hold("held.mp4")
    url = host.put("held.mp4", clips.make("red", sec=0.6))
    assert active() == 0
    task_id = merger.accepted(url)["task_id"]
    wait_until(lambda: host.asked["GET", "held.mp4"], 20, "it is being downloaded")
    assert active() == 1
    gate.set()
    assert merger.ended(task_id)["status"] == "completed"
    assert active() == 0

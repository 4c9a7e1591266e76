"""The merge service by curl, as its users were shown it: without a word about the body's type."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.support.cliphost import ClipHost
from tests.support.clips import Clips
from tests.support.merging import API, Merger
from tests.support.server import Server

LOGIN = '{"username":"curler","password":"Quite-long-1"}'
ACCOUNT = LOGIN.replace("}", ',"email":"curler@example.com","plan":"free"}')
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def curl(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Status and answer."""
    command = ["curl", "-sS", "-w", "\n%{http_code}", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


@needs_curl
@pytest.mark.slow
def test_an_account_a_login_and_a_merge(
    merging_server: Server, host: ClipHost, clips: Clips
) -> None:
    base = f"{merging_server.url}{API}"
    status, account = curl("-d", ACCOUNT, f"{base}/auth/register")
    assert status == 201, account
    status, session = curl("-d", LOGIN, f"{base}/auth/login")
    assert (status, session["token_type"]) == (200, "bearer")
    url = host.put("curled.mp4", clips.make("red", sec=0.6))
    status, task = curl(
        "-H", f"Authorization: Bearer {account['api_key']}",
        "-d", json.dumps({"video_urls": [url]}), f"{base}/merge",
    )  # fmt: skip
    assert (status, task["success_flag"]) == (202, 0), task
    merger = Merger(merging_server.url)
    merger.headers["Authorization"] = f"Bearer {session['access_token']}"
    assert merger.ended(task["task_id"])["status"] == "completed"

"""A client of the merge service, as its users write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from tests.support.server import Client, Server
from tests.support.waiting import wait_until

API = "/scotch/server2/videoapi"
PASSWORD = "Quite-long-1"
ENDED = {"completed", "error"}
MERGED_WITHIN_SEC = 90


class Merger(Client):
    """One account's client, signed in by its key."""

    @classmethod
    def registered(cls, server: Server, name: str, plan: str = "free") -> Merger:
        client = cls(server.url)
        body = {
            "username": name, "password": PASSWORD, "email": f"{name}@example.com", "plan": plan,
        }  # fmt: skip
        answer = client.post(f"{API}/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['api_key']}"
        return client

    def order(self, *sources: str, headers: Any = None, **wishes: Any) -> requests.Response:
        """Ask for a merge; low quality unless something else is wished for."""
        body = {"video_urls": [*sources], "quality": "low", **wishes}
        return self.post(f"{API}/merge", json=body, headers=headers)

    def accepted(self, *sources: str, **wishes: Any) -> dict[str, Any]:
        answer = self.order(*sources, **wishes)
        assert answer.status_code in {200, 202}, answer.text
        task: dict[str, Any] = answer.json()
        return task

    def task(self, task_id: str) -> dict[str, Any]:
        answer = self.get(f"{API}/task/{task_id}")
        assert answer.status_code == 200, answer.text
        task: dict[str, Any] = answer.json()
        return task

    def ended(self, task_id: str, within_sec: float = MERGED_WITHIN_SEC) -> dict[str, Any]:
        """The task when it has ended."""
        last: dict[str, Any] = {}

        def has_ended() -> bool:
            last.update(self.task(task_id))
            return last["status"] in ENDED

        wait_until(has_ended, within_sec, f"{task_id} has ended")
        return last

    def merged(self, *sources: str, **wishes: Any) -> dict[str, Any]:
        """The completed task."""
        task = self.ended(self.accepted(*sources, **wishes)["task_id"])
        assert task["status"] == "completed", task
        return task

    def failed(self, *sources: str, **wishes: Any) -> dict[str, Any]:
        """The error of a task that was accepted and could not be done."""
        task = self.ended(self.accepted(*sources, **wishes)["task_id"])
        assert (task["status"], task["success_flag"]) == ("error", 0), task
        error: dict[str, Any] = task["error"]
        return error

    def download(self, task: dict[str, Any], into: Path) -> Path:
        """The merged video, by the link of the task and without credentials."""
        answer = requests.get(task["download_url"], timeout=60)
        assert answer.status_code == 200, answer.text
        into.write_bytes(answer.content)
        return into

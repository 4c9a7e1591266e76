"""A client of tasks on one's own files, as their users write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from .merging import API, PASSWORD
from .server import Client, Server
from .waiting import wait_until

TASKS, FILES = "/api/v1/tasks", "/api/v1/files"
ENDED = {"completed", "failed", "cancelled"}
DONE_WITHIN_SEC = 90


class Editor(Client):
    """One account's client, signed in by its key."""

    @classmethod
    def registered(cls, server: Server, name: str) -> Editor:
        client = cls(server.url)
        body = {"username": name, "password": PASSWORD, "email": f"{name}@example.com"}
        answer = client.post(f"{API}/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['api_key']}"
        return client

    def upload(self, path: Path) -> str:
        """The id of a file that is kept now."""
        with path.open("rb") as file:
            answer = self.post(FILES, files={"file": (path.name, file)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def order(
        self, kind: str, *files: str, headers: Any = None, webhook_url: str | None = None,
        **config: Any,
    ) -> requests.Response:  # fmt: skip
        body = {"type": kind, "input_files": [*files], "config": config}
        body |= {"webhook_url": webhook_url} if webhook_url else {}
        return self.post(TASKS, json=body, headers=headers)

    def accepted(self, kind: str, *files: str, **config: Any) -> dict[str, Any]:
        answer = self.order(kind, *files, **config)
        assert answer.status_code == 202, answer.text
        task: dict[str, Any] = answer.json()
        return task

    def task(self, task_id: str) -> dict[str, Any]:
        answer = self.get(f"{TASKS}/{task_id}")
        assert answer.status_code == 200, answer.text
        task: dict[str, Any] = answer.json()
        return task

    def ended(self, task_id: str, within_sec: float = DONE_WITHIN_SEC) -> dict[str, Any]:
        """The task when it has ended."""
        last: dict[str, Any] = {}

        def has_ended() -> bool:
            last.update(self.task(task_id))
            return last["status"] in ENDED

        wait_until(has_ended, within_sec, f"{task_id} has ended")
        return last

    def done(self, kind: str, *files: str, **config: Any) -> dict[str, Any]:
        """The completed task."""
        task = self.ended(self.accepted(kind, *files, **config)["id"])
        assert task["status"] == "completed", task
        return task

    def download(self, task: dict[str, Any], folder: Path) -> Path:
        """What a task has made, by its own link and without credentials."""
        (output,) = task["output_files"]
        answer = requests.get(output["url"], timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].partition(";")[0] == output["mime"]
        path = folder / output["name"]
        path.write_bytes(answer.content)
        return path

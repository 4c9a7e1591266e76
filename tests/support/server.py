"""The real server as operators run it, on a port and a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import requests

from photoai.config import ROOT

from .booth import Booth
from .waiting import wait_until

OURS = ("DATABASE_", "S3_", "GEMINI_", "TURBOTEXT_", "QUEUE_", "MEDIA_", "PUBLIC_", "RUNTIME_")
NOT_INHERITED = {
    "SECRET_KEY",
    "WEB_CONCURRENCY",
    "DYNO",
    "PORT",
    "HOST",
    "LOG_FILE",
    "PROVIDERS_FILE",
}


class Server:
    """`python -m photoai serve`; a context manager that leaves no process behind."""

    def __init__(
        self, folder: Path, *, env: dict[str, str] | None = None, app: str | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self._env = env or {}
        self._app = app
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> Server:
        log = (self.folder / "server.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "photoai", "serve"],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, 40, "the server answers /healthz")
        return self

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"The server ended with {self.process.returncode}:\n{self.log}")
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def _environment(self) -> dict[str, str]:
        inherited = {
            key: value
            for key, value in os.environ.items()
            if key not in NOT_INHERITED and not key.startswith(OURS)
        }
        own = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "INSTANCE_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder}/photoai.db",
            "MEDIA_ROOT": str(self.folder / "media"),
            "CREDENTIALS_FILE": str(self.folder / "credentials.json"),
        }
        if self._app:
            own["WSGI_APP"] = self._app
        return inherited | own | self._env

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    @property
    def credentials(self) -> dict[str, Any]:
        return json.loads((self.folder / "credentials.json").read_text())

    def ingest_password(self, user: str = "serg") -> str:
        return self.credentials[user]["ingest_password"]

    @property
    def booth(self) -> Booth:
        return Booth("127.0.0.1", self.port, self.ingest_password())

    @property
    def worker(self) -> psutil.Process:
        return psutil.Process(self.process.pid).children()[0]

    def session(self, user: str | None = "serg") -> Client:
        client = Client(self.url)
        if user:
            client.sign_in(user, self.credentials[user]["password"])
        return client

    def terminate(self) -> None:
        """Tell it to end, as a deploy does."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """End it in order, and by force if it does not."""
        if self._process is None:
            return
        self.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """kill -9 to the master, the workers and everything they started."""
        family = [psutil.Process(self.process.pid)] if self.process.poll() is None else []
        family += [child for parent in family for child in parent.children(recursive=True)]
        for member in family:
            member.kill()
        self.process.wait(10)
        psutil.wait_procs(family, 10)
        self._process = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()


class Client(requests.Session):
    """A requests session with a base address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self.headers["Accept-Language"] = "en"

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        kwargs.setdefault("timeout", 60)
        return super().request(method, self._base + url if url[0] == "/" else url, *args, **kwargs)

    def sign_in(self, username: str, password: str) -> None:
        answer = self.post("/api/login", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        self.cookies.clear()
        self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

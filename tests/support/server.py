"""The real server as operators run it, on a port and a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import psutil
import requests

from photoai.config import ROOT, Config

from .booth import Booth
from .waiting import wait_until

START_WITHIN_SEC = 40
LOG_TAIL_CHARS = 4000
# What whoever runs the tests has set for a server of theirs.
NOT_INHERITED = ("WEB_CONCURRENCY", "GUNICORN_CMD_ARGS")
FOREIGN = ("AWS_", "GEMINI_", "S3_", "TURBOTEXT_")


class Server:
    """`python -m photoai serve`; a context manager that leaves no process behind."""

    def __init__(
        self,
        folder: Path,
        *,
        env: dict[str, str] | None = None,
        app: str = "wsgi:app",
        port: int | None = None,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._env = env or {}
        self._app = app
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> Server:
        assert self._process is None, "The server runs already."
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "photoai", "serve"],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(self._answers, START_WITHIN_SEC, "the server answers /healthz")
        except BaseException as error:
            error.add_note(log_tail(self.folder / "server.log"))
            self.kill()
            raise
        return self

    def _answers(self) -> bool:
        code = self.process.poll()
        assert code is None, f"The server ended with {code}."
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def environment(self) -> dict[str, str]:
        inherited = {
            key: value
            for key, value in os.environ.items()
            if key not in NOT_INHERITED and not key.startswith(FOREIGN)
        }
        # An empty value means the default, also where a `.env` says otherwise.
        defaults = dict.fromkeys((each.name.upper() for each in fields(Config)), "")
        own = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "INSTANCE_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder}/photoai.db",
            "MEDIA_ROOT": str(self.folder / "media"),
            "CREDENTIALS_FILE": str(self.folder / "credentials.json"),
            "WSGI_APP": self._app,
        }
        return inherited | defaults | own | self._env

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

    def password(self, user: str = "serg") -> str:
        return str(self.credentials[user]["password"])

    def ingest_password(self, user: str = "serg") -> str:
        return str(self.credentials[user]["ingest_password"])

    @property
    def booth(self) -> Booth:
        return Booth("127.0.0.1", self.port, self.ingest_password())

    @property
    def worker(self) -> psutil.Process:
        """The process that answers; `process` is its master."""
        return psutil.Process(self.process.pid).children()[0]

    def rss_bytes(self) -> int:
        return int(self.worker.memory_info().rss)

    def forget_peak(self) -> None:
        """From now on `peak_bytes` counts anew (proc(5), clear_refs)."""
        Path(f"/proc/{self.worker.pid}/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """The most memory the process that answers has had at once (proc(5), VmHWM)."""
        status = Path(f"/proc/{self.worker.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def session(self, user: str | None = "serg") -> Client:
        client = Client(self.url)
        if user:
            client.sign_in(user, self.password(user))
        return client

    def terminate(self) -> None:
        """Tell it to end, as a deploy does."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, timeout_sec: float) -> int:
        """The exit code, once everything has ended by itself."""
        return self.process.wait(timeout_sec)

    def stop(self) -> None:
        """End it in order, and by force if it does not or leaves somebody behind."""
        if self._process is None:
            return
        self.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        self.kill()

    def restart(self) -> Server:
        self.stop()
        return self.start()

    def kill(self) -> None:
        """kill -9 to the master, the workers and everything they started; all are gone then."""
        master, self._process = self.process, None
        family = _family(master.pid)
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        master.wait(10)
        wait_until(lambda: all(map(_has_ended, family)), 10, f"{family} have ended")

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


def _family(leader: int) -> list[psutil.Process]:
    """The leader's process group and every descendant of its members, however they left it."""
    members = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == leader:
                members += [process, *process.children(recursive=True)]
    return list(dict.fromkeys(members))


def _has_ended(process: psutil.Process) -> bool:
    """Also when nobody has collected its exit code yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def log_tail(path: Path) -> str:
    return path.read_text(errors="replace")[-LOG_TAIL_CHARS:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

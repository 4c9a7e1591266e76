"""Many processes on one PostgreSQL, as a larger installation runs them."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from photoai.config import ROOT

from .ending import end
from .server import Client, Server, log_tail
from .waiting import wait_until

numbers = itertools.count(1)


class WorkerProcess:
    """`python -m photoai worker` beside a server, with its settings and the example provider."""

    def __init__(self, server: Server, **env: str) -> None:
        self._server = server
        self._env = env
        self._log = server.folder / f"worker-{next(numbers)}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> WorkerProcess:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.worker", "worker"],
                cwd=ROOT,
                env=self._server.environment() | self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def wait_ready(self) -> WorkerProcess:
        try:
            wait_until(lambda: '"worker_ready"' in self.log, 30, "the worker is ready")
        except BaseException as error:
            error.add_note(log_tail(self._log))
            raise
        return self

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """kill -9."""
        end(self.process)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        if self._process is not None:
            end(self._process, signal.SIGTERM, patience_sec=30)


class Fleet:
    """Web servers and workers that share a database and a folder of photos."""

    def __init__(
        self, folder: Path, database_url: str, env: dict[str, str], *, webs: int, workers: int
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        shared = {
            "QUEUE_BACKEND": "postgres",
            "DATABASE_URL": database_url,
            "MEDIA_ROOT": str(folder / "media"),
            "CREDENTIALS_FILE": str(folder / "credentials.json"),
            **env,
        }
        self._counts = (webs, workers)
        self.webs = [
            Server(folder / f"web-{number}", env=shared, app="tests.support.wsgi:app")
            for number in range(webs)
        ]
        for web in self.webs:  # one file of credentials, which the server's own tools read too
            (web.folder / "credentials.json").symlink_to(folder / "credentials.json")
        self.workers: list[WorkerProcess] = []

    @property
    def web(self) -> Server:
        return self.webs[0]

    def session(self, user: str = "serg") -> Client:
        return self.web.session(user)

    def add_worker(self) -> WorkerProcess:
        worker = WorkerProcess(self.web)
        self.workers.append(worker)
        return worker.start()

    def __enter__(self) -> Fleet:
        try:
            for web in self.webs:
                web.start()
            for _ in range(self._counts[1]):
                self.add_worker()
            for worker in self.workers:
                worker.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            with suppress(ProcessLookupError):
                worker.thaw()
            worker.terminate()
        for web in self.webs:
            web.stop()
        for worker in self.workers:
            worker.stop()

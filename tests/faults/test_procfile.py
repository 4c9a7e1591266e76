"""The Procfile's processes as they stand: two web and two worker processes that share nothing but a
PostgreSQL and a bucket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
import requests

from photoai.config import ROOT, Config
from tests.support import photos
from tests.support.booth import Booth
from tests.support.postgres import Postgres
from tests.support.s3 import S3
from tests.support.server import Client, free_port, log_tail
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

PASSWORD, INGEST_PASSWORD = "serg-signs-in-with-this", "booths-of-serg"
CREDENTIALS = {
    "serg": {"password": PASSWORD, "ingest_password": INGEST_PASSWORD},
    "igor": {"password": "igor-signs-in-with-this", "ingest_password": "booths-of-igor"},
    "secret_key": "one and the same for every process, and long enough",
}
COMMANDS = dict(
    line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line
)


@dataclass
class Dyno:
    """One process of the Procfile on a disk of its own."""

    kind: str
    folder: Path
    env: dict[str, str]

    def start(self) -> Dyno:
        self.folder.mkdir(parents=True, exist_ok=True)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {each.name.upper() for each in fields(Config)}
        }
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"INSTANCE_DIR": str(self.folder), "MEDIA_ROOT": str(self.folder / "media")}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                COMMANDS[self.kind],
                shell=True,
                cwd=ROOT,
                env={**inherited, "PATH": path, **own, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def stop(self) -> None:
        for number, patience_sec in ((signal.SIGTERM, 40), (signal.SIGKILL, 5)):
            with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(self.process.pid, number)
                self.process.wait(patience_sec)


@dataclass
class Formation:
    webs: list[Dyno]
    workers: list[Dyno]
    ports: list[int]
    kept: Callable[[], set[str]]

    def booth(self, web: int) -> Booth:
        return Booth("127.0.0.1", self.ports[web], INGEST_PASSWORD)

    def client(self, web: int) -> Client:
        client = Client(f"http://127.0.0.1:{self.ports[web]}")
        client.sign_in("serg", PASSWORD)
        return client


@pytest.fixture(scope="module")
def formation(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, s3: S3
) -> Iterator[Formation]:
    folder, bucket = tmp_path_factory.mktemp("formation"), s3.create_bucket()
    url = postgres.create_database().replace("postgresql+psycopg2://", "postgres://")
    shared = {
        "DATABASE_URL": url,
        "QUEUE_BACKEND": "postgres",
        "RUNTIME_CREDENTIALS": json.dumps(CREDENTIALS),
        "HOST": "127.0.0.1",
        **s3.settings(bucket),
    }
    ports = [free_port(), free_port()]
    dynos = [
        Dyno(
            "web", folder / f"web-{number}", {**shared, "PORT": str(port), "DYNO": f"web.{number}"}
        )
        for number, port in enumerate(ports)
    ]
    dynos += [Dyno("worker", folder / f"worker-{number}", shared) for number in range(2)]
    release = Dyno("release", folder / "release", shared).start()
    assert release.process.wait(60) == 0, release.log
    try:
        for dyno in dynos:
            dyno.start()
        for port in ports:
            wait_until(lambda port=port: _answers(port), 40, "a web process answers")
        for dyno in dynos[2:]:
            wait_until(lambda dyno=dyno: '"worker_ready"' in dyno.log, 40, "a worker is ready")
        yield Formation(dynos[:2], dynos[2:], ports, lambda: s3.kept(bucket))
    except BaseException as error:
        for dyno in dynos:
            error.add_note(f"{dyno.folder.name}: {log_tail(dyno.folder / 'log')}")
        raise
    finally:
        for dyno in dynos:
            dyno.stop()


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


@pytest.mark.parametrize(
    ("environ", "host"),
    [
        ({}, "127.0.0.1"),
        ({"DYNO": "web.1"}, "0.0.0.0"),
        ({"DYNO": "web.1", "HOST": "::"}, "::"),
    ],
)
def test_behind_a_router_a_web_process_listens_to_everybody(
    environ: dict[str, str], host: str
) -> None:
    assert Config.from_environ(environ).host == host


def test_a_photo_sent_to_one_web_process_is_shown_by_the_other(formation: Formation) -> None:
    answer = formation.booth(0).send(photos.jpeg(seed=1))
    assert answer.status == 200
    job = answer.headers["X-Photoai-Job"]
    result = formation.client(1).get(f"/api/tasks/{job}/result", headers={"Range": "bytes=0-99"})
    assert (result.status_code, result.content) == (206, answer.body[:100])


def test_media_registered_at_one_is_public_at_the_other(formation: Formation) -> None:
    photo = photos.jpeg(seed=2)
    made = formation.client(0).post("/api/media/register", files={"file": ("a.jpg", photo)})
    assert made.status_code == 201, made.text
    url = f"http://127.0.0.1:{formation.ports[1]}/public/media/{made.json()['id']}"
    assert requests.get(url, timeout=10).content == photo


def test_nothing_but_logs_lies_on_any_disk(formation: Formation) -> None:
    assert formation.booth(1).send(photos.jpeg(seed=3)).status == 200
    for dyno in [*formation.webs, *formation.workers]:
        files = {path.name for path in dyno.folder.rglob("*") if path.is_file()}
        assert files == {"log"}
    assert formation.kept()


def test_without_either_of_two_workers_photos_are_made(formation: Formation) -> None:
    for number in (0, 1):
        formation.workers[number].stop()
        assert formation.booth(number).send(photos.jpeg(seed=4 + number)).status == 200
        formation.workers[number].start()
        dyno = formation.workers[number]
        wait_until(lambda dyno=dyno: dyno.log.count('"worker_ready"') == 2, 40)

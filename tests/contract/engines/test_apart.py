"""A job that is suspected of bringing its process down runs in one of its own: real processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from tests.emulators.example import ExampleEmulator
from tests.support import example, photos
from tests.support.fleet import Fleet
from tests.support.postgres import Postgres
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def fleet(tmp_path: Path, postgres: Postgres, emulator: ExampleEmulator) -> Iterator[Fleet]:
    """No worker yet; its booth gives up late."""
    env = {
        "PROVIDERS_FILE": str(example.catalogue(tmp_path)),
        "EXAMPLE_URL": emulator.url,
        "RATE_LIMIT_ENABLED": "false",
    }
    with Fleet(tmp_path, postgres.create_database(), env, webs=1, workers=0) as fleet:
        yield fleet


def value(fleet: Fleet, statement: str) -> object:
    url = fleet.web.environment()["DATABASE_URL"].replace("+psycopg2", "")
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else cursor.rowcount
    finally:
        connection.close()


def test_a_suspect_is_put_back_when_its_worker_stops_and_no_death_is_counted(fleet: Fleet) -> None:
    fleet.session().put(
        "/api/slots/slot-001",
        json={
            "name": "suspect",
            "provider_id": "example",
            "operation_id": "change_image",
            "settings_json": {"prompt": "delay=8"},
        },
    ).raise_for_status()
    booth = threading.Thread(target=fleet.web.booth.send, args=(photos.jpeg(),))
    booth.start()
    wait_until(lambda: value(fleet, "SELECT count(*) FROM job"), 20)
    value(fleet, "UPDATE job SET crash_count = 2")
    first = fleet.add_worker().wait_ready()
    wait_until(lambda: value(fleet, "SELECT state FROM job") == "running", 20, "it runs")
    apart = psutil.Process(first.process.pid).children()
    assert [str(each.pid) for each in apart] == [
        str(value(fleet, "SELECT split_part(owner, ':', 2) FROM job"))
    ]
    first.terminate()
    assert first.process.wait(20) == 0
    assert not apart[0].is_running()
    assert value(fleet, "SELECT state FROM job") == "queued"
    assert value(fleet, "SELECT crash_count FROM job") == 2
    assert value(fleet, "SELECT outcome FROM job_attempt") == "shutdown"
    fleet.add_worker()
    wait_until(lambda: value(fleet, "SELECT state FROM job") == "succeeded", 40, "it is made")
    booth.join(30)

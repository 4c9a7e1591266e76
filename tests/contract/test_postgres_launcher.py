"""The PostgreSQL the tests stand on comes, answers and leaves nothing behind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from tests.support import postgres as launcher
from tests.support.postgres import Postgres
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


@pytest.fixture
def ask() -> Iterator[Callable[[str, str], str]]:
    """Asks a database for one value."""
    connections = []

    def value(url: str, query: str) -> str:
        connection = psycopg2.connect(url.replace("+psycopg2", ""))
        connections.append(connection)
        with connection.cursor() as cursor:
            cursor.execute(query)
            (found,) = cursor.fetchone() or ("nothing",)
        return str(found)

    yield value
    for connection in connections:
        connection.close()


def test_it_is_a_postgresql_18(cluster: Postgres, ask: Callable[[str, str], str]) -> None:
    assert ask(cluster.url(), "SELECT version()").startswith("PostgreSQL 18")
    assert ask(cluster.url(), "SHOW listen_addresses") == "127.0.0.1"


def test_databases_are_made_by_name_or_without(
    cluster: Postgres, ask: Callable[[str, str], str]
) -> None:
    assert cluster.create_database("albums") == cluster.url("albums")
    for url in (cluster.url("albums"), cluster.create_database()):
        assert ask(url, "SELECT current_database()") == url.rpartition("/")[2]


@pytest.mark.parametrize(("durable", "fsync"), [(True, "on"), (False, "off")])
def test_only_a_durable_cluster_waits_for_the_disk(
    durable: bool, fsync: str, ask: Callable[[str, str], str]
) -> None:
    with Postgres(durable=durable) as cluster:
        assert ask(cluster.url(), "SHOW fsync") == fsync


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_nothing_is_left_when_it_is_stopped_under_a_client(
    cluster: Postgres, ask: Callable[[str, str], str], mode: str
) -> None:
    ask(cluster.url(), "SELECT 1")
    folder = cluster.folder
    family = [psutil.Process(cluster.pid), *psutil.Process(cluster.pid).children()]
    cluster.stop(mode)
    wait_until(lambda: not [each for each in family if each.is_running()], 5, "all have ended")
    assert not folder.exists()


def test_a_halted_cluster_comes_back_with_its_data(
    cluster: Postgres, ask: Callable[[str, str], str]
) -> None:
    url = cluster.create_database("kept")
    cluster.halt()
    with pytest.raises(psycopg2.OperationalError):
        ask(url, "SELECT 1")
    cluster.start()
    assert ask(url, "SELECT current_database()") == "kept"


def test_a_start_that_fails_shows_the_log_and_cleans_up(
    cluster: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **how: made.append(real(**how)) or made[-1])
    with pytest.raises(AssertionError, match="Address already in use"):
        Postgres(port=cluster.port).start()
    assert [Path(folder).exists() for folder in made] == [False]


def test_it_runs_from_a_folder_only_root_may_enter(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[str, str], str]
) -> None:
    monkeypatch.setattr(launcher, "_open_to_all", lambda folder: False)
    with Postgres() as cluster:
        assert ask(cluster.url(), "SELECT 1") == "1"

"""An engine of each kind on real ground; what it would wait for long is made short."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from photoai import migrating
from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.services.jobs import local, run
from photoai.services.jobs.postgres import sweeper, worker
from tests.conftest import config_in
from tests.support.engines import Engine, Ground, MemoryEngine, PostgresEngine
from tests.support.postgres import Postgres


@pytest.fixture(scope="module", params=["memory", pytest.param("postgres", marks=pytest.mark.slow)])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def ground(
    request: pytest.FixtureRequest,
    kind: str,
    prepared: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp(kind)
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    if kind == "memory":
        yield from opened(config_in(folder))
    else:
        cluster: Postgres = request.getfixturevalue("postgres")
        yield from opened(on_postgres(folder, cluster.create_database()))


def on_postgres(folder: Path, url: str) -> Config:
    return dataclasses.replace(
        config_in(folder), database_url=url, queue_backend="postgres", database_pool_size=30
    )


def opened(config: Config) -> Iterator[Ground]:
    app = create_app(config)
    services = services_of(app)
    if not config.on_sqlite:
        migrating.upgrade(app)
        services.prepare()
    yield Ground(services.database, services.store, config)
    services.shut_down()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "POLL_SEC", 0.05)
    monkeypatch.setattr(local, "RENEW_SEC", 0.2)
    monkeypatch.setattr(sweeper, "RENEWED_AFTER_SEC", 0.0)  # the tests' PostgreSQL is young
    monkeypatch.setattr(worker, "POLL_SEC", 0.1)
    monkeypatch.setattr(worker, "DRAIN_SEC", 0.5)
    monkeypatch.setattr(worker, "RESTART_SEC", 0.1)
    # What broke is tried again after the shortest of the waits it can draw.
    monkeypatch.setattr(run, "random", SimpleNamespace(uniform=lambda least, most: least))


@pytest.fixture
def engine(kind: str, ground: Ground, quick: None) -> Iterator[Engine]:
    """Without processes yet."""
    ground.clear()
    engine: Engine
    if kind == "memory":
        engine = MemoryEngine(ground)
    else:
        engine = PostgresEngine(ground).sweep_now_and_then()
    yield engine
    engine.close()


@pytest.fixture
def limited(ground: Ground) -> Callable[..., Ground]:
    """The same ground under other settings."""

    def make(**settings: object) -> Ground:
        return dataclasses.replace(
            ground,
            config=dataclasses.replace(ground.config, **settings),  # type: ignore[arg-type]
        )

    return make

"""What many tests stand on: a real server, an application, a PostgreSQL."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from photoai import migrating
from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.db import Database, flask_settings, open_database
from photoai.services import Services, build
from tests.emulators.example import ExampleEmulator
from tests.support import example
from tests.support.clips import Clips
from tests.support.fleet import Fleet
from tests.support.postgres import Postgres
from tests.support.s3 import S3
from tests.support.server import Client, Server

pytest_plugins = [
    "tests.support.side_by_side",
    "tests.support.second_try",
    "tests.support.once",
]
CALM = {"RATE_LIMIT_ENABLED": "false"}
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def emulator() -> Iterator[ExampleEmulator]:
    with ExampleEmulator() as running:
        yield running


@pytest.fixture(scope="session")
def make_server(
    tmp_path_factory: pytest.TempPathFactory, emulator: ExampleEmulator
) -> Callable[..., Server]:
    """A server with the example provider beside the local one; `limits` are the example's."""

    def make(limits: dict[str, object] | None = None, **env: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        own = {
            "PROVIDERS_FILE": str(example.catalogue(folder, **(limits or {}))),
            "EXAMPLE_URL": emulator.url,
        }
        return Server(folder, env=CALM | own | env, app="tests.support.wsgi:app")

    return make


@pytest.fixture(scope="session")
def make_fleet(
    tmp_path_factory: pytest.TempPathFactory, emulator: ExampleEmulator, postgres: Postgres
) -> Callable[..., Fleet]:
    """Web servers and workers on one PostgreSQL; `limits` are the example provider's."""

    def make(
        limits: dict[str, object] | None = None,
        *,
        webs: int = 1,
        workers: int = 1,
        url: str | None = None,
        **env: str,
    ) -> Fleet:
        folder = tmp_path_factory.mktemp("fleet")
        own = {
            "PROVIDERS_FILE": str(example.catalogue(folder, **(limits or {}))),
            "EXAMPLE_URL": emulator.url,
        }
        return Fleet(
            folder,
            url or postgres.create_database(),
            CALM | own | env,
            webs=webs,
            workers=workers,
        )

    return make


@pytest.fixture(scope="session")
def server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """One server for every test that leaves it as it was; its booth gives up after 5 s."""
    with make_server(SYNC_RESPONSE_TIMEOUT_SEC="5") as running:
        yield running


@pytest.fixture(scope="session")
def serg(server: Server) -> Client:
    return server.session("serg")


@pytest.fixture(scope="session")
def igor(server: Server) -> Client:
    return server.session("igor")


@pytest.fixture
def slot(serg: Client) -> Callable[..., str]:
    """Sets up a slot nobody else uses; its id."""

    def make(prompt: str = "delay=0", provider: str = "example", **settings: object) -> str:
        slot_id = f"slot-{next(numbers) % 39 + 2:03}"
        answer = serg.put(
            f"/api/slots/{slot_id}",
            json={
                "name": "test",
                "provider_id": provider,
                "operation_id": "change_image",
                "settings_json": {"prompt": prompt, **settings},
            },
        )
        assert answer.status_code == 200, answer.text
        return slot_id

    return make


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    cluster = Postgres()
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with S3() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    return Clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/photoai.db"
    url: str = request.getfixturevalue("postgres").create_database()
    return url


def config_in(folder: Path) -> Config:
    return dataclasses.replace(
        Config(),
        instance_dir=folder,
        media_root=folder / "media",
        credentials_file=folder / "credentials.json",
        database_url=f"sqlite:///{folder}/photoai.db",
        rate_limit_enabled=False,
    )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated database and its operators, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    app = create_app(config_in(folder))
    migrating.upgrade(app)
    services_of(app).prepare()
    services_of(app).shut_down()
    return folder


def without_addresses(config: Config) -> tuple[Flask, Services]:
    """The services, and an application that answers nobody: half the work of making one is its
    addresses."""
    app = Flask("photoai")
    app.config.update(flask_settings(config))
    return app, build(config, open_database(app))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path)


@pytest.fixture
def app(config: Config, prepared: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of its own, its background asleep."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    app = create_app(config)
    yield app
    services_of(app).shut_down()


@pytest.fixture
def services(request: pytest.FixtureRequest, config: Config, prepared: Path) -> Iterator[Services]:
    """Those of the application, if the test has one."""
    if "app" in request.fixturenames:
        yield services_of(request.getfixturevalue("app"))
        return
    shutil.copytree(prepared, config.path("instance_dir"), dirs_exist_ok=True)
    _, services = without_addresses(config)
    yield services
    services.shut_down()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database and nothing else, to be copied."""
    config = config_in(tmp_path_factory.mktemp("migrated"))
    app = create_app(config)
    migrating.upgrade(app)
    services_of(app).shut_down()
    return Path(config.database_url.removeprefix("sqlite:///"))


@pytest.fixture
def database(
    database_url: str, config: Config, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A migrated database of each kind."""
    app, services = without_addresses(dataclasses.replace(config, database_url=database_url))
    if database_url.startswith("sqlite"):
        shutil.copy(request.getfixturevalue("migrated"), database_url.removeprefix("sqlite:///"))
    else:
        migrating.upgrade(app)
    yield services.database
    services.shut_down()

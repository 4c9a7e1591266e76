"""Several processes that start at once on one database."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from photoai.app import create_app, services_of
from photoai.config import ROOT, Config
from photoai.models import Slot, User
from tests.support.postgres import Postgres
from tests.support.server import Server

pytestmark = pytest.mark.slow


def test_four_releases_at_once_make_the_tables_and_the_operators_once(
    config: Config, postgres: Postgres
) -> None:
    url = postgres.create_database()
    folder = config.path("instance_dir")
    env = Server(folder, env={"DATABASE_URL": url}).environment()
    releases = [
        subprocess.Popen([sys.executable, "-m", "photoai", "migrate"], cwd=ROOT, env=env)
        for _ in range(4)
    ]
    assert [release.wait(60) for release in releases] == [0] * 4
    services = services_of(create_app(dataclasses.replace(config, database_url=url)))
    with services.database.read() as session:
        assert session.query(User).count() == 2
        assert session.query(Slot).count() == 80
    services.shut_down()

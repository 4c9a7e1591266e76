"""The engine by itself, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from photoai.config import Config
from photoai.db import Database
from tests.support.house import House
from tests.support.waiting import wait_until


@pytest.fixture
def make_house(database: Database, config: Config) -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def make(*how: Any, **more: Any) -> House:
        made.append(House(database, config, *how, **more))
        return made[-1]

    yield make
    for house in made:
        house.queue._stopped.set()
        wait_until(lambda house=house: not house.queue._held._runs, 30, "all runs have ended")

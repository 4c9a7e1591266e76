"""The table of settings on each kind of database, and operators who choose at the same moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.db import Database
from photoai.errors import DatabaseBusy, IngestPasswordTaken
from photoai.services.settings import SettingsChange
from photoai.services.settings.stored import Stored, write


def test_values_are_stored_replaced_and_removed(database: Database) -> None:
    stored = Stored(database)
    assert stored.values() == {}
    with database.begin() as session:
        write(session, {"a": 1, "b": {"c": [0.5]}, "d": "ключ"})
    assert stored.values() == {}, "believed for a second"
    stored.forget()
    assert stored.values() == {"a": 1, "b": {"c": [0.5]}, "d": "ключ"}
    with database.begin() as session:
        write(session, {"a": 2, "b": None, "nobody": None})
    stored.forget()
    assert stored.values() == {"a": 2, "d": "ключ"}


def test_what_was_read_holds_while_the_database_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unread = Stored(database), Stored(database)
    known.values()
    known.forget()

    @contextmanager
    def away() -> Iterator[Any]:
        raise DatabaseBusy
        yield

    monkeypatch.setattr(database, "look", away)
    assert known.values() == {}
    with pytest.raises(DatabaseBusy):
        unread.values()


def test_of_two_operators_who_choose_the_same_password_at_once_one_gets_it(
    database: Database, database_url: str, config: Config
) -> None:
    services = services_of(create_app(dataclasses.replace(config, database_url=database_url)))
    try:
        operators = services.operators.sync(services._credentials)
        for round_ in range(5):

            def chosen(operator: Any, password: str = f"password number {round_}") -> bool:
                change = SettingsChange(ingest_password=password, budgets={"per_day_usd": 1})
                try:
                    services.settings.change(operator, change)
                except IngestPasswordTaken:
                    return False
                return True

            with ThreadPoolExecutor(2) as pool:
                assert sorted(pool.map(chosen, operators)) == [False, True]
        assert services.upkeep.clear_results(operators[0]) == 0
    finally:
        services.shut_down()

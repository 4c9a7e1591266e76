"""The page of settings without JavaScript: what it shows, takes, refuses and never tells."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.services import Services
from photoai.services.providers import PROVIDERS
from photoai.services.settings import ModelChange, SettingsChange
from tests.support.reader import Reader, element, inputs, words

KEY = "AIza-typed-in-key-of-gemini-wxyz"
MODEL, SIZE = "gemini-3-pro-image", "2K"
PRICE = f"models.gemini.prices.{MODEL}.{SIZE}"


def current(serg: Reader, services: Services) -> dict[str, object]:
    told = services.settings.overview(serg.caller)
    return {
        "time-out": told.sync_response_timeout_sec, "budgets": told.budgets,
        "gemini": services.settings.key_of("gemini"), "prices": services.settings.prices("gemini"),
        "model": services.settings.chosen_model("gemini"),
        "password": told.ingest_password.last_changed,
    }  # fmt: skip


@pytest.fixture
def environments(config: Config, app: Flask) -> Iterator[Flask]:
    """The application on the same database, with a key in its environment."""
    made = create_app(dataclasses.replace(config, turbotext_api_key="from-environment-7777"))
    yield made
    services_of(made).shut_down()


def test_it_shows_what_is_set_and_of_secrets_only_their_ends(
    serg: Reader, services: Services
) -> None:
    change = SettingsChange(
        keys={"gemini": KEY}, models={"gemini": ModelChange(MODEL, {MODEL: {SIZE: 0.15}})},
        budgets={"per_day_usd": 20.0},
    )  # fmt: skip
    services.settings.change(serg.caller, change)
    page = serg.page("/settings")
    shown = inputs(page)
    assert shown["sync_response_timeout_sec"] == "50"
    assert float(shown[PRICE]) == 0.15
    assert float(shown["budgets.per_day_usd"]) == 20
    assert shown["budgets.per_slot_per_day_usd"] == ""
    assert f'<option value="{MODEL}" selected>' in page
    assert [shown[name] for name in ("ingest_password", "gemini_api_key")] == ["", ""]
    assert KEY not in page
    assert "…wxyz" in words(element(page, "key-state-gemini"))
    assert "typed in here" in words(element(page, "key-state-gemini"))
    assert "no key" in words(element(page, "key-state-turbotext"))
    assert "When a budget is spent" in page


def test_a_price_nobody_set_is_the_catalogues_in_an_empty_field(serg: Reader) -> None:
    page = serg.page("/settings")
    assert inputs(page)[PRICE] == ""
    assert 'placeholder="0.134"' in page
    assert 'placeholder="by tokens"' in page, "OpenAI counts those"


def test_a_key_of_the_environment_says_so_and_cannot_be_removed_here(
    environments: Flask, serg: Reader
) -> None:
    page = Reader(environments, serg.caller).page("/settings")
    assert "…7777" in words(element(page, "key-state-turbotext"))
    assert "from the environment" in words(element(page, "key-state-turbotext"))
    assert 'data-remove="turbotext"' not in page


def test_one_save_takes_everything_that_was_typed(serg: Reader, services: Services) -> None:
    before = current(serg, services)["password"]
    typed = inputs(serg.page("/settings")) | {
        "sync_response_timeout_sec": "60", "ingest_password": "für die Buden",
        "gemini_api_key": f" {KEY} ", "models.gemini.default": MODEL, PRICE: "0,15",
        "budgets.per_day_usd": "20",
    }  # fmt: skip
    answer = serg.send("/settings", **typed)
    assert (answer.status_code, answer.location) == (303, "/settings?done=saved")
    found = current(serg, services)
    assert found.pop("password") != before
    assert found == {
        "time-out": 60, "budgets": {"per_day_usd": 20, "per_slot_per_day_usd": None},
        "gemini": KEY, "prices": {MODEL: {SIZE: 0.15}}, "model": MODEL,
    }  # fmt: skip
    assert "Saved." in serg.page("/settings?done=saved")


def test_fields_left_empty_keep_secrets_and_bring_back_the_catalogues(
    serg: Reader, services: Services
) -> None:
    change = SettingsChange(
        keys={"gemini": KEY}, models={"gemini": ModelChange(MODEL, {MODEL: {SIZE: 0.15}})},
        budgets={"per_day_usd": 20.0},
    )  # fmt: skip
    services.settings.change(serg.caller, change)
    password = current(serg, services)["password"]
    empty = dict.fromkeys((PRICE, "models.gemini.default", "budgets.per_day_usd"), "")
    assert serg.send("/settings", **inputs(serg.page("/settings")) | empty).status_code == 303
    assert current(serg, services) == {
        "time-out": 50, "budgets": {"per_day_usd": None, "per_slot_per_day_usd": None},
        "gemini": KEY, "prices": {}, "model": None, "password": password,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "path", "typed", "said"),
    [
        ("sync_response_timeout_sec", None, "4", "A whole number from 5 to 110."),
        ("sync_response_timeout_sec", None, "", "A whole number from 5 to 110."),
        ("ingest_password", None, "short", "8 to 200 characters"),
        ("gemini_api_key", "keys.gemini", "with a space", "without spaces"),
        (PRICE, None, "<b>much</b>", "A number from 0 to 1,000,000"),
        ("budgets.per_day_usd", None, "nan", "A number from 0 to 1,000,000"),
        ("models.gemini.default", None, "gpt", "There is no such model."),
    ],
)
def test_a_refused_save_stores_nothing_and_says_where_what_is_wrong(
    serg: Reader, services: Services, field: str, path: str | None, typed: str, said: str
) -> None:
    before = current(serg, services)
    fields = inputs(serg.page("/settings")) | {"budgets.per_slot_per_day_usd": "3", field: typed}
    answer = serg.send("/settings", **fields)
    assert answer.status_code == 422
    assert said in words(element(answer.text, f"p-{path or field}"))
    assert inputs(answer.text)["budgets.per_slot_per_day_usd"] == "3", "what was typed is kept"
    assert "<b>much" not in answer.text
    assert current(serg, services) == before


def test_a_secret_that_was_typed_is_not_sent_back(serg: Reader) -> None:
    answer = serg.send("/settings", gemini_api_key=KEY, sync_response_timeout_sec="4")
    assert answer.status_code == 422
    assert KEY not in answer.text
    assert "have to be typed again" in answer.text


def test_a_password_of_the_other_operator_is_refused_in_russian_too(
    serg: Reader, reader: Callable[[str], Reader]
) -> None:
    igor = reader("igor")
    assert igor.send("/settings", ingest_password="пароль игоря").status_code == 303
    serg.language("ru")
    answer = serg.send("/settings", ingest_password="пароль игоря")
    assert answer.status_code == 422
    assert "другой оператор" in words(element(answer.text, "p-ingest_password"))


def test_a_key_is_removed_by_its_button(serg: Reader, services: Services) -> None:
    services.settings.change(serg.caller, SettingsChange(keys={"gemini": KEY}))
    answer = serg.send("/settings/keys/gemini/remove")
    assert (answer.status_code, answer.location) == (303, "/settings?done=removed")
    assert services.settings.key_of("gemini") == ""
    assert serg.send("/settings/keys/nobody/remove").status_code == 422


def test_the_check_shows_every_part_with_its_time(serg: Reader) -> None:
    page = serg.send("/settings/check").text
    report = words(page[page.index('id="report"') : page.index("</tbody>")])
    for part in ("database", "storage", "queue", "public_url", "internet", "provider:local"):
        assert part in report
    assert report.count(" ms") == 5 + len(PROVIDERS)
    assert "The AI provider has no valid key" in words(element(page, "verdict-gemini"))
    assert "It works." in words(element(page, "verdict-local"))


def test_clearing_the_cache_says_how_much_went(serg: Reader) -> None:
    answer = serg.send("/settings/clear_media_cache")
    assert (answer.status_code, answer.location) == (303, "/settings?done=cleared&deleted=0")
    assert "0 results were deleted." in serg.page("/settings?done=cleared&deleted=0")
    assert "<i>" not in serg.page("/settings?done=cleared&deleted=<i>")


def test_signing_out_everywhere_ends_other_sessions(
    reader: Callable[[str], Reader],
) -> None:
    here, there = reader("serg"), reader("serg")
    assert 'name="everywhere" value="1"' in here.page("/settings")
    assert here.send("/logout", everywhere="1").status_code == 303
    assert "/login" in str(there.get("/settings").location)


def test_it_is_for_operators_with_the_forms_token(
    app: Flask, serg: Reader, reader: Callable[[str], Reader]
) -> None:
    assert app.test_client().get("/settings").location == "/login?next=/settings"
    maria = reader("maria")
    assert maria.get("/settings").status_code == 403
    for path in ("", "/check", "/clear_media_cache", "/keys/gemini/remove"):
        assert maria.send(f"/settings{path}").status_code == 403
        assert serg.send(f"/settings{path}", token="").status_code == 401

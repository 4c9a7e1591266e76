"""What a refusal says of each field, in the language of who asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from .common import CHANGE

MERGE, V1 = "/server2/videoapi", "/api/v1/auth"

STYLE = {"provider_id": "local", "operation_id": "style_transfer", "settings_json": {}}
CLIP = "http://clips.example/one.mp4"
ANNA = {"username": "anna", "email": "anna@b.example", "password": "Good-pass-1"}


def settings(**changed: Any) -> dict[str, Any]:
    return CHANGE | {"settings_json": {"prompt": "vivid"} | changed}


@dataclass(frozen=True)
class Wrong:
    """A request with something wrong in one place, and what is said of that."""

    method: str
    path: str
    body: Any
    field: str
    english: tuple[str, ...]
    russian: tuple[str, ...]
    status: int = 422
    who: str = "serg"


SLOT = "/api/slots/slot-007"
REQUIRED = ("Missing data for required field.",), ("Это поле обязательно.",)
UNKNOWN = ("Unknown field.",), ("Такого поля здесь нет.",)
NUMBER = ("A whole number is needed.",), ("Здесь нужно целое число.",)
CASES = {
    "a short password": Wrong(
        "POST", f"{V1}/register", ANNA | {"password": "short"}, "password",
        ("Length must be between 8 and 256.",
         "An upper case letter, a lower case letter and a digit are needed."),
        ("Длина — от 8 до 256.", "Нужны заглавная буква, строчная буква и цифра."),
        who="stranger",
    ),
    "a name with a space": Wrong(
        "POST", f"{V1}/register", ANNA | {"username": "anna b"}, "username",
        ("Only letters A to Z, digits, dots, dashes and underscores.",),
        ("Только латинские буквы, цифры, точки, дефисы и подчёркивания.",), who="stranger",
    ),
    "a setting of the wrong type": Wrong(
        "PUT", SLOT, settings(output={"quality": "abc"}), "settings_json.output.quality", *NUMBER
    ),
    "a setting that is too large": Wrong(
        "PUT", SLOT, settings(output={"quality": 4711}), "settings_json.output.quality",
        ("Must be less than or equal to 100.",), ("Не больше 100.",),
    ),
    "a setting there is not": Wrong(
        "PUT", SLOT, settings(surprise=1), "settings_json.surprise", *UNKNOWN
    ),
    "no reference image": Wrong(
        "PUT", SLOT, STYLE, "settings_json.reference_media_id", *REQUIRED
    ),
    "a reference image nobody has": Wrong(
        "PUT", SLOT,
        STYLE | {"settings_json": {"reference_media_id": "00000000-0000-4000-8000-000000000000"}},
        "settings_json.reference_media_id",
        ("There is no such image, or it has expired.",),
        ("Такого изображения нет, или его срок истёк.",),
    ),
    "a provider nobody knows": Wrong(
        "PUT", SLOT, CHANGE | {"provider_id": "acme"}, "provider_id",
        ("There is no such provider.",), ("Такого провайдера нет.",),
    ),
    "a key with a space": Wrong(
        "PUT", "/api/settings", {"keys": {"gemini": "a b"}}, "keys.gemini",
        ("A key has no spaces inside and Latin letters only.",),
        ("Ключ — без пробелов внутри и только латинскими буквами.",),
    ),
    "a key of a provider that takes none": Wrong(
        "PUT", "/api/settings", {"keys": {"local": "abc"}}, "keys.local",
        ("There is no provider of that name that takes a key.",),
        ("Провайдера с таким именем, которому нужен ключ, нет.",),
    ),
    "a merge of six clips": Wrong(
        "POST", f"{MERGE}/merge", {"video_urls": [CLIP] * 6}, "video_urls",
        ("Length must be between 1 and 5.",), ("Длина — от 1 до 5.",), who="member",
    ),
    "a merge in a colour that is none": Wrong(
        "POST", f"{MERGE}/merge", {"video_urls": [CLIP], "background": "red"}, "background",
        ("A colour such as #1e90ff is needed.",), ("Нужен цвет вида #1e90ff.",), who="member",
    ),
    "a page that is too large": Wrong(
        "GET", "/api/tasks?page_size=9999", None, "page_size",
        ("Must be greater than or equal to 1 and less than or equal to 100.",),
        ("От 1 до 100.",),
    ),
    "a period nobody counts": Wrong(
        "GET", "/api/stats/slot-001?group_by=year", None, "group_by",
        ("Must be one of: hour, day, week, month.",), ("Одно из: hour, day, week, month.",),
        status=400,
    ),
    "a range that is too long": Wrong(
        "GET", "/api/stats/slot-001?from=2024-01-01&to=2024-06-01", None, "to",
        ("At most 31 days after from.",), ("Не больше 31 дн. после from.",), status=400,
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("wrong", CASES.values(), ids=CASES)
@pytest.mark.parametrize("language", ["en", "ru", None])
def test_what_is_wrong_with_a_field_is_said_in_the_callers_language(
    cast: dict[str, FlaskClient], wrong: Wrong, language: str | None
) -> None:
    headers = {"Accept-Language": language} if language else {}
    answer = cast[wrong.who].open(wrong.path, method=wrong.method, json=wrong.body, headers=headers)
    told = list(wrong.english if language == "en" else wrong.russian)
    assert answer.status_code == wrong.status, answer.text
    assert answer.get_json()["error"]["details"] == {wrong.field: told}


def test_a_body_that_is_no_json_is_told_so_in_the_callers_language(
    cast: dict[str, FlaskClient],
) -> None:
    def details(language: str) -> object:
        answer = cast["serg"].put(
            SLOT, data="{", headers={"Accept-Language": language},
            content_type="application/json",
        )  # fmt: skip
        return answer.get_json()["error"]["details"]

    assert details("en") == {"json": ["Invalid JSON body."]}
    assert details("ru") == {"json": ["Тело запроса — не JSON."]}


@pytest.mark.parametrize("value", ["secret-4711", 47114711, ["secret-4711"], {"secret-4711": 1}])
@pytest.mark.parametrize("name", ["prompt", "strength", "output", "preset"])
def test_a_setting_that_does_not_fit_is_not_echoed(
    serg: FlaskClient, name: str, value: object
) -> None:
    answer = serg.put(SLOT, json=settings(**{name: value}))
    if answer.status_code == 422:
        told = answer.get_json()["error"]["details"].values()
        assert "4711" not in str(list(told))


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Length must be between 3 and 64."), ("ru", "Длина — от 3 до 64.")],
)
def test_a_pages_form_says_it_in_the_visitors_language(
    app: Flask, language: str, told: str
) -> None:
    browser = app.test_client()
    browser.set_cookie("lang", language)
    answer = browser.post("/register", data=ANNA | {"username": "ab"})
    assert answer.status_code == 422, answer.text
    assert told in answer.text

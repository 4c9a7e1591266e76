"""The emulated OpenAI judges as the documentation says the real one does."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.emulators.openai import FORBIDDEN_KEY, KEY, OpenaiEmulator
from tests.support import photos

pytestmark = pytest.mark.slow
FORM = {"model": "gpt-image-2.6-flare", "prompt": "?"}
JPEG = ("a.jpg", photos.jpeg(64, 48), "image/jpeg")
OLDER, SMALL = {"model": "gpt-image-1.5"}, {"model": "gpt-image-1-mini"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[OpenaiEmulator]:
    with OpenaiEmulator() as running:
        yield running


def edit(
    emulator: OpenaiEmulator,
    form: dict[str, str],
    files: Any = (("image[]", JPEG),),
    key: str = KEY,
) -> requests.Response:
    return requests.post(
        f"{emulator.base_url}/images/edits",
        data=form,
        files=files,
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=10,
    )


def refusal(answer: requests.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["error"]["code"]


def test_an_edit_is_answered_as_documented(emulator: OpenaiEmulator) -> None:
    answer = edit(emulator, {**FORM, "size": "1024x1536", "quality": "low"})
    body = answer.json()
    assert (body["size"], body["quality"], body["output_format"]) == ("1024x1536", "low", "png")
    (image,) = body["data"]
    made = photos.opened(base64.b64decode(image["b64_json"]))
    assert (made.format, made.size) == ("PNG", (1024, 1536))
    usage = body["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] == sum(usage["input_tokens_details"].values())
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"moderation": "low"}, "unknown_parameter"),
        ({"response_format": "b64_json"}, "unknown_parameter"),
        ({"prompt": ""}, "missing_required_parameter"),
        ({"prompt": "x" * 32_001}, "string_above_max_length"),
        ({"size": "1000x1000"}, "invalid_value"),
        ({"size": "3200x640"}, "invalid_value"),
        ({**OLDER, "size": "1360x1024"}, "invalid_value"),
        ({"quality": "best"}, "invalid_value"),
        ({**OLDER, "quality": "max"}, "invalid_value"),
        ({"output_format": "bmp"}, "invalid_value"),
        ({"output_compression": "95"}, "invalid_value"),
        ({"input_fidelity": "high"}, "invalid_input_fidelity_model"),
        ({**SMALL, "input_fidelity": "high"}, "invalid_value"),
    ],
)
def test_what_is_not_documented_is_refused(
    emulator: OpenaiEmulator, change: dict[str, str], code: str
) -> None:
    assert refusal(edit(emulator, FORM | change)) == (400, code)


def test_a_size_of_ones_own_is_drawn_by_newer_models(emulator: OpenaiEmulator) -> None:
    assert edit(emulator, FORM | {"size": "1360x1024"}).status_code == 200


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"photo": JPEG}, "unknown_parameter"),
        ((("image", JPEG), ("image", JPEG)), "invalid_value"),
        ((("image[]", JPEG),) * 17, "invalid_value"),
        ({"image": ("a.gif", b"GIF89a", "image/gif")}, "invalid_value"),
        ({"image": ("a.png", JPEG[1], "image/png")}, "invalid_image_file"),
        ({"image": ("a.jpg", b"\xff\xd8\xff no photo", "image/jpeg")}, "invalid_image_file"),
    ],
)
def test_what_is_no_image_is_refused(emulator: OpenaiEmulator, files: Any, code: str) -> None:
    assert refusal(edit(emulator, FORM, files)) == (400, code)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("", (401, None)), ("sk-1", (401, "invalid_api_key")), (FORBIDDEN_KEY, (403, None))],
)
def test_keys_are_checked(
    emulator: OpenaiEmulator, key: str, expected: tuple[int, str | None]
) -> None:
    assert refusal(edit(emulator, FORM, key=key)) == expected
    assert refusal(edit(emulator, FORM | {"model": "gpt-image-1"})) == (404, "model_not_found")


def test_it_remembers_what_was_asked(emulator: OpenaiEmulator) -> None:
    emulator.clear()
    edit(emulator, FORM)
    (seen,) = emulator.seen()
    assert (seen["status"], seen["fields"]["prompt"]) == (200, "?")
    assert [each["name"] for each in seen["images"]] == ["image[]"]

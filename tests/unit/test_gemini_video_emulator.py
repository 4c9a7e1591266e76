"""The Gemini emulator judges questions about videos, and keeps names of files; asked by plain
HTTP."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.emulators.gemini_client import Json, ask, begin, error, inline, send
from tests.emulators.gemini_request import LIMIT_BYTES
from tests.support.reels import FIRST, MP4, SECOND

pytestmark = pytest.mark.slow
FACTS = {"duration_sec": 6.0, "has_sound": True, "shots": [], "target_language": "ru", "scripts": 1}
WORDS = f"Analyse it.\n\n```json\n{json.dumps(FACTS)}\n```"
VIDEO = inline(MP4, "video/mp4")
QUESTION: Json = {
    "systemInstruction": {"parts": [{"text": "You analyse."}]},
    "contents": [{"role": "user", "parts": [VIDEO, {"text": WORDS}]}],
    "generationConfig": {
        "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object", "properties": {"keys": {"type": "array"}}},
    },
}


@pytest.fixture(scope="module")
def running() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as emulator:
        yield emulator


@pytest.fixture
def gemini(running: GeminiEmulator) -> GeminiEmulator:
    running.clear()
    return running


def parts(question: Json) -> list[Json]:
    found: list[Json] = question["contents"][0]["parts"]
    return found


def test_a_right_question_is_answered_from_its_facts(gemini: GeminiEmulator) -> None:
    said = ask(gemini, QUESTION, FIRST).json()
    texts = [
        part["text"]
        for part in said["candidates"][0]["content"]["parts"]
        if not part.get("thought")
    ]
    answer = json.loads("".join(texts))
    assert len(answer["keys"]) == 5
    assert max(each["end_sec"] for each in answer["segments"]) <= 6.0
    assert said["modelVersion"] == f"{FIRST}-001"
    counts = {
        each["modality"]: each["tokenCount"]
        for each in said["usageMetadata"]["promptTokensDetails"]
    }
    assert counts["AUDIO"] == 6 * 32


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda q: parts(q).reverse(), "before all words"),
        (lambda q: parts(q).pop(0), "before all words"),
        (lambda q: parts(q).append(VIDEO), "before all words"),
        (lambda q: parts(q)[1].update(text="Analyse it."), "measured facts"),
        (lambda q: parts(q)[0].update(inline(MP4, "video/x-msvideo")), "Unsupported MIME type"),
        (lambda q: q.pop("systemInstruction"), "system instruction"),
        (lambda q: q["generationConfig"].pop("responseMimeType"), "application/json"),
        (lambda q: q["generationConfig"].pop("responseJsonSchema"), "response_json_schema"),
        (lambda q: q["generationConfig"]["responseJsonSchema"].update(maxLength=5), "maxLength"),
        (lambda q: q["contents"].append({"role": "model", "parts": [{"text": "x"}]}), "alternate"),
        (lambda q: parts(q)[1].update(text=WORDS + "x" * LIMIT_BYTES), "payload size"),
    ],
)  # fmt: skip
def test_a_wrong_one_is_refused(
    gemini: GeminiEmulator, spoil: Callable[[Json], object], said: str
) -> None:
    question = copy.deepcopy(QUESTION)
    spoil(question)
    answer = ask(gemini, question, FIRST)
    assert answer.status_code == 400
    assert said in error(answer)["message"]


def test_moods_concern_the_models_they_name(gemini: GeminiEmulator) -> None:
    gemini.let_videos("good", gone=[FIRST], busy=[SECOND])
    assert [ask(gemini, QUESTION, model).status_code for model in (FIRST, SECOND)] == [404, 503]
    gemini.clear()
    assert ask(gemini, QUESTION, FIRST).status_code == 200


def test_words_come_one_after_the_other_and_the_last_for_ever(gemini: GeminiEmulator) -> None:
    gemini.let_videos("503", "quota", "good")
    codes = [ask(gemini, QUESTION, FIRST).status_code for _ in range(4)]
    assert codes == [503, 429, 200, 200]
    assert len(gemini.asked_about_videos()) == 4


def test_a_revoked_key_opens_nothing_any_more(gemini: GeminiEmulator) -> None:
    gemini.let_videos("revoked")
    assert ask(gemini, QUESTION, FIRST).status_code == 403
    url, headers = f"{gemini.url}/v1beta/files/any", {"x-goog-api-key": KEY}
    answer = requests.delete(url, headers=headers, timeout=10)
    assert error(answer)["details"][0]["reason"] == "CONSUMER_SUSPENDED"


def named(gemini: GeminiEmulator, name: str) -> requests.Response:
    return requests.post(
        f"{gemini.url}/upload/v1beta/files",
        json={"file": {"name": name}},
        headers={
            "x-goog-api-key": KEY,
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": "3",
            "X-Goog-Upload-Header-Content-Type": "video/mp4",
        },
        timeout=10,
    )


def test_a_chosen_name_is_the_files_and_taken(gemini: GeminiEmulator) -> None:
    begun = named(gemini, "files/photoai-1")
    sent = send(begun.headers["x-goog-upload-url"], b"abc", 0, "upload, finalize")
    assert sent.json()["file"]["name"] == "files/photoai-1"
    taken = named(gemini, "files/photoai-1")
    assert (taken.status_code, error(taken)["status"]) == (409, "ALREADY_EXISTS")
    assert named(gemini, "files/Photo_AI").status_code == 400
    assert begin(gemini, 3), "one without a name is given one"

"""The Gemini emulator answers, judges and misbehaves as it promises; asked by plain HTTP."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import requests

from tests.emulators.gemini import FORBIDDEN_KEY, KEY, OTHER_KEY, GeminiEmulator
from tests.emulators.gemini_client import (
    MODEL,
    PHOTO,
    Json,
    ask,
    begin,
    body,
    by_uri,
    error,
    file_at,
    inline,
    send,
    upload,
)
from tests.emulators.gemini_files import GRANULARITY_BYTES
from tests.emulators.gemini_images import greens_inverted
from tests.support import photos
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as emulator:
        yield emulator


@pytest.fixture
def gemini(running: GeminiEmulator) -> GeminiEmulator:
    running.clear()
    return running


def say(gemini: GeminiEmulator, prompt: str, *images: Json) -> Json:
    answer = ask(gemini, body(prompt, *images))
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


def parts(answer: Json) -> list[Json]:
    found: list[Json] = answer["candidates"][0]["content"]["parts"]
    return found


def image(part: Json) -> bytes:
    return base64.b64decode(part["inlineData"]["data"])


def test_it_paints_the_first_image_with_inverted_greens(gemini: GeminiEmulator) -> None:
    answer = say(gemini, "make it nice", inline(), inline(photos.png(), "image/png"))
    (part,) = parts(answer)
    assert part["inlineData"]["mimeType"] == "image/png"
    painted = photos.opened(image(part))
    assert painted.format == "PNG"
    assert painted.size == (1248, 832)
    original = photos.opened(PHOTO).resize(painted.size)
    assert photos.difference(painted, greens_inverted(original)) < 4
    assert photos.difference(painted, original) > 20


def test_it_tells_what_it_used(gemini: GeminiEmulator) -> None:
    answer = say(gemini, "make it nice")
    usage = answer["usageMetadata"]
    assert answer["candidates"][0]["finishReason"] == "STOP"
    assert answer["modelVersion"] == MODEL
    assert answer["responseId"]
    assert usage["promptTokensDetails"] == [
        {"modality": "TEXT", "tokenCount": 3},
        {"modality": "IMAGE", "tokenCount": 258},
    ]
    assert usage["candidatesTokensDetails"] == [{"modality": "IMAGE", "tokenCount": 1120}]
    assert usage["totalTokenCount"] == 3 + 258 + 1120 + usage["thoughtsTokenCount"]


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"aspectRatio": "1:1"}, (1024, 1024)),
        ({"aspectRatio": "3:4", "imageSize": "1K"}, (864, 1184)),
        ({"aspect_ratio": "21:9"}, (1536, 672)),
        ({"aspectRatio": "16:9", "imageSize": "2K"}, (2688, 1536)),
    ],
)
def test_the_size_follows_the_config(
    gemini: GeminiEmulator, asked: Json, size: tuple[int, int]
) -> None:
    answer = ask(gemini, body(config={"imageConfig": asked})).json()
    assert photos.opened(image(parts(answer)[0])).size == size


@pytest.mark.parametrize(
    ("json", "said"),
    [
        ({}, "contents is not specified"),
        ({"contents": [{"role": "user"}]}, "contents.parts must not be empty"),
        ({"contents": [{"parts": [{}]}]}, "must have one initialized field"),
        ({"contents": [{"role": "guest", "parts": [{"text": "a"}]}]}, "valid role"),
        (body() | {"prompt": "a"}, 'Unknown name "prompt": Cannot find field.'),
        (body(config={"outputMimeType": "image/png"}), 'Unknown name "outputMimeType" at \'gen'),
        (
            body(config={"imageConfig": {"outputMimeType": "image/png"}}),
            "at 'generation_config.image_config': Cannot find field.",
        ),
        (body(config={"imageConfig": {"imageSize": "1k"}}), "image_size must be one of"),
        (body(config={"imageConfig": {"imageSize": "512"}}), "not supported for this model"),
        (body(config={"imageConfig": {"aspectRatio": "2:1"}}), "aspect_ratio must be one of"),
        (body(config={"responseModalities": ["PICTURE"]}), "response_modalities[0]"),
        (body(config={"thinkingConfig": {"thinkingLevel": "NONE"}}), "thinking_level"),
        (body("", {"inlineData": {"mimeType": "image/jpeg", "data": "a"}}), "Base64 decoding"),
        (body("", inline(PHOTO, "image/png")), "Unable to process input image"),
        (body("", inline(PHOTO[:100])), "Unable to process input image"),
        (body("", inline(b"a", "audio/wav")), "Unsupported MIME type: audio/wav"),
        (body("", inline(bytes(16 * 1024 * 1024))), "Request payload size exceeds the limit"),
    ],
)
def test_a_wrong_request_is_an_invalid_argument(
    gemini: GeminiEmulator, json: object, said: str
) -> None:
    answer = ask(gemini, json)
    assert answer.status_code == 400
    assert error(answer)["status"] == "INVALID_ARGUMENT"
    assert said in error(answer)["message"]


def test_it_reads_both_alphabets_of_base64(gemini: GeminiEmulator) -> None:
    url_safe = base64.urlsafe_b64encode(PHOTO).decode().rstrip("=")
    say(gemini, "", {"inlineData": {"mimeType": "image/jpeg", "data": url_safe}})
    (record,) = gemini.seen()
    sent = record["json"]["contents"][0]["parts"][0]["inlineData"]
    assert sent["sha256"] == hashlib.sha256(PHOTO).hexdigest()


def test_an_unknown_field_is_named_in_the_details(gemini: GeminiEmulator) -> None:
    (detail,) = error(ask(gemini, body(config={"imageConfig": {"size": "1K"}})))["details"]
    assert detail["@type"].endswith("google.rpc.BadRequest")
    assert detail["fieldViolations"][0]["field"] == "generation_config.image_config"


def test_an_unknown_model_is_not_found(gemini: GeminiEmulator) -> None:
    assert error(ask(gemini, body(), model="gemini-0"))["status"] == "NOT_FOUND"


def test_a_wrong_key_is_a_400_with_a_reason(gemini: GeminiEmulator) -> None:
    wrong = error(ask(gemini, body(), key="wrong"))
    assert wrong["code"] == 400
    assert wrong["details"][0]["reason"] == "API_KEY_INVALID"


@pytest.mark.parametrize("key", ["", FORBIDDEN_KEY])
def test_no_key_and_a_forbidden_one_are_denied(gemini: GeminiEmulator, key: str) -> None:
    assert error(ask(gemini, body(), key=key))["status"] == "PERMISSION_DENIED"


def test_an_uploaded_file_can_be_asked_about(gemini: GeminiEmulator) -> None:
    file = upload(gemini)
    assert file["state"] == "ACTIVE"
    assert file["displayName"] == "reference"
    assert file["sizeBytes"] == str(len(PHOTO))
    assert base64.b64decode(file["sha256Hash"]) == hashlib.sha256(PHOTO).hexdigest().encode()
    life = datetime.fromisoformat(file["expirationTime"]) - datetime.fromisoformat(
        file["createTime"]
    )
    assert life.total_seconds() == 48 * 3600
    assert say(gemini, "", by_uri(file))["candidates"]
    assert gemini.files() == [file]


def test_a_large_file_travels_in_pieces_with_their_offsets(gemini: GeminiEmulator) -> None:
    data = bytes(GRANULARITY_BYTES + 5)
    url = begin(gemini, len(data))
    assert send(url, data[:100], 0).status_code == 400  # too small a piece
    first = send(url, data[:GRANULARITY_BYTES], 0)
    assert first.headers["x-goog-upload-status"] == "active"
    assert first.headers["x-goog-upload-size-received"] == str(GRANULARITY_BYTES)
    assert send(url, b"abcde", 7, "upload, finalize").status_code == 400
    assert send(url, b"abc", GRANULARITY_BYTES, "upload, finalize").status_code == 400
    last = send(url, b"abcde", GRANULARITY_BYTES, "upload, finalize")
    assert last.json()["file"]["sizeBytes"] == str(len(data))
    assert send(url, b"abcde", GRANULARITY_BYTES).status_code == 404


@pytest.mark.parametrize("ends", ["ACTIVE", "FAILED"])
def test_a_file_is_processed_for_some_polls(gemini: GeminiEmulator, ends: str) -> None:
    gemini.let_files(polls=2, ends=ends)
    file = upload(gemini)
    refused = error(ask(gemini, body("", by_uri(file))))
    assert refused["status"] == "FAILED_PRECONDITION"
    states = [file_at(gemini, file["name"]).json()["state"] for _ in range(3)]
    assert states == ["PROCESSING", "PROCESSING", ends]


def test_a_deleted_file_is_gone(gemini: GeminiEmulator) -> None:
    file = upload(gemini)
    assert file_at(gemini, file["name"], "DELETE").json() == {}
    assert file_at(gemini, file["name"]).status_code == 403


def test_unknown_foreign_and_expired_files_are_denied(gemini: GeminiEmulator) -> None:
    foreign = upload(gemini)
    assert ask(gemini, body("", by_uri(foreign)), key=OTHER_KEY).status_code == 403
    gemini.let_files(life_sec=0)
    unknown = {"uri": f"{gemini.url}/v1beta/files/unknown"}
    for file in (unknown, upload(gemini), {"uri": "https://example.com/a.jpg"}):
        refused = error(ask(gemini, body("", by_uri(file))))
        assert refused["status"] == "PERMISSION_DENIED"
        assert "or it may not exist" in refused["message"]


def test_forget_loses_a_file_once(gemini: GeminiEmulator) -> None:
    def again() -> int:
        reference = by_uri(upload(gemini))
        return ask(gemini, body("say=forget", inline(), reference)).status_code

    assert [again(), again()] == [403, 200]


def test_interim_images_come_before_the_final_one(gemini: GeminiEmulator) -> None:
    answer = say(gemini, "say=thought")
    pictures = [part for part in parts(answer) if "inlineData" in part]
    assert [part.get("thought", False) for part in pictures] == [True, True, False]
    assert pictures[-1]["thoughtSignature"]
    assert answer["usageMetadata"]["thoughtsTokenCount"] > 0


@pytest.mark.parametrize(
    ("word", "holds"), [("say=thought_only", "inlineData"), ("say=text", "text")]
)
def test_stop_may_come_without_an_image(gemini: GeminiEmulator, word: str, holds: str) -> None:
    answer = say(gemini, word)
    assert answer["candidates"][0]["finishReason"] == "STOP"
    assert holds in parts(answer)[-1]
    assert not [part for part in parts(answer) if "inlineData" in part and not part.get("thought")]


def test_text_is_all_there_is_where_no_image_was_asked_for(gemini: GeminiEmulator) -> None:
    answer = ask(gemini, body(config={"responseModalities": ["TEXT"]})).json()
    assert list(parts(answer)[0]) == ["text"]


def test_a_blocked_prompt_has_no_candidates(gemini: GeminiEmulator) -> None:
    answer = say(gemini, "block=PROHIBITED_CONTENT")
    assert answer["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    assert "candidates" not in answer
    assert "candidates" not in say(gemini, "say=empty")


@pytest.mark.parametrize(
    ("word", "reason"),
    [("finish=IMAGE_SAFETY", "IMAGE_SAFETY"), ("say=unknown_finish", "IMAGE_FROM_THE_FUTURE")],
)
def test_a_finish_reason_stands_beside_empty_content(
    gemini: GeminiEmulator, word: str, reason: str
) -> None:
    (candidate,) = say(gemini, word)["candidates"]
    assert candidate["finishReason"] == reason
    assert candidate["content"] == {}


def test_a_quota_says_when_to_retry(gemini: GeminiEmulator) -> None:
    answer = ask(gemini, body("say=quota"))
    failure, _, retry = error(answer)["details"]
    assert "PerMinute" in failure["violations"][0]["quotaId"]
    assert retry["retryDelay"] == "2.5s"
    assert "Retry-After" not in answer.headers


def test_a_quota_may_be_for_the_day_or_in_words_alone(gemini: GeminiEmulator) -> None:
    daily = error(ask(gemini, body("say=quota_daily")))
    words = error(ask(gemini, body("say=quota_text")))
    assert "PerDay" in daily["details"][0]["violations"][0]["quotaId"]
    assert "details" not in words
    assert words["message"].endswith("Please retry in 1.4s.")


@pytest.mark.parametrize(
    ("word", "status"), [("500", "INTERNAL"), ("503", "UNAVAILABLE"), ("504", "DEADLINE_EXCEEDED")]
)
def test_the_server_fails(gemini: GeminiEmulator, word: str, status: str) -> None:
    assert error(ask(gemini, body(f"say={word}")))["status"] == status


def test_a_storm_passes_for_each_photo(gemini: GeminiEmulator) -> None:
    other = photos.jpeg(64, 64, seed=1)
    sent = [PHOTO, PHOTO, other, PHOTO, other, other]
    answers = [ask(gemini, body("storm=2", inline(photo))).status_code for photo in sent]
    assert answers == [503, 503, 503, 200, 503, 200]


@pytest.mark.parametrize(
    ("word", "mime", "format_"),
    [
        ("png", "image/png", "PNG"),
        ("jpeg", "image/jpeg", "JPEG"),
        ("webp", "image/webp", "WEBP"),
        ("wrong_mime", "image/png", "JPEG"),
    ],
)
def test_the_type_of_the_image(gemini: GeminiEmulator, word: str, mime: str, format_: str) -> None:
    (part,) = parts(say(gemini, f"say={word}"))
    assert part["inlineData"]["mimeType"] == mime
    assert photos.opened(image(part)).format == format_


def test_a_large_image(gemini: GeminiEmulator) -> None:
    (part,) = parts(say(gemini, "say=jpeg large=9"))
    width, height = photos.opened(image(part)).size
    assert width * height == pytest.approx(9e6, rel=0.01)


def test_half_an_image_is_no_base64(gemini: GeminiEmulator) -> None:
    (part,) = parts(say(gemini, "say=half"))
    with pytest.raises(ValueError, match="base64"):
        image(part)


def test_a_page_of_html(gemini: GeminiEmulator) -> None:
    answer = ask(gemini, body("say=html"))
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_connection_cut_in_the_middle_of_the_body(gemini: GeminiEmulator) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(gemini, body("say=cut"))


def test_a_dripping_body_has_a_head_and_no_end(gemini: GeminiEmulator) -> None:
    with ask(gemini, body("say=drip"), stream=True) as answer:
        assert answer.status_code == 200
        pieces = answer.iter_content(None)
        started, got = time.monotonic(), b""
        while time.monotonic() < started + 1:
            got += next(pieces)
    assert got.startswith(b'{"candidates"')
    assert len(got) < 100
    (record,) = wait_until(lambda: [each for each in gemini.seen() if each["ended"]])
    assert record["ended"] - record["arrived"] > 1


def test_an_unknown_word_is_refused(gemini: GeminiEmulator) -> None:
    assert "say=nonsense" in error(ask(gemini, body("say=nonsense")))["message"]


def test_it_keeps_what_was_asked_without_the_pictures(gemini: GeminiEmulator) -> None:
    sent = ask(gemini, body("make it nice")).request
    (record,) = gemini.seen()
    assert isinstance(sent.body, bytes)
    assert record["sha256"] == hashlib.sha256(sent.body).hexdigest()
    assert record["size_bytes"] == len(sent.body)
    assert record["method"] == "POST"
    assert record["path"] == f"/v1beta/models/{MODEL}:generateContent"
    assert record["headers"]["x-goog-api-key"] == KEY
    assert record["status"] == 200
    first, second = record["json"]["contents"][0]["parts"]
    assert second == {"text": "make it nice"}
    assert first["inlineData"] == {
        "mimeType": "image/jpeg",
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
        "size_bytes": len(PHOTO),
    }


def test_slow_calls_overlap_and_are_seen_to(gemini: GeminiEmulator) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: say(gemini, "delay=0.5 say=text"), range(4)))
    seen = gemini.seen()
    assert len(seen) == 4
    assert max(each["arrived"] for each in seen) < min(each["ended"] for each in seen)
    assert all(each["ended"] - each["arrived"] >= 0.5 for each in seen)

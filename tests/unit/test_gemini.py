"""Gemini through the real SDK, against the emulated API over HTTP."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from photoai.config import ROOT, Config
from photoai.errors import (
    ProviderBadAnswer,
    ProviderBadRequest,
    ProviderError,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.services.catalogue import Catalogue
from photoai.services.photos import JPEG, Output, Picture
from photoai.services.providers import Answer, Ask
from photoai.services.providers.gemini import GeminiProvider
from photoai.services.providers.gemini.provider import RATIOS, nearest_ratio
from photoai.services.providers.gemini.refusals import REFUSALS, seconds_to_reset
from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos
from tests.support.means import means

CATALOGUE = Catalogue.load(ROOT / "configs" / "providers.json")
PHOTO = photos.jpeg()
MODEL = "gemini-nano-banana-2.1"


@pytest.fixture(scope="module")
def running() -> Iterator[GeminiEmulator]:
    with GeminiEmulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: GeminiEmulator) -> GeminiEmulator:
    running.clear()
    return running


def provider(emulator: GeminiEmulator, key: str = KEY, **quotas: int) -> GeminiProvider:
    config = dataclasses.replace(Config(), gemini_api_key=key, gemini_base_url=emulator.url)
    entry = dataclasses.replace(CATALOGUE.providers["gemini"], quotas=quotas)
    catalogue = Catalogue({**CATALOGUE.providers, "gemini": entry}, CATALOGUE.operations)
    return GeminiProvider(means(config, catalogue))


@pytest.fixture
def gemini(emulator: GeminiEmulator) -> GeminiProvider:
    return provider(emulator)


def picture(data: bytes = PHOTO) -> Picture:
    return Picture(data, JPEG, 640, 480)


def ask(prompt: str, operation: str = "change_image", seconds: float = 20, **facts: Any) -> Ask:
    given: dict[str, Any] = {
        "job_id": "job",
        "user_id": 1,
        "operation": operation,
        "prompt": prompt,
        "photo": picture(),
        "images": {},
        "settings": {},
        "output": Output(JPEG, 90, 640, 480),
        "deadline": time.monotonic() + seconds,
    }
    return Ask(**{**given, **facts})


def generated(emulator: GeminiEmulator) -> list[dict[str, Any]]:
    return [each for each in emulator.seen() if each["path"].endswith(":generateContent")]


def test_it_sends_what_the_documentation_says(
    emulator: GeminiEmulator, gemini: GeminiProvider
) -> None:
    answer = gemini.finish(ask("make the sky purple"))
    (request,) = generated(emulator)
    assert request["path"] == f"/v1beta/models/{MODEL}:generateContent"
    assert request["headers"]["x-goog-api-key"] == KEY
    image, text = request["json"]["contents"][0]["parts"]
    assert image["inlineData"]["mime_type"] == JPEG  # protobuf's JSON takes either spelling
    assert image["inlineData"]["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    assert text == {"text": "make the sky purple"}
    config = request["json"]["generationConfig"]
    assert config["responseModalities"] == ["IMAGE"]
    assert config["imageConfig"] == {"aspectRatio": "4:3", "imageSize": "1K"}
    assert config["thinkingConfig"] == {"thinking_level": "MINIMAL"}
    assert photos.opened(answer.image).format == "PNG"
    assert (answer.model, answer.model_version) == (MODEL, MODEL)
    assert answer.cost == pytest.approx(0.0336)
    assert answer.usage["total"] > answer.usage["image"] > 0
    assert answer.request_id


@pytest.mark.slow
def test_the_slots_images_follow_the_guest_in_order_and_are_sent_once(
    emulator: GeminiEmulator, gemini: GeminiProvider
) -> None:
    emulator.let_files(polls=2)
    base, overlay = picture(photos.jpeg(seed=1)), picture(photos.jpeg(seed=2))
    images = {"overlay": overlay, "base": base}

    def one(seed: int) -> Answer:
        guest = picture(photos.jpeg(seed=100 + seed))
        return gemini.finish(ask("fun", "combine_images", photo=guest, images=images))

    with ThreadPoolExecutor(5) as pool:
        assert all(answer.image for answer in pool.map(one, range(5)))
    files = {file["sha256Hash"]: file["uri"] for file in emulator.files()}
    assert len(files) == 2
    for request in generated(emulator):
        parts = request["json"]["contents"][0]["parts"]
        assert [next(iter(part)) for part in parts] == [
            "inlineData",
            "fileData",
            "fileData",
            "text",
        ]
        assert parts[3]["text"].endswith("\n\nfun")
    uploads = [each for each in emulator.seen() if each["path"] == "/upload/v1beta/files"]
    starts = [each for each in uploads if "upload_id" not in each["query"]]
    sent = [each["sha256"] for each in uploads if "upload_id" in each["query"]]
    assert len(starts) == 2
    assert parts[1]["fileData"] != parts[2]["fileData"]
    assert sent == [hashlib.sha256(each.data).hexdigest() for each in (base, overlay)]


def test_a_file_google_forgot_is_sent_again(
    emulator: GeminiEmulator, gemini: GeminiProvider
) -> None:
    images = {"reference": picture(photos.jpeg(seed=3))}
    for _ in range(2):
        assert gemini.finish(ask("say=forget", "style_transfer", images=images)).image
    assert len(generated(emulator)) == 3
    assert len(emulator.files()) >= 1


def test_a_file_that_ends_soon_is_sent_again(
    emulator: GeminiEmulator, gemini: GeminiProvider
) -> None:
    emulator.let_files(life_sec=1800)
    images = {"reference": picture(photos.jpeg(seed=4))}
    for _ in range(2):
        gemini.finish(ask("", "style_transfer", images=images))
    assert len(emulator.files()) == 2


def test_a_file_that_cannot_be_read_is_a_bad_answer(
    emulator: GeminiEmulator, gemini: GeminiProvider
) -> None:
    emulator.let_files(ends="FAILED")
    with pytest.raises(ProviderBadAnswer):
        gemini.finish(ask("", "style_transfer", images={"reference": picture(photos.jpeg(seed=5))}))


@pytest.mark.parametrize("say", ["thought", "jpeg", "webp", "png", "wrong_mime"])
def test_images_of_every_kind_are_taken(gemini: GeminiProvider, say: str) -> None:
    answer = gemini.finish(ask(f"say={say}"))
    assert photos.opened(answer.image).width > 1000, "the picture, not a draft"


@pytest.mark.filterwarnings("ignore:IMAGE_FROM_THE_FUTURE is not a valid FinishReason")
@pytest.mark.parametrize(
    ("wish", "expected", "tries"),
    [
        *[(f"finish={reason}", ProviderRefused, None) for reason in sorted(REFUSALS)],
        ("block=SAFETY", ProviderRefused, None),
        ("block=OTHER", ProviderRefused, None),
        ("say=text", ProviderBadAnswer, None),
        ("say=thought_only", ProviderBadAnswer, None),
        ("say=empty", ProviderBadAnswer, None),
        ("say=unknown_finish", ProviderBadAnswer, None),
        ("say=half", ProviderBadAnswer, None),
        ("finish=NO_IMAGE", ProviderBadAnswer, None),
        ("finish=IMAGE_OTHER", ProviderBadAnswer, 2),
        ("finish=OTHER", ProviderBadAnswer, 2),
        ("finish=MALFORMED_RESPONSE", ProviderBadAnswer, 2),
        ("finish=MAX_TOKENS", ProviderBadAnswer, None),
        ("say=500", ProviderOverloaded, None),
        ("say=503", ProviderOverloaded, None),
        ("say=html", ProviderOverloaded, None),
        ("say=cut", ProviderOverloaded, None),
    ],
)
def test_every_way_to_fail_has_its_class(
    emulator: GeminiEmulator,
    gemini: GeminiProvider,
    wish: str,
    expected: type[ProviderError],
    tries: int | None,
) -> None:
    with pytest.raises(expected) as failed:
        gemini.finish(ask(wish))
    assert type(failed.value) is expected
    assert getattr(failed.value, "most_tries", None) == tries
    assert failed.value.vendor
    assert len(generated(emulator)) == 1, "the SDK tries nothing again by itself"


@pytest.mark.parametrize(
    ("wish", "seconds", "daily"),
    [("say=quota", 45.8, False), ("say=quota_text", 34.4, False), ("say=quota_daily", None, True)],
)
def test_quotas_say_when_to_come_back(
    gemini: GeminiProvider, wish: str, seconds: float | None, daily: bool
) -> None:
    with pytest.raises(ProviderQuota) as refused:
        gemini.finish(ask(wish))
    assert refused.value.daily is daily
    assert refused.value.retry_after is not None
    if seconds is None:
        assert 0 < refused.value.retry_after <= seconds_to_reset() + 1
    else:
        assert 0 < refused.value.retry_after <= 120


@pytest.mark.parametrize(
    ("key", "expected"),
    [("wrong", ProviderNotConfigured), ("forbidden", ProviderNotConfigured)],
)
def test_a_key_that_is_refused_is_not_configured(
    emulator: GeminiEmulator, key: str, expected: type[ProviderError]
) -> None:
    with pytest.raises(expected) as refused:
        provider(emulator, key).finish(ask(""))
    assert key not in refused.value.vendor or key == "forbidden"


def test_without_a_key_nobody_is_asked(emulator: GeminiEmulator) -> None:
    gemini = provider(emulator, "")
    assert not gemini.configured()
    with pytest.raises(ProviderNotConfigured):
        gemini.finish(ask(""))
    assert emulator.seen() == []


@pytest.mark.slow
@pytest.mark.parametrize("wish", ["delay=5", "say=drip"])
def test_nothing_is_waited_for_beyond_the_deadline(gemini: GeminiProvider, wish: str) -> None:
    gemini.finish(ask("warm up"))
    started = time.monotonic()
    with pytest.raises(ProviderTimeout):
        gemini.finish(ask(wish, seconds=1.0))
    assert 0.8 < time.monotonic() - started < 1.6


def test_a_server_that_is_not_there_is_overloaded(emulator: GeminiEmulator) -> None:
    config = dataclasses.replace(Config(), gemini_api_key=KEY, gemini_base_url="http://127.0.0.1:1")
    with pytest.raises(ProviderOverloaded):
        GeminiProvider(means(config, CATALOGUE)).finish(ask(""))


def test_the_slots_model_wins_over_the_catalogues(
    emulator: GeminiEmulator, gemini: GeminiProvider
) -> None:
    answer = gemini.finish(ask("", settings={"model": "gemini-3-pro-image"}))
    assert (answer.model, answer.cost) == ("gemini-3-pro-image", pytest.approx(0.134))
    assert "/gemini-3-pro-image:" in generated(emulator)[0]["path"]
    with pytest.raises(ProviderBadRequest):
        gemini.finish(ask("", settings={"model": "gemini-of-tomorrow"}))


def test_quotas_are_kept_before_google_has_to(emulator: GeminiEmulator) -> None:
    gemini = provider(emulator, requests_per_minute=2)
    for _ in range(2):
        gemini.finish(ask(""))
    with pytest.raises(ProviderQuota) as refused:
        gemini.finish(ask(""))
    assert not refused.value.daily
    assert 50 < (refused.value.retry_after or 0) <= 60
    assert len(generated(emulator)) == 2


def test_a_days_quota_ends_at_midnight_in_california(emulator: GeminiEmulator) -> None:
    gemini = provider(emulator, requests_per_day=1)
    gemini.finish(ask(""))
    with pytest.raises(ProviderQuota) as refused:
        gemini.finish(ask(""))
    assert refused.value.daily
    assert refused.value.retry_after == pytest.approx(seconds_to_reset(), abs=5)


def test_tokens_count_when_they_are_known(emulator: GeminiEmulator) -> None:
    gemini = provider(emulator, tokens_per_minute=2000)
    spent = gemini.finish(ask("")).usage["total"]
    assert 1000 < spent < 2000
    gemini.finish(ask(""))  # it may go beyond: nobody knows an image's tokens before
    with pytest.raises(ProviderQuota):
        gemini.finish(ask(""))


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [(600, 400, "3:2"), (400, 600, "2:3"), (1, 1, "1:1"), (1200, 1800, "2:3"), (5000, 100, "21:9"),
     (1080, 1920, "9:16"), (640, 480, "4:3"), (1000, 995, "1:1")],
)  # fmt: skip
def test_the_nearest_ratio_is_asked_for(width: int, height: int, ratio: str) -> None:
    assert nearest_ratio(width, height) == ratio
    assert ratio in RATIOS

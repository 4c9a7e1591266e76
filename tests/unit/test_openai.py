"""OpenAI against the emulated API over HTTP."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from photoai.config import ROOT, Config
from photoai.errors import (
    ConfigError,
    ProviderBadAnswer,
    ProviderBadRequest,
    ProviderError,
    ProviderModelGone,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.services.catalogue import Catalogue
from photoai.services.photos import JPEG, PNG, Output, Picture
from photoai.services.providers import Ask
from photoai.services.providers.openai import OpenaiProvider, protocol
from photoai.services.providers.openai.refusals import PAID_PERHAPS_SEC
from photoai.services.providers.port import NoChoices
from tests.emulators import openai_errors
from tests.emulators.openai import FORBIDDEN_KEY, KEY, OpenaiEmulator
from tests.support import photos
from tests.support.means import means

CATALOGUE = Catalogue.load(ROOT / "configs" / "providers.json")
ENTRY = CATALOGUE.providers["openai"]
MODEL, OLDER = "gpt-image-2.6-flare", "gpt-image-1.5"
PHOTO = Picture(photos.jpeg(), JPEG, 640, 480)


@pytest.fixture(scope="module")
def running() -> Iterator[OpenaiEmulator]:
    with OpenaiEmulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: OpenaiEmulator) -> OpenaiEmulator:
    running.clear()
    return running


def provider(emulator: OpenaiEmulator, key: str = KEY, **changes: Any) -> OpenaiProvider:
    """`changes` are those of the catalogue's entry, and `choices` an operator's."""
    given = {name: changes.pop(name) for name in ("choices",) if name in changes}
    config = dataclasses.replace(Config(), openai_api_key=key, openai_base_url=emulator.base_url)
    entry = dataclasses.replace(ENTRY, **changes)
    catalogue = Catalogue({**CATALOGUE.providers, "openai": entry}, CATALOGUE.operations)
    return OpenaiProvider(means(config, catalogue, **given))


@pytest.fixture
def openai(emulator: OpenaiEmulator) -> OpenaiProvider:
    return provider(emulator)


def ask(prompt: str, operation: str = "change_image", seconds: float = 20, **facts: Any) -> Ask:
    given: dict[str, Any] = {
        "job_id": "job",
        "user_id": 1,
        "operation": operation,
        "prompt": prompt,
        "photo": PHOTO,
        "images": {},
        "settings": {},
        "output": Output(JPEG, 90, 640, 480),
        "deadline": time.monotonic() + seconds,
    }
    return Ask(**{**given, **facts})


def digest(picture: Picture) -> str:
    return hashlib.sha256(picture.data).hexdigest()


def test_it_sends_the_form_the_documentation_describes(
    emulator: OpenaiEmulator, openai: OpenaiProvider
) -> None:
    answer = openai.finish(ask("make the sky purple"))
    (request,) = emulator.seen()
    assert (request["method"], request["path"]) == ("POST", "/v1/images/edits")
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert request["fields"] == {
        "model": MODEL, "prompt": "make the sky purple", "size": "1536x1024", "quality": "medium",
        "output_format": "jpeg", "output_compression": "95",
    }  # fmt: skip
    assert request["images"] == [
        {"name": "image[]", "filename": "1.jpeg", "mime": JPEG, "sha256": digest(PHOTO)}
    ]
    made = photos.opened(answer.image)
    assert (made.format, made.size) == ("JPEG", (1536, 1024))
    assert (answer.model, answer.notes) == (MODEL, {"size": "1536x1024", "quality": "medium"})
    assert answer.request_id.startswith("req_")


@pytest.mark.parametrize(
    ("operation", "images", "words"),
    [
        ("combine_images", ("base", "overlay"), "the second a scene"),
        ("style_transfer", ("reference",), "Strength of the style: 40 %"),
        ("object_replace", (), "Replace only this in it: the {red} hat."),
    ],
)
def test_the_slots_images_follow_the_guest_in_the_order_of_the_words(
    emulator: OpenaiEmulator,
    openai: OpenaiProvider,
    operation: str,
    images: tuple[str, ...],
    words: str,
) -> None:
    own = {name: Picture(photos.png(64, 48 + len(name)), PNG, 64, 48) for name in images}
    backwards = dict(reversed(own.items()))
    settings = {"style_strength": 0.4, "object": "the {red} hat"}
    openai.finish(ask("Fun!", operation, images=backwards, settings=settings))
    (request,) = emulator.seen()
    sent = [(each["name"], each["sha256"]) for each in request["images"]]
    assert sent == [("image[]", digest(each)) for each in (PHOTO, *own.values())]
    assert words in request["fields"]["prompt"]
    assert request["fields"]["prompt"].endswith("\n\nFun!")


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(6000, 4000, "1536x1024"), (400, 600, "1024x1536"), (1000, 995, "1024x1024"),
     (640, 480, "1536x1024"), (500, 600, "1024x1024"), (5000, 100, "1536x1024")],
)  # fmt: skip
def test_the_size_of_the_nearest_shape_is_asked_for(width: int, height: int, size: str) -> None:
    assert protocol.load(ENTRY.protocol).size(width, height) == size


def test_faces_are_looked_at_closely_where_the_model_lets_one_choose(
    emulator: OpenaiEmulator, openai: OpenaiProvider
) -> None:
    for model in ENTRY.models:
        with pytest.raises(ProviderBadAnswer):
            openai.finish(ask("say=empty", settings={"model": model}))
    told = {each["fields"]["model"]: each["fields"] for each in emulator.seen()}
    assert told.keys() == ENTRY.models.keys()
    assert {model for model, fields in told.items() if "input_fidelity" in fields} == {OLDER}
    assert told[OLDER]["input_fidelity"] == "high"


def test_the_slots_quality_and_model_win(emulator: OpenaiEmulator, openai: OpenaiProvider) -> None:
    answer = openai.finish(ask("?", settings={"model": "gpt-image-2", "quality": "low"}))
    fields = emulator.seen()[0]["fields"]
    assert (fields["model"], fields["quality"]) == ("gpt-image-2", "low")
    assert answer.model == "gpt-image-2"
    with pytest.raises(ProviderBadRequest):
        openai.finish(ask("?", settings={"model": "gpt-image-of-tomorrow"}))


def test_what_the_tokens_cost_is_what_it_costs(openai: OpenaiProvider) -> None:
    answer = openai.finish(ask("two words"))
    assert answer.usage == {
        "input": 2, "input_image": 323, "image": 1568, "text": 0, "total": 1893,
    }  # fmt: skip
    assert answer.cost == pytest.approx((2 * 5 + 323 * 8 + 1568 * 30) / 1_000_000)


def test_without_tokens_an_image_has_its_price_if_it_is_of_the_usual_quality(
    openai: OpenaiProvider,
) -> None:
    assert openai.finish(ask("say=free", settings={"model": OLDER})).cost == 0.05
    assert openai.finish(ask("say=free", settings={"model": OLDER, "quality": "high"})).cost is None
    assert openai.finish(ask("say=free")).cost is None, "nobody tells what one costs"


def test_an_operators_own_price_wins(emulator: OpenaiEmulator) -> None:
    class Own(NoChoices):
        def prices(self, provider_id: str) -> dict[str, dict[str, float]]:
            return {OLDER: {"1536x1024": 0.02}}

        def default_model(self, provider_id: str) -> str:
            return OLDER

    answer = provider(emulator, choices=Own()).finish(ask("?"))
    assert (answer.model, answer.cost) == (OLDER, 0.02)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("say=blocked", ProviderRefused),
        ("say=policy", ProviderRefused),
        ("say=image", ProviderBadRequest),
        ("say=moved", ProviderBadRequest),
        ("say=gone", ProviderModelGone),
        ("say=retired", ProviderModelGone),
        ("say=500", ProviderOverloaded),
        ("say=503", ProviderOverloaded),
        ("say=html", ProviderOverloaded),
        ("say=cut", ProviderOverloaded),
        ("say=link", ProviderBadAnswer),
        ("say=empty", ProviderBadAnswer),
        ("say=null", ProviderBadAnswer),
        ("say=list", ProviderBadAnswer),
        ("say=half", ProviderBadAnswer),
        ("say=deep", ProviderBadAnswer),
        ("say=text", ProviderBadAnswer),
    ],
)
def test_every_way_to_fail_has_its_class(
    emulator: OpenaiEmulator, openai: OpenaiProvider, wish: str, expected: type[ProviderError]
) -> None:
    with pytest.raises(expected) as failed:
        openai.finish(ask(wish))
    assert type(failed.value) is expected
    assert failed.value.vendor
    assert len(emulator.seen()) == 1, "nobody but the loop tries again"


def test_an_answer_without_an_image_was_paid_for(openai: OpenaiProvider) -> None:
    with pytest.raises(ProviderBadAnswer) as failed:
        openai.finish(ask("say=half"))
    assert failed.value.cost == pytest.approx((1 * 5 + 323 * 8 + 1568 * 30) / 1_000_000)


@pytest.mark.parametrize(
    ("wish", "seconds", "daily"),
    [
        ("say=limit", openai_errors.RETRY_AFTER_SEC, False),
        ("say=reset", openai_errors.RESET_SEC, False),
        ("say=hint", openai_errors.HINT_SEC, False),
        ("say=daily", openai_errors.DAILY_SEC, True),
        ("say=quota", PAID_PERHAPS_SEC, True),
        ("say=spend", PAID_PERHAPS_SEC, True),
        ("say=bill", PAID_PERHAPS_SEC, True),
    ],
)
def test_a_quota_says_when_to_come_back_and_a_bill_that_it_is_no_use(
    openai: OpenaiProvider, wish: str, seconds: float, daily: bool
) -> None:
    with pytest.raises(ProviderQuota) as refused:
        openai.finish(ask(wish))
    assert refused.value.retry_after == pytest.approx(seconds)
    assert (refused.value.daily, refused.value.retryable) == (daily, not daily)


@pytest.mark.parametrize("key", ["sk-wrong-4711", FORBIDDEN_KEY])
def test_a_key_that_is_refused_is_not_configured_and_not_told(
    emulator: OpenaiEmulator, key: str
) -> None:
    with pytest.raises(ProviderNotConfigured) as refused:
        provider(emulator, key).finish(ask("?"))
    assert key not in refused.value.vendor


def test_without_a_key_nobody_is_asked(emulator: OpenaiEmulator) -> None:
    openai = provider(emulator, "")
    assert not openai.configured()
    with pytest.raises(ProviderNotConfigured):
        openai.finish(ask("?"))
    assert emulator.seen() == []


def test_a_ping_asks_for_the_model_and_costs_nothing(emulator: OpenaiEmulator) -> None:
    provider(emulator).ping(time.monotonic() + 5)
    (request,) = emulator.seen()
    assert (request["method"], request["path"]) == ("GET", f"/v1/models/{MODEL}")
    with pytest.raises(ProviderNotConfigured):
        provider(emulator, "sk-wrong").ping(time.monotonic() + 5)
    gone = dataclasses.replace(ENTRY.models[MODEL], id="gpt-image-0")
    with pytest.raises(ProviderModelGone):
        provider(emulator, models={"gpt-image-0": gone}).ping(time.monotonic() + 5)


@pytest.mark.slow
@pytest.mark.parametrize("wish", ["delay=5", "say=drip"])
def test_nothing_is_waited_for_beyond_the_deadline(openai: OpenaiProvider, wish: str) -> None:
    started = time.monotonic()
    with pytest.raises(ProviderTimeout):
        openai.finish(ask(wish, seconds=0.3))
    assert 0.25 < time.monotonic() - started < 0.8


def test_limits_of_the_catalogue_are_kept_before_openai_has_to(emulator: OpenaiEmulator) -> None:
    openai = provider(emulator, quotas={"images_per_minute": 1})
    openai.finish(ask("?"))
    with pytest.raises(ProviderQuota) as refused:
        openai.finish(ask("?"))
    assert 50 < (refused.value.retry_after or 0) <= 60
    assert len(emulator.seen()) == 1


def test_a_day_of_the_catalogues_limits_ends_at_midnight(emulator: OpenaiEmulator) -> None:
    openai = provider(emulator, quotas={"requests_per_day": 1})
    openai.finish(ask("?"))
    with pytest.raises(ProviderQuota) as refused:
        openai.finish(ask("?"))
    assert refused.value.daily
    assert 0 < (refused.value.retry_after or 0) <= 86_400


@pytest.mark.parametrize(
    "wrong", [{}, {"sizes": []}, {"sizes": ["large"]}, {"sizes": ["1x1"], "fields": 7}]
)
def test_a_catalogue_that_makes_no_sense_is_refused_at_the_start(
    emulator: OpenaiEmulator, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match="openai"):
        provider(emulator, protocol=wrong)

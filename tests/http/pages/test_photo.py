"""One photo's page and a slot's history without modules: what they show, what their forms do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from photoai.errors import ProviderRefused
from photoai.models import Job, LogStatus
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.jobs import REPLAY_OF
from photoai.services.providers.reasons import UNSAFE, explained
from photoai.services.slots import SlotUpdate
from photoai.services.stats import log_outcome
from tests.support import photos
from tests.support.gallery import add_photo
from tests.support.reader import Reader, element, words

pytestmark = pytest.mark.slow
SLOT = "slot-002"
Made = Callable[..., str]


@pytest.fixture
def made(services: Services, serg: Reader) -> Made:
    """A finished photo with what its job was made with."""

    def make(name: str, *, original: bool = True, **more: Any) -> str:
        params = {
            "operation": "change_image", "settings": {"prompt": "vivid"}, "settings_version": 1,
            "sha256": "the same", "photo": {},
        } | more.pop("params", {})  # fmt: skip
        photo = photos.jpeg(64, 48) if original else None
        add_photo(services, name, slot_id=SLOT, original=photo, **more)
        with services.database.begin() as session:
            job = session.query(Job).filter_by(public_id=name).one()
            job.params = {**job.params, **params}
        return name

    return make


def save(services: Services, serg: Reader, prompt: str, **more: Any) -> int:
    update = SlotUpdate("Hall", "local", "change_image", {"prompt": prompt, **more})
    return services.slots.save(serg.caller, SLOT, update).version


def test_a_photo_alone_says_how_it_was_made(serg: Reader, made: Made) -> None:
    page = serg.page(f"/photos/{made('one', model_version='v2', cost=0.039)}")
    told = words(element(page, "differences-title"))
    assert "How it was made" in told
    assert "Operation Change Image Prompt vivid" in told
    assert "v2" in told
    assert "$0.04" in told
    assert "Nothing else has been made" in words(page)


def test_two_of_one_original_stand_side_by_side_with_what_differs(serg: Reader, made: Made) -> None:
    made("other", params={"sha256": "another"})
    one = made("one", model="vivid-1")
    two = made(
        "two", model="vivid-2",
        params={
            "settings": {"prompt": "sepia & old"}, "settings_version": 2, REPLAY_OF: one,
            "ladder": [
                {"provider": "local", "operation": "change_image", "settings": {}, "until_sec": 9},
                {"provider": "local", "operation": "frame", "settings": {}, "until_sec": 40},
            ],
        },
    )  # fmt: skip
    page = serg.page(f"/photos/{one}")
    assert f'data-other="/gallery/{two}/large"' in page
    told = words(element(page, "differences-title"))
    assert "vivid-1 vivid-2" in told
    assert "Prompt vivid → sepia &amp; old" in told
    assert "Rung 1: Operation Photo with a Frame" in told
    assert "/gallery/other/" not in page
    assert f'href="/photos/{one}?with={two}"' in serg.page(f"/photos/{two}")


def test_a_photo_is_made_again_as_then_and_as_set_now(
    serg: Reader, made: Made, services: Services
) -> None:
    now = save(services, serg, "sepia")
    one = made("one")
    for settings, prompt, version in (("as_then", "vivid", 1), ("now", "sepia", now)):
        answer = serg.send(f"/photos/{one}/again", settings=settings)
        assert answer.status_code == 303, words(answer.text)
        again = services.jobs.get(serg.caller, answer.location.partition("with=")[2])
        assert (again.params["settings"]["prompt"], again.params[REPLAY_OF]) == (prompt, one)
        assert again.params["settings_version"] == version
        page = serg.page(answer.location)
        assert f'data-awaits="{again.public_id}"' in page
        assert "It is being made." in words(page)


def test_an_original_that_is_gone_is_said_kindly(serg: Reader, made: Made) -> None:
    one = made("one", original=False)
    page = serg.page(f"/photos/{one}")
    assert "cannot be made again. Originals are kept for a minute." in words(page)
    assert page.count(" disabled") >= 2
    answer = serg.send(f"/photos/{one}/again", settings="as_then")
    assert answer.status_code == 410
    assert "The original of this job has been deleted." in words(answer.text)


def test_nobody_sees_anothers_photo_and_nothing_else_is_one(
    serg: Reader, reader: Callable[[str], Reader], made: Made
) -> None:
    one = made("one")
    assert reader("igor").get(f"/photos/{one}").status_code == 404
    assert reader("maria").get(f"/photos/{one}").status_code == 403
    assert serg.get("/photos/nothing").status_code == 404
    assert serg.get(f"/photos/{one}?with=nothing").status_code == 404


def test_a_slots_page_tells_its_history_and_brings_a_version_back(
    serg: Reader, services: Services
) -> None:
    first = save(services, serg, "vivid")
    second = save(services, serg, "sepia", output={"quality": 70})
    told = words(element(serg.page(f"/slots/{SLOT}"), f"version-{second}"))
    assert "in use" in told
    assert "Prompt vivid → sepia" in told
    assert "Quality 92 → 70" in told
    stale = serg.send(f"/slots/{SLOT}/history/{first}/restore", version=str(first))
    assert stale.status_code == 409
    answer = serg.send(f"/slots/{SLOT}/history/{first}/restore", version=str(second))
    assert (answer.status_code, answer.location) == (303, f"/slots/{SLOT}?restored={first}")
    page = words(serg.page(answer.location))
    assert f"Version {first} is back." in page
    assert f"again as version {first}" in page
    assert services.slots.get(serg.caller, SLOT).settings_json["prompt"] == "vivid"


def test_only_the_newest_versions_stand_there_until_all_are_asked_for(
    serg: Reader, services: Services
) -> None:
    for number in range(8):
        save(services, serg, f"look {number}")
    assert serg.page(f"/slots/{SLOT}").count('class="version"') == 5
    assert serg.page(f"/slots/{SLOT}?versions=all").count('class="version"') == 9


def test_a_version_that_cannot_come_back_says_why(
    serg: Reader, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = SlotUpdate("Hall", "gemini", "change_image", {"prompt": "a poster"})
    first = services.slots.save(serg.caller, SLOT, update).version
    page = words(serg.page(f"/slots/{SLOT}?restored={first}"))
    assert "Gemini has no key yet." in page
    save(services, serg, "vivid")
    monkeypatch.delitem(services.catalogue.providers, "gemini")  # type: ignore[arg-type]
    answer = serg.send(f"/slots/{SLOT}/history/{first}/restore")
    assert answer.status_code == 422
    assert "There is no such provider." in words(answer.text)


def test_a_replay_from_live_leads_to_where_both_stand(
    serg: Reader, services: Services, made: Made
) -> None:
    first = made("one")
    assert f'href="/photos/{first}" data-part="compare"' in serg.page("/live")
    answer = serg.send(f"/live/{first}/replay")
    assert answer.status_code == 303
    path, _, new = answer.location.partition("?with=")
    assert (path, services.jobs.get(serg.caller, new).params["replay_of"]) == ("/photos/one", first)
    assert "Made again" in serg.page(answer.location)
    with services.database.begin() as session:
        job = session.query(Job).filter_by(public_id=new).one()
        job.state, job.finished, job.result_key = "succeeded", utcnow(), "results/one.1.jpg"
        job.result = {"mime": "image/jpeg", "size_bytes": 1}
    assert f'href="/photos/{first}?with={new}" data-part="compare"' in serg.page("/live")


def test_the_statistics_say_what_photos_failed_with_and_what_helps(
    serg: Reader, services: Services
) -> None:
    refusal = ProviderRefused(**explained("SAFETY", UNSAFE))
    with services.database.begin() as session:
        for number in range(3):
            log_outcome(
                session, user_id=serg.caller.id, slot_id=SLOT, received=utcnow(),
                job_id=f"job-{number}", provider_id="gemini",
                status=LogStatus.ERROR if number else LogStatus.SUCCESS,
                error=refusal if number else None,
            )  # fmt: skip
    for path in ("/stats", "/stats/figures"):
        told = words(element(serg.page(path), "failures"))
        assert "2 × The AI's safety filter stopped this photo" in told
        assert "Make the prompt milder" in told
    answer = serg.get("/api/stats/failures?provider_id=gemini").get_json()
    (failure,) = answer["data"]
    assert answer["meta"] == {"page": 1, "page_size": 20, "total": 1}
    assert failure.pop("message").startswith("The AI's safety filter stopped this photo")
    assert failure.pop("advice").startswith("Make the prompt milder")
    assert failure == {"code": "provider_refused", "provider_id": "gemini", "count": 2}
    assert serg.get("/api/stats/failures?slot_id=slot-001").get_json()["data"] == []
    serg.language("ru")
    assert "Смягчите промпт" in serg.get("/api/stats/failures").get_json()["data"][0]["advice"]


@pytest.mark.parametrize("query", ["slot_id=hall", "page=0", "page_size=101", "provider_id="])
def test_failures_that_cannot_be_asked_for_are_400(serg: Reader, query: str) -> None:
    assert serg.get(f"/api/stats/failures?{query}").status_code == 400

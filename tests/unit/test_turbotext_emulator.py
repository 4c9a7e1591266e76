"""The TurboText emulator answers, judges, delivers and misbehaves as it promises."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.emulators.turbotext import BIG_BYTES, FORM, KEY, TurbotextEmulator
from tests.emulators.turbotext_client import (
    CHANGE,
    IMAGES,
    NO_RESULT,
    Home,
    Json,
    Vendor,
    is_the_guests,
)
from tests.emulators.turbotext_hooks import GARBAGE, HUGE_BYTES
from tests.support import photos
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running() -> Iterator[Vendor]:
    with TurbotextEmulator() as emulator, Home() as home:
        yield Vendor(emulator, home)


@pytest.fixture
def vendor(running: Vendor) -> Vendor:
    running.clear()
    return running


@pytest.mark.parametrize("method", IMAGES)
def test_a_photo_goes_there_and_comes_back_changed(vendor: Vendor, method: str) -> None:
    number = vendor.taken("delay=0", method)
    answer = vendor.result(number, method)
    assert answer["success"] is True
    picture = vendor.image(answer)
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert is_the_guests(picture.content)
    assert photos.opened(picture.content).size == (300, 200)
    asked = ["/guest.jpg", "/style.jpg"][: len(IMAGES[method])]
    assert vendor.home.asked == asked


def test_a_mix_tells_how_it_was_made(vendor: Vendor) -> None:
    number = vendor.taken("oil delay=0", "mix_images")
    answer = vendor.result(number, "mix_images")
    assert answer["uploaded_image"] == f"{vendor.emulator.url}/pictures/{number}.jpg"
    expected = {"prompt": "oil delay=0", "width": 300, "height": 200, "strength": 40}
    assert answer["data"].items() >= expected.items()
    assert isinstance(answer["data"]["seed"], int)


def test_a_change_has_a_relative_path(vendor: Vendor) -> None:
    number = vendor.taken()
    data = vendor.result(number)["data"]
    assert data == {"image": [f"/pictures/{number}.jpg"], "forbidden_content": False}


def test_a_turned_photo_comes_back_upright(vendor: Vendor) -> None:
    number = vendor.taken(url=f"{vendor.home.url}/turned.jpg")
    picture = vendor.image(vendor.result(number))
    assert photos.opened(picture.content).size == (40, 64)


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", KEY])
def test_a_wrong_key_is_told(vendor: Vendor, authorization: str) -> None:
    answer = vendor.send("mix_images", {}, headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.json() == {"success": False, "error": "AUTH"}


def test_an_unknown_method_and_a_wrong_type_are_told(vendor: Vendor) -> None:
    unknown = vendor.send("make_coffee", {"do": "create_queue"})
    wrong = vendor.send("mix_images", {}, headers={"Content-Type": "application/json"})
    assert (unknown.status_code, unknown.json()["success"]) == (404, False)
    assert (wrong.status_code, wrong.json()["success"]) == (400, False)


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("mix_images", {"url": None}),
        ("mix_images", {"strength": "40"}),
        ("mix_images", {"webhook": "localhost/hook"}),
        ("mix_images", {"do": "anything"}),
        (CHANGE, {"content": ""}),
        (CHANGE, {"strength": "81"}),
        (CHANGE, {"strength": "40.5"}),
        (CHANGE, {"scale": "0.05"}),
        (CHANGE, {"scale": "20.1"}),
        (CHANGE, {"scale": "nan"}),
        (CHANGE, {"seed": "random"}),
        (CHANGE, {"original_language": "русский"}),
        (CHANGE, {"content": ["one", "two"]}),
        ("deepfake_photo", {"face_restore": "true"}),
        ("deepfake_photo", {"face_restore": None}),
        ("deepfake_photo", {"content": "delay=0"}),
        ("replace_object", {"content": None}),
    ],
)
def test_wrong_parameters_are_an_error(vendor: Vendor, method: str, change: Json) -> None:
    answer = vendor.send(method, vendor.fields(method) | change)
    assert answer.json() == {"success": False, "error": "params_error"}
    assert vendor.home.asked == []


def test_every_known_parameter_is_taken(vendor: Vendor) -> None:
    vendor.taken(strength="0", scale="0.1", seed="-7", negative_prompt="")
    vendor.taken(strength="80", scale="20", original_language="ru")
    vendor.taken("delay=0", "replace_object", object="hat")


@pytest.mark.parametrize("path", ["/missing.jpg", "/no.jpg"])
@pytest.mark.parametrize("name", ["url", "url_image_target"])
def test_what_cannot_be_downloaded_is_an_error(vendor: Vendor, name: str, path: str) -> None:
    answer = vendor.create("delay=0", "mix_images", **{name: vendor.home.url + path})
    assert answer.json() == {"success": False, "error": "url_error"}
    assert path in vendor.home.asked


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a.jpg", "guest.jpg", "ftp://example.invalid"])
def test_so_is_what_has_no_server(vendor: Vendor, url: str) -> None:
    assert vendor.create(url=url).json()["error"] == "url_error"


def test_an_unknown_or_foreign_id_is_an_error(vendor: Vendor) -> None:
    number = vendor.taken()
    for answer in (vendor.poll(0), vendor.poll("what"), vendor.poll(number, "mix_images")):
        assert answer.json() == {"success": False, "error": "queueid_error"}
    answer = vendor.send("mix_images", {"do": "get_result"})
    assert answer.json()["error"] == "params_error"


def test_work_takes_its_time(vendor: Vendor) -> None:
    started = time.monotonic()
    number = vendor.taken("delay=0.5")
    assert vendor.poll(number).json() == NO_RESULT
    vendor.result(number)
    assert 0.5 < time.monotonic() - started < 5


def test_it_has_polls_come_again(vendor: Vendor) -> None:
    number = vendor.taken("delay=0 reconnect=2")
    answers = [vendor.poll(number).json() for _ in range(4)]
    assert answers[:2] == [NO_RESULT, NO_RESULT]
    assert answers[2]["success"] is True
    assert answers[3] == answers[2]


@pytest.mark.parametrize("word", ["say=nonsense", "hook=nonsense", "reconnect=often"])
def test_an_unknown_word_is_refused(vendor: Vendor, word: str) -> None:
    assert word in vendor.create(word).json()["error"]


def test_habits_hold_until_they_are_given_up(vendor: Vendor) -> None:
    method = "deepfake_photo"
    vendor.emulator.let("say=face delay=0")
    refused = vendor.result(vendor.taken("", method), method)
    overruled = vendor.result(vendor.taken("say=photo", "mix_images"), "mix_images")
    vendor.emulator.clear()
    done = vendor.result(vendor.taken("", method), method)
    assert refused == {"success": False, "error": "face_not_detected"}
    assert overruled["success"] is True
    assert done["success"] is True


def test_a_limit(vendor: Vendor) -> None:
    assert vendor.create("say=limit").json() == {"success": False, "error": "LIMIT"}


def test_results_that_are_no_success(vendor: Vendor) -> None:
    def error(word: str) -> Json:
        return vendor.result(vendor.taken(f"delay=0 {word}"))

    assert error("say=face") == {"success": False, "error": "face_not_detected"}
    assert error("say=error") == {"success": False, "error": "internal"}


@pytest.mark.parametrize("method", ["mix_images", CHANGE])
@pytest.mark.parametrize(("word", "is_forbidden"), [("say=forbidden", True), ("say=text", False)])
def test_a_success_may_have_no_image(
    vendor: Vendor, method: str, word: str, is_forbidden: bool
) -> None:
    answer = vendor.result(vendor.taken(f"delay=0 {word}", method), method)
    assert answer["success"] is True
    assert "uploaded_image" not in answer
    assert not answer["data"].get("image")
    assert answer["data"].get("forbidden_content", False) is is_forbidden


def test_a_page_of_html_instead_of_taking(vendor: Vendor) -> None:
    answer = vendor.create("say=html")
    assert (answer.status_code, answer.text[:15]) == (200, "<!DOCTYPE html>")
    assert [each["id"] for each in vendor.seen["creates"]] == [None]


def test_pages_of_html_instead_of_three_results(vendor: Vendor) -> None:
    number = vendor.taken("delay=0 say=result_html")
    pages = [vendor.poll(number).text[:9] for _ in range(3)]
    assert pages == ["<!DOCTYPE"] * 3
    assert vendor.poll(number).json()["success"] is True


@pytest.mark.parametrize("method", ["mix_images", CHANGE])
def test_a_stray_bracket(vendor: Vendor, method: str) -> None:
    number = vendor.taken("delay=0 say=stray", method, webhook=vendor.home.hook)
    text = vendor.poll(number, method).text
    if method != "mix_images":
        assert text == f'{{"success":true,"data":{{"image":["/pictures/{number}.jpg"]]}}}}'
    vendor.deliveries(1)
    for said in (text, vendor.home.brought[0].decode()):
        with pytest.raises(ValueError, match="delimiter"):
            json.loads(said)
        assert json.loads("".join(said.rsplit("]", 1)))["success"] is True


def test_addresses_may_be_absolute_or_relative(vendor: Vendor) -> None:
    for word, base in (("absolute", vendor.emulator.url), ("relative", "")):
        number = vendor.taken(f"delay=0 say={word}")
        assert vendor.result(number)["data"]["image"] == [f"{base}/pictures/{number}.jpg"]


@pytest.mark.parametrize(
    ("word", "url"),
    [("foreign", "http://example.invalid/x.jpg"), ("private", "http://127.0.0.1:9/x.jpg")],
)
def test_addresses_may_lead_astray(vendor: Vendor, word: str, url: str) -> None:
    number = vendor.taken(f"delay=0 say={word}")
    assert vendor.result(number)["data"]["image"] == [url]


def test_a_picture_may_be_gone(vendor: Vendor) -> None:
    number = vendor.taken("delay=0 say=gone")
    assert vendor.image(vendor.result(number)).status_code == 404


def test_a_picture_may_be_huge_without_saying_so(vendor: Vendor) -> None:
    number = vendor.taken("delay=0 say=big")
    with vendor.image(vendor.result(number), stream=True) as picture:
        assert "Content-Length" not in picture.headers
        assert sum(map(len, picture.iter_content(1_000_000))) == BIG_BYTES


def test_a_picture_may_be_a_png(vendor: Vendor) -> None:
    number = vendor.taken("delay=0 say=png")
    picture = vendor.image(vendor.result(number))
    assert picture.headers["Content-Type"] == "image/png"
    assert photos.opened(picture.content).format == "PNG"
    assert is_the_guests(picture.content)


def test_a_poll_may_drip(vendor: Vendor) -> None:
    number = vendor.taken("delay=0 say=drip")
    with vendor.poll(number, stream=True) as answer:
        pieces = answer.iter_content(None)
        started, got = time.monotonic(), b""
        while time.monotonic() < started + 0.5:
            got += next(pieces)
    assert b'{"success":true'.startswith(got)


def test_a_storm_passes_for_each_prompt(vendor: Vendor) -> None:
    words = ["503=2", "503=2", "503=2", "say=503=2", "503=2"]
    statuses = [vendor.create(word).status_code for word in words]
    assert statuses == [503, 503, 200, 503, 200]
    taken = [each["id"] is not None for each in vendor.seen["creates"]]
    assert taken == [False, False, True, False, True]


def test_a_502_may_stand_before_a_request_that_was_taken(vendor: Vendor) -> None:
    assert vendor.create("delay=0 say=502", webhook=vendor.home.hook).status_code == 502
    (create,) = vendor.seen["creates"]
    (hook,) = vendor.deliveries(1)
    assert hook["id"] == create["id"]
    assert vendor.result(create["id"])["success"] is True


def test_an_answer_may_be_lost(vendor: Vendor) -> None:
    with pytest.raises(requests.ConnectionError):
        vendor.create("delay=0 say=lost", webhook=vendor.home.hook)
    (create,) = vendor.seen["creates"]
    vendor.deliveries(1)
    assert vendor.brought(0)["asyncid"] == create["id"]


def test_the_result_is_brought_once(vendor: Vendor) -> None:
    number = vendor.taken("delay=0.3", webhook=vendor.home.hook)
    assert vendor.home.brought == []
    assert vendor.deliveries(1) == [{"url": vendor.home.hook, "id": number, "status": 200}]
    assert vendor.brought(0) == vendor.result(number) | {"asyncid": number}
    vendor.taken(webhook=vendor.home.hook)
    assert len(vendor.deliveries(2)) == len(vendor.home.brought)


def test_a_webhook_that_fails_is_left_alone(vendor: Vendor) -> None:
    vendor.home.hook_status = 500
    vendor.taken(webhook=vendor.home.hook)
    vendor.deliveries(1)
    vendor.taken(webhook="http://127.0.0.1:9/hook")
    assert [each["status"] for each in vendor.deliveries(2)] == [500, None]


def test_it_may_be_brought_before_the_creates_answer(vendor: Vendor) -> None:
    number = vendor.taken("delay=9 hook=early", webhook=vendor.home.hook)
    assert vendor.brought(0)["asyncid"] == number
    assert vendor.poll(number).json()["success"] is True


def test_it_may_be_brought_twice(vendor: Vendor) -> None:
    vendor.taken("delay=0 hook=twice", webhook=vendor.home.hook)
    vendor.deliveries(2)
    assert vendor.brought(0) == vendor.brought(1)


def test_a_strangers_may_be_brought_first(vendor: Vendor) -> None:
    number = vendor.taken("delay=0 hook=foreign", webhook=vendor.home.hook)
    strangers = vendor.deliveries(2)[0]["id"]
    assert strangers != number
    assert [vendor.brought(at)["asyncid"] for at in (0, 1)] == [strangers, number]
    theirs, ours = (vendor.image(vendor.brought(at)) for at in (0, 1))
    assert not is_the_guests(theirs.content)
    assert is_the_guests(ours.content)


@pytest.mark.parametrize("hook", ["garbage", "huge"])
def test_rubbish_may_be_brought_first(vendor: Vendor, hook: str) -> None:
    number = vendor.taken(f"delay=0 hook={hook}", webhook=vendor.home.hook)
    assert [each["id"] for each in vendor.deliveries(2)] == [number, number]
    rubbish = vendor.home.brought[0]
    assert rubbish == GARBAGE if hook == "garbage" else len(rubbish) > HUGE_BYTES
    assert vendor.brought(1)["success"] is True


def test_it_may_never_be_brought(vendor: Vendor) -> None:
    never = vendor.taken("delay=0 hook=never", webhook=vendor.home.hook)
    assert vendor.result(never)["success"] is True
    later = vendor.taken(webhook=vendor.home.hook)
    assert [each["id"] for each in vendor.deliveries(1)] == [later]


def test_it_may_be_had_by_webhook_alone(vendor: Vendor) -> None:
    number = vendor.taken("delay=0 hook=only", webhook=vendor.home.hook)
    vendor.deliveries(1)
    assert vendor.brought(0)["asyncid"] == number
    assert [vendor.poll(number).json() for _ in range(3)] == [NO_RESULT] * 3


def test_it_keeps_what_was_asked(vendor: Vendor) -> None:
    started = time.monotonic()
    number = vendor.taken("delay=0 reconnect=1", seed="7")
    vendor.poll(number)
    vendor.poll(number)
    seen = vendor.seen
    (create,) = seen["creates"]
    assert create == {
        "method": CHANGE,
        "params": {
            "url": f"{vendor.home.url}/guest.jpg",
            "content": "delay=0 reconnect=1",
            "seed": "7",
        },
        "id": number,
        "content_type": FORM,
    }
    assert seen["polls"] == {str(number): 2}
    first, second = seen["poll_times"][str(number)]
    assert started < first < second < time.monotonic()


def test_it_forgets_what_was_asked_and_keeps_what_was_taken(vendor: Vendor) -> None:
    number = vendor.taken("delay=0.3", webhook=vendor.home.hook)
    assert vendor.create("503=1").status_code == 503
    vendor.emulator.clear()
    wait_until(lambda: vendor.home.brought)
    assert vendor.seen == {"creates": [], "polls": {}, "poll_times": {}, "hooks": []}
    assert vendor.result(number)["success"] is True
    assert vendor.create("503=1").status_code == 503


def test_many_are_served_at_once(vendor: Vendor) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: vendor.taken("delay=0.5"), range(16)))
        answers = list(pool.map(vendor.result, numbers))
    assert len(set(numbers)) == 16
    assert all(answer["success"] for answer in answers)
    assert time.monotonic() - started < 16 * 0.5

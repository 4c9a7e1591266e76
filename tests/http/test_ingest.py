"""A booth's photo in, the finished photo out: through a real server, on a raw socket."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support import photos
from tests.support.booth import Part, as_chunks, form, read_answer
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

Slot = Callable[..., str]


def test_it_answers_the_booth_with_the_finished_photo(server: Server) -> None:
    answer = server.booth.send(photos.guest())
    assert answer.status == 200
    assert answer.was_told_to_continue
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert answer.headers["X-Photoai-Rung"] == "0:local"
    finished, guest = photos.opened(answer.body), photos.opened(photos.guest())
    assert finished.size == guest.size
    assert photos.difference(finished, guest) > 2


def test_the_password_may_come_first_and_the_body_in_chunks(server: Server, slot: Slot) -> None:
    assert server.booth.send(photos.jpeg(), slot=slot(), chunked=True, expect=False).status == 200


@pytest.mark.parametrize("name", ["fileToUpload", "file", "whatever"])
def test_the_file_part_may_have_any_name(server: Server, slot: Slot, name: str) -> None:
    assert server.booth.send(photos.jpeg(), slot=slot(), file_field=name).status == 200


def test_an_alias_with_the_models_name_is_the_same_slot(server: Server, slot: Slot) -> None:
    number = slot().rpartition("-")[2]
    assert server.booth.send(photos.jpeg(), slot=f"gemini-{number}").status == 200


@pytest.mark.slow
def test_everything_also_answers_under_scotch(server: Server, slot: Slot) -> None:
    answer = server.booth.send(photos.jpeg(), path=f"/scotch/ingest/{slot()}")
    assert answer.status == 200
    late = server.booth.send(photos.jpeg(), path=f"/scotch/ingest/{slot('delay=4')}")
    assert f"{server.url}/scotch/api/tasks/" in late.error["details"]["result_url"]
    with server.session(None) as stranger:
        assert stranger.get("/scotch/healthz").status_code == 200
        assert stranger.get("/scotchbroth/healthz").status_code == 404


@pytest.mark.parametrize(
    ("photo", "mode"),
    [
        (photos.cmyk_jpeg, "RGB"),
        (photos.png16, "RGB"),
        (photos.heic, "RGB"),
        (lambda: photos.png(mode="RGBA"), "RGB"),
        (lambda: photos.png(mode="P"), "RGB"),
        (lambda: photos.png(mode="1"), "RGB"),
        (lambda: photos.rotated_jpeg(6), "RGB"),
    ],
)
def test_unusual_photos_are_converted_not_refused(
    server: Server, slot: Slot, photo: Callable[[], bytes], mode: str
) -> None:
    answer = server.booth.send(photo(), slot=slot())
    assert answer.status == 200, answer.body
    assert photos.opened(answer.body).mode == mode


def test_a_photo_lying_on_its_side_comes_back_upright(server: Server, slot: Slot) -> None:
    answer = server.booth.send(photos.rotated_jpeg(6, 64, 40), slot=slot())
    assert photos.opened(answer.body).size == (40, 64)


@pytest.mark.parametrize(
    ("photo", "status", "code"),
    [
        (None, 422, "file_missing"),
        (b"", 422, "file_empty"),
        (b"This is no photo at all, whatever its name says.", 415, "photo_type_not_taken"),
        (b"GIF89a" + b"\0" * 100, 415, "photo_type_not_taken"),
        (photos.jpeg()[:9000], 422, "photo_damaged"),
        (photos.jpeg()[:100], 422, "photo_damaged"),
        (photos.bomb_png(), 413, "photo_too_many_pixels"),
        (photos.animated_webp(), 422, "photo_animated"),
    ],
    ids=["no file", "empty", "text", "gif", "truncated", "header only", "bomb", "animated"],
)
def test_a_bad_photo_is_refused_with_its_code(
    server: Server, slot: Slot, photo: bytes | None, status: int, code: str
) -> None:
    answer = server.booth.send(photo, slot=slot())
    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.headers["X-Request-Id"]


def test_two_files_are_refused(server: Server, slot: Slot) -> None:
    more = (Part("second", photos.jpeg(), "second.jpg"),)
    answer = server.booth.send(photos.jpeg(), slot=slot(), more=more)
    assert (answer.status, answer.error["code"]) == (422, "too_many_files")


@pytest.mark.parametrize("password", ["", "wrong", "ошибка\N{DOG FACE}"])
def test_a_wrong_password_is_refused(server: Server, password: str) -> None:
    answer = server.booth.send(photos.jpeg(), password=password)
    assert (answer.status, answer.error["code"]) == (401, "wrong_ingest_password")


def test_the_password_finds_its_own_operators_slot(server: Server) -> None:
    answer = server.booth.send(photos.jpeg(), password=server.ingest_password("igor"))
    assert (answer.status, answer.error["code"]) == (409, "slot_not_configured")


@pytest.mark.parametrize("link", ["slot-041", "slot-000", "slot-1", "nothing", "slot-001%00"])
def test_an_unknown_slot_is_not_found(server: Server, link: str) -> None:
    assert server.booth.send(photos.jpeg(), slot=link).status == 404


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_whether_it_says_so_or_not(
    server: Server, slot: Slot, chunked: bool
) -> None:
    huge = photos.jpeg() + b"\0" * 21_500_000
    answer = server.booth.send(huge, slot=slot(), chunked=chunked)
    assert (answer.status, answer.error["code"]) == (413, "upload_too_large")


def test_a_body_that_is_no_form_is_refused(server: Server) -> None:
    with server.session(None) as stranger:
        answer = stranger.post(
            "/ingest/slot-001", data=b"{}", headers={"Content-Type": "image/jpeg"}
        )
        assert answer.status_code == 415
        answer = stranger.post(
            "/ingest/slot-001",
            data=b"nonsense",
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert answer.status_code == 400


def test_a_client_that_goes_half_way_leaves_nothing_behind(server: Server, slot: Slot) -> None:
    body = form([Part("fileToUpload", photos.big_jpeg(2), "a.jpg")])
    with server.booth.connect() as wire:
        server.booth.send_head(wire, len(body), slot=slot())
        wire.sendall(body[: len(body) // 2])
    unpublished = server.folder / "media" / "unpublished"
    wait_until(lambda: not list(unpublished.iterdir()), 5, "the half photo is gone")


@pytest.mark.slow
def test_a_body_that_trickles_in_is_given_up_after_twenty_seconds(
    server: Server, slot: Slot
) -> None:
    body = form([Part("fileToUpload", photos.jpeg(), "a.jpg")])
    with server.booth.connect() as wire:
        server.booth.send_head(wire, len(body), slot=slot())
        started = time.monotonic()
        wire.sendall(body[:500])
        answer = read_answer(wire, started)
    assert (answer.status, answer.error["code"]) == (408, "upload_too_slow")
    assert 18 < answer.seconds < 24


def test_a_late_photo_gets_504_and_a_link_that_works_later(
    server: Server, serg: Client, slot: Slot
) -> None:
    answer = server.booth.send(photos.jpeg(), slot=slot("delay=5"))
    assert (answer.status, answer.error["code"]) == (504, "provider_timeout")
    assert answer.seconds < 5
    link = answer.error["details"]["result_url"]
    with server.session(None) as stranger:
        assert stranger.get(link).status_code == 202
        late = wait_until(lambda: (r := stranger.get(link)).status_code == 200 and r, 10, "photo")
        assert photos.opened(late.content).size == (640, 480)
        assert stranger.get(link[:-1] + "x").status_code == 404
        assert stranger.get(link.partition("?")[0]).status_code == 401
    job = serg.get(f"/api/tasks/{answer.error['details']['job_id']}").json()
    assert job["state"] == "succeeded"
    assert job["result"]["model"] == "example-1"


@pytest.mark.parametrize(
    ("say", "status", "code"),
    [
        ("refuse", 502, "provider_refused"),
        ("503", 502, "provider_overloaded"),
        ("text", 502, "provider_bad_answer"),
        ("half", 502, "provider_bad_answer"),
    ],
)
def test_a_provider_that_fails_is_told_to_the_booth_by_code(
    server: Server, slot: Slot, say: str, status: int, code: str
) -> None:
    answer = server.booth.send(photos.jpeg(), slot=slot(f"say={say}"))
    assert (answer.status, answer.error["code"]) == (status, code)


def test_the_answer_has_the_size_and_format_the_slot_asks_for(server: Server, slot: Slot) -> None:
    wanted = slot(output={"format": "png", "max_side_px": 320})
    finished = photos.opened(server.booth.send(photos.jpeg(), slot=wanted).body)
    assert (finished.format, finished.size) == ("PNG", (320, 240))


def test_a_repeated_upload_gets_the_stored_photo_again(server: Server, slot: Slot) -> None:
    fields, where, photo = {"id": "17", "time": "now"}, slot(), photos.jpeg(seed=5)
    first = server.booth.send(photo, slot=where, fields=fields)
    again = server.booth.send(photo, slot=where, fields=fields)
    other = server.booth.send(photo, slot=where, fields=fields | {"id": "18"})
    assert first.headers["X-Photoai-Job"] == again.headers["X-Photoai-Job"]
    assert first.body == again.body
    assert other.headers["X-Photoai-Job"] != first.headers["X-Photoai-Job"]


def test_a_failure_does_not_count_as_the_repeats_answer(server: Server, slot: Slot) -> None:
    fields, where = {"id": "19", "time": "now"}, slot("say=refuse")
    jobs = [
        server.booth.send(photos.jpeg(), slot=where, fields=fields).error["details"]["job_id"]
        for _ in range(2)
    ]
    assert jobs[0] != jobs[1]


def test_chunks_are_framed_as_the_booth_would() -> None:
    assert as_chunks(b"abc") == b"3\r\nabc\r\n0\r\n\r\n"

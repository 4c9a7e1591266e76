"""What cannot be analysed, models that do not behave, and what is left to whoever asked."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos, sent
from tests.support.clips import Clips
from tests.support.editing import FILES
from tests.support.reel_client import REELS, STATUS, UPLOAD, Scripter, unlike_any
from tests.support.server import Server

pytestmark = pytest.mark.slow
PARTS = ["original", "keys", "script", "recommendations"]
names = itertools.count(1)


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def nothing_is_left(client: Scripter) -> bool:
    files = client.get(FILES).json()["data"]
    return files == [] and client.get("/api/tasks?type=reels").json()["data"] == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("photo.mp4", photos.jpeg()),
        ("words.mp4", b"no video at all " * 400),
        ("film.mkv", sent.film("matroska")),
        ("film.avi", sent.film("avi")),
        ("sound.mp4", sent.sound("mp4", "aac")),
    ],
)
def test_what_is_no_mp4_mov_or_webm_is_415_whatever_it_is_called(
    scripter: Scripter, name: str, data: bytes
) -> None:
    answer = scripter.post_video((name, data), {"Accept-Language": "ru"})
    assert refusal(answer) == (415, "reel_type_not_taken")
    assert answer.json()["error"]["message"].startswith("Неподдерживаемый формат.")
    assert nothing_is_left(scripter)


@pytest.mark.parametrize("suffix", ["mov", "webm"])
def test_the_other_types_are_taken(scripter: Scripter, clips: Clips, suffix: str) -> None:
    vp8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")
    codec = {"video": vp8, "sound": ("-c:a", "libopus")} if suffix == "webm" else {}
    result = scripter.analysed(clips.make("testsrc2", sec=2.0, suffix=suffix, **codec))
    assert len(result["keys"]) == 5


def test_fields_that_cannot_be(scripter: Scripter, short: Path) -> None:
    for field, value in (("target_language", "xx"), ("variants", "4"), ("variants", "zwei")):
        answer = scripter.post_video(short, **{field: value})
        assert refusal(answer) == (422, "invalid")
        assert field in answer.json()["error"]["details"]
    assert refusal(scripter.post_video()) == (422, "file_missing")
    assert refusal(scripter.post_video(file_id="5f0c7a52-2f0e-4f57-9d3c-6a1f8e4b7c10")) == (
        404, "file_unknown",
    )  # fmt: skip
    mine = scripter.upload(short)
    assert refusal(scripter.post_video(short, file_id=mine)) == (422, "file_named_twice")


def test_what_is_damaged_is_422(scripter: Scripter, clips: Clips) -> None:
    torn = clips.cut_off()
    assert scripter.post_video(torn).status_code == 422
    assert nothing_is_left(scripter)


def test_what_is_too_long_or_too_large(
    make_server: Callable[..., Server], google: GeminiEmulator, clips: Clips, large: Path
) -> None:
    limits = {"REELS_MAX_FILE_MB": "2", "REELS_MAX_DURATION_SEC": "3"}
    with make_server(**limits) as server:
        scripter = Scripter.registered(server, "limited")
        long = clips.make("red", sec=3.5)
        answer = scripter.post_video(long)
        assert refusal(answer) == (422, "reel_too_long")
        assert answer.json()["error"]["details"]["max_sec"] == 3
        assert refusal(scripter.post_video(large)) == (413, "reel_too_large")
        assert refusal(scripter.post_video(file_id=scripter.upload(large))) == (
            413,
            "reel_too_large",
        )
        assert lying(server, scripter, large.read_bytes()) in {400, 413}
        assert scripter.get("/api/tasks?type=reels").json()["data"] == []


def lying(server: Server, scripter: Scripter, data: bytes) -> int:
    """The status of an upload in chunks, which says nothing of its length."""
    head = (
        b'--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n'
        b"Content-Type: video/mp4\r\n\r\n"
    )
    body = head + data + b"\r\n--x--\r\n"
    pieces = (body[at : at + 65536] for at in range(0, len(body), 65536))
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    try:
        return scripter.post(UPLOAD, data=pieces, headers=headers).status_code
    except requests.ConnectionError:  # refused before all of it was sent
        return 413


def test_an_upload_that_is_cut_half_way_leaves_nothing(
    reel_server: Server, scripter: Scripter, short: Path
) -> None:
    data = short.read_bytes()
    with socket.create_connection(("127.0.0.1", reel_server.port), timeout=10) as wire:
        head = (
            f"POST {UPLOAD} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data) + 500}\r\n"
            f"Authorization: {scripter.headers['Authorization']!s}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
            '--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'
        )
        wire.sendall(head.encode() + data[: len(data) // 2])
    assert nothing_is_left(scripter)


def test_silent_music_only_and_still_videos(scripter: Scripter, clips: Clips) -> None:
    silent = scripter.analysed(clips.make("testsrc2", sec=2.0, beep_at=None))
    assert (silent["facts"]["has_sound"], silent["facts"]["loudness"]) == (False, None)
    assert (silent["segments"], silent["exports"]["srt"]) == ([], None)
    still = scripter.analysed(clips.make("blue", sec=2.0, beep_at=0.5))
    assert still["facts"]["cuts"] == []
    assert len(still["shots"]) == 1


def test_subtitles_of_a_silent_video_are_409(scripter: Scripter, clips: Clips) -> None:
    task_id = scripter.accepted_reel(clips.make("testsrc2", sec=2.2, beep_at=None))
    assert scripter.reel_ended(task_id)["state"] == "SUCCESS"
    assert refusal(scripter.get(f"{REELS}/{task_id}.srt")) == (409, "reel_without_speech")
    burned = scripter.post(f"{REELS}/{task_id}/subtitles", json={})
    assert refusal(burned) == (409, "reel_without_speech")
    assert scripter.get(f"{REELS}/{task_id}.md").status_code == 200


@pytest.mark.parametrize("word", ["fenced", "prose", "wrong_times"])
def test_answers_that_can_be_understood(
    scripter: Scripter, google: GeminiEmulator, short: Path, word: str
) -> None:
    google.let_videos(word)
    result = scripter.analysed(short)
    assert len(result["keys"]) == 5
    assert all(each["end_sec"] <= 3.05 for each in result["segments"])


@pytest.mark.parametrize("word", ["truncated", "empty", "other_schema", "four_keys"])
def test_answers_that_are_asked_for_again(
    scripter: Scripter, google: GeminiEmulator, short: Path, word: str
) -> None:
    google.let_videos(word, "good")
    result = scripter.analysed(short)
    assert len(result["keys"]) == 5
    assert result["cost"] > 0


def test_what_is_said_in_a_video_is_data_wherever_it_goes(
    scripter: Scripter, google: GeminiEmulator, short: Path
) -> None:
    google.let_videos("hostile")
    result = scripter.analysed(short)
    assert "<script>" in result["original"]["transcription"]
    page = scripter.get(result["exports"]["md"])
    assert page.headers["Content-Type"].startswith("text/markdown")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    text = page.content.decode()
    assert "<script>" not in text
    assert "\n[ссылка](" not in text
    assert "\\[ссылка\\]" in text
    subtitles = scripter.get(result["exports"]["srt"]).content.decode()
    assert subtitles.count(" --> ") == len(result["segments"])


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("other_schema", "analysis_unusable"),
        ("refused", "provider_refused"),
        ("blocked", "provider_refused"),
        ("revoked", "provider_not_configured"),
    ],
)
def test_what_was_measured_is_there_whatever_the_model_does(
    scripter: Scripter, google: GeminiEmulator, large: Path, word: str, code: str
) -> None:
    google.let_videos(word)
    task_id = scripter.accepted_reel(large)
    done = scripter.reel_ended(task_id)
    assert (done["state"], done["error"]["code"]) == ("FAILURE", code)
    assert done["status"] == done["error"]["message"]
    assert "photo" not in done["status"]
    result = done["result"]
    assert (result["missing"], result["original"], result["keys"]) == (PARTS, None, [])
    assert result["facts"]["duration_sec"] == pytest.approx(4.0, abs=0.05)
    assert scripter.get(result["first_frame"]).status_code == 200
    assert result["exports"]["json"] is None
    google.let_videos("good")
    google.clear()
    again = scripter.post(f"{STATUS}/{task_id}/retry")
    assert again.status_code == 202, again.text
    assert scripter.reel_ended(task_id)["state"] == "SUCCESS"


def test_a_days_quota_that_is_used_up_is_told(
    make_server: Callable[..., Server], google: GeminiEmulator, large: Path
) -> None:
    google.let_videos("quota_daily")
    with make_server(GEMINI_API_KEY=KEY, GEMINI_BASE_URL=google.url) as server:
        scripter = Scripter.registered(server, "many")
        done = scripter.reel_ended(scripter.accepted_reel(large))
        assert (done["state"], done["error"]["code"]) == ("FAILURE", "provider_quota")
        assert done["result"]["missing"] == PARTS
        asked = len(google.asked_about_videos())
        again = scripter.reel_ended(scripter.accepted_reel(large))
        assert again["error"]["code"] == "provider_quota"
        assert len(google.asked_about_videos()) == asked, "nobody asks before the quota is back"


def test_a_file_that_is_never_processed_is_given_up_and_deleted(
    make_server: Callable[..., Server], google: GeminiEmulator, large: Path
) -> None:
    google.let_files(polls=100_000)
    keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url, "JOB_TIMEOUT_SEC": "8"}
    with make_server(**keys) as server:
        scripter = Scripter.registered(server, "patient")
        done = scripter.reel_ended(scripter.accepted_reel(large))
        assert (done["state"], done["error"]["code"]) == ("FAILURE", "provider_timeout")
        assert done["result"]["missing"] == PARTS
        assert google.files() == []


def test_without_a_key_the_facts_are_delivered_and_a_key_makes_the_rest(
    make_server: Callable[..., Server], google: GeminiEmulator, short: Path
) -> None:
    with make_server(GEMINI_BASE_URL=google.url) as server:
        scripter = Scripter.registered(server, "keyless")
        task_id = scripter.accepted_reel(short)
        done = scripter.reel_ended(task_id)
        assert (done["state"], done["error"]["code"]) == ("FAILURE", "provider_not_configured")
        assert done["result"]["missing"] == PARTS
        assert done["result"]["facts"]["duration_sec"] > 2.9
        assert google.asked_about_videos() == []
        keys: dict[str, Any] = {"keys": {"gemini": KEY}}
        assert server.session("serg").put("/api/settings", json=keys).status_code == 200
        assert scripter.post(f"{STATUS}/{task_id}/retry").status_code == 202
        done = scripter.reel_ended(task_id)
        assert (done["state"], done["result"]["missing"]) == ("SUCCESS", [])


def test_a_model_that_is_gone_is_followed_by_the_next(
    scripter: Scripter, google: GeminiEmulator, short: Path, tmp_path: Path
) -> None:
    google.let_videos("good", gone=["gemini-3.8-flash"])
    assert scripter.analysed(short)["model"] == "gemini-3.7-flash"
    google.let_videos("good")
    other = scripter.analysed(unlike_any(short, tmp_path))
    assert other["model"] == "gemini-3.8-flash"

"""An analysis' life over the wire: sent, followed, awaited, exported, burned, cancelled, gone."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import pysubs2
import pytest
from PIL import Image

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support.clips import pictures
from tests.support.editing import FILES
from tests.support.listener import Listener
from tests.support.reel_client import REELS, STATUS, Scripter
from tests.support.s3 import S3
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
RUSSIAN = {"Accept-Language": "ru"}
PARTS = ["original", "keys", "script", "recommendations"]


def kept(server: Server, folder: str) -> set[str]:
    return {path.name for path in (server.folder / "media" / folder).glob("*") if path.is_file()}


def test_the_seeds_own_example(scripter: Scripter, short: Path) -> None:
    answer = scripter.post_video(short, RUSSIAN)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body.keys() == {"success", "task_id", "message"}
    assert (body["success"], body["message"]) == (True, "Видео загружено и отправлено на анализ")
    done = scripter.reel_ended(body["task_id"])
    assert (done["state"], done["progress"], done["error"]) == ("SUCCESS", 100, None)
    result = done["result"]
    assert result["original"]["transcription"]
    assert result["original"]["translation"]
    assert len(result["keys"]) == 5
    assert result["script"][0].keys() == {"time", "visual", "text", "note"}
    assert result["recommendations"][0].keys() == {"category", "text"}
    assert (result["missing"], result["variants"]) == ([], [])
    assert result["model"] == "gemini-3.8-flash"
    assert result["cost"] > 0
    assert result["usage"]["total"] > 0
    assert (result["cache_hit"], result["repairs"], result["prompt_version"]) == (False, 0, "1")
    assert result["facts"]["duration_sec"] == pytest.approx(3.0, abs=0.05)
    assert {"preparing", "measuring", "sending", "watching", "total"} <= result["timings"].keys()
    assert scripter.get(FILES).json()["data"] == [], "it came along and went with its job"


def test_every_shot_has_its_picture(scripter: Scripter, short: Path) -> None:
    result = scripter.analysed(short)
    assert result["shots"]
    for address in (result["first_frame"], *(each["thumbnail"] for each in result["shots"])):
        answer = scripter.get(address)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
        assert max(Image.open(io.BytesIO(answer.content)).size) <= 320
        again = scripter.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    missing = scripter.get(result["first_frame"].replace("first", "none"))
    assert missing.status_code == 410


def test_it_is_waited_for_in_another_language_with_three_scripts(
    scripter: Scripter, short: Path
) -> None:
    answer = scripter.post_video(short, {"Prefer": "wait=40"}, target_language="de", variants=3)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Preference-Applied"] == "wait=40"
    result = answer.json()["result"]
    assert result["target_language"] == "de"
    assert [len(each["script"]) > 0 for each in result["variants"]] == [True, True]


def test_what_is_measured_is_shown_while_the_model_still_watches(
    scripter: Scripter, google: GeminiEmulator, large: Path
) -> None:
    google.let_videos("good", delay=4.0)
    task_id = scripter.accepted_reel(large)
    seen: list[dict[str, object]] = []

    def is_measured() -> bool:
        seen.append(scripter.reel(task_id))
        return bool(seen[-1]["result"])

    wait_until(is_measured, 30, "it is measured")
    assert (seen[-1]["state"], seen[-1]["status"]) == (
        "PROGRESS",
        "The video is being processed...",
    )
    result = seen[-1]["result"]
    assert isinstance(result, dict)
    assert (result["missing"], result["original"], result["keys"]) == (PARTS, None, [])
    assert result["facts"]["duration_sec"] == pytest.approx(4.0, abs=0.05)
    assert scripter.get(result["first_frame"]).status_code == 200
    wait_until(lambda: scripter.reel(task_id)["stage"] == "watching", 30, "the model watches")
    assert 30 <= scripter.reel(task_id)["progress"] < 90
    assert len(google.files()) == 1
    assert scripter.get(f"{REELS}/{task_id}.md").status_code == 409
    assert scripter.reel_ended(task_id)["state"] == "SUCCESS"
    assert google.deleted() == 1


def test_its_events_are_those_of_any_job(
    reel_server: Server, scripter: Scripter, google: GeminiEmulator, short: Path
) -> None:
    google.let_videos("good", delay=2.0)
    task_id = scripter.accepted_reel(short)
    with Listener(reel_server, scripter, f"{STATUS}/{task_id}/events") as ear:
        wait_until(lambda: ear.ended, 40, "the stream has ended")
        stages = [each.data["stage"] for each in ear.events if each.kind != "bye"]
    assert "watching" in stages
    assert ear.kinds()[-1] == "end"
    assert ear.events[-2].data["state"] == "succeeded"


def test_the_video_is_seen_beside_its_analysis(scripter: Scripter, short: Path) -> None:
    result = scripter.analysed(short)
    assert result["file_id"] is None
    part = scripter.get(result["video"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["Content-Type"] == "video/mp4"
    file_id = scripter.upload(short)
    own = scripter.analysed(file_id=file_id)
    assert scripter.get(own["video"]).content == short.read_bytes()
    assert scripter.delete(f"{FILES}/{file_id}").status_code == 204
    gone = scripter.get(own["video"])
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "reel_file_gone")


def test_it_goes_with_a_file_of_ones_own_which_stays(scripter: Scripter, short: Path) -> None:
    file_id = scripter.upload(short)
    result = scripter.analysed(file_id=file_id)
    assert (result["file_id"], result["file_name"]) == (file_id, short.name)
    assert [each["id"] for each in scripter.get(FILES).json()["data"]] == [file_id]


def test_what_was_asked_before_costs_nothing(
    scripter: Scripter, google: GeminiEmulator, short: Path
) -> None:
    first = scripter.analysed(short)
    second = scripter.analysed(short)
    assert (first["cache_hit"], second["cache_hit"]) == (False, True)
    assert (second["cost"], second["usage"]) == (0, {})
    assert second["keys"] == first["keys"]
    assert len(google.asked_about_videos()) == 1
    other = scripter.analysed(short, target_language="en")
    assert other["cache_hit"] is False
    assert len(google.asked_about_videos()) == 2


def test_its_exports(scripter: Scripter, google: GeminiEmulator, short: Path) -> None:
    result = scripter.analysed(short)
    exports = result["exports"]
    for name, text in (("srt", "text"), ("srt_translation", "translation")):
        answer = scripter.get(exports[name])
        assert answer.headers["Content-Type"].startswith("application/x-subrip")
        lines = pysubs2.SSAFile.from_string(answer.content.decode(), format_="srt")
        assert [each.plaintext for each in lines] == [each[text] for each in result["segments"]]
    page = scripter.get(exports["md"], headers=RUSSIAN)
    assert page.headers["Content-Type"].startswith("text/markdown")
    assert "## Ключи к успеху" in page.content.decode()
    saved = scripter.get(exports["json"])
    assert json.loads(saved.content)["keys"] == result["keys"]
    for name, answer in (("md", page), ("json", saved)):
        attached = f'attachment; filename="{short.stem}.{name}"'
        assert answer.headers["Content-Disposition"].startswith(attached)
        known = {"If-None-Match": answer.headers["ETag"], **RUSSIAN}
        assert scripter.get(exports[name], headers=known).status_code == 304


def test_what_is_said_is_burned_into_the_video_that_came_along(
    scripter: Scripter, short: Path, tmp_path: Path
) -> None:
    task_id = scripter.accepted_reel(short)
    assert scripter.reel_ended(task_id)["state"] == "SUCCESS"
    wish = {"lang": "translation", "style": "classic"}
    answer = scripter.post(f"{REELS}/{task_id}/subtitles", json=wish)
    assert answer.status_code == 202, answer.text
    task = answer.json()
    assert (task["type"], len(task["config"]["cues"])) == ("subtitles", 5)
    done = scripter.ended(task["id"])
    assert done["status"] == "completed", done
    assert len(pictures(scripter.download(done, tmp_path))) == 75
    (file,) = scripter.get(FILES).json()["data"]
    assert scripter.reel(task_id)["result"]["file_id"] == file["id"]
    assert scripter.delete(f"{FILES}/{file['id']}").status_code == 204
    plain = scripter.post(f"{REELS}/{task_id}/subtitles")
    assert plain.status_code == 202, plain.text


def test_a_file_of_ones_own_that_was_deleted_is_not_burned(scripter: Scripter, short: Path) -> None:
    file_id = scripter.upload(short)
    task_id = scripter.accepted_reel(file_id=file_id)
    assert scripter.reel_ended(task_id)["state"] == "SUCCESS"
    assert scripter.delete(f"{FILES}/{file_id}").status_code == 204
    answer = scripter.post(f"{REELS}/{task_id}/subtitles", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "reel_file_gone")


def test_one_that_runs_is_cancelled_and_leaves_nothing_at_the_provider(
    reel_server: Server, scripter: Scripter, google: GeminiEmulator, large: Path
) -> None:
    google.let_videos("good", delay=20.0)
    task_id = scripter.accepted_reel(large)
    wait_until(lambda: scripter.reel(task_id)["stage"] == "watching", 30, "the model watches")
    assert len(google.files()) == 1
    answer = scripter.delete(f"{STATUS}/{task_id}")
    assert answer.status_code == 202, answer.text
    done = scripter.reel_ended(task_id)
    assert (done["state"], done["error"]["code"]) == ("FAILURE", "cancelled")
    assert done["result"]["missing"] == PARTS
    wait_until(lambda: google.files() == [], 15, "nothing is left at the provider")
    google.let_videos("good")
    measured = [name for name in kept(reel_server, "shots") if name.startswith(task_id)]
    again = scripter.post(f"{STATUS}/{task_id}/retry", headers={"Prefer": "wait=40"})
    assert again.status_code == 200, again.text
    result = again.json()["result"]
    assert (again.json()["state"], result["missing"]) == ("SUCCESS", [])
    assert "measuring" not in result["timings"]
    assert [name for name in kept(reel_server, "shots") if name.startswith(task_id)] == measured


def test_one_that_is_deleted_is_gone(
    reel_server: Server, scripter: Scripter, google: GeminiEmulator, short: Path
) -> None:
    task_id = scripter.accepted_reel(short)
    result = scripter.reel_ended(task_id)["result"]
    assert scripter.delete(f"{STATUS}/{task_id}").status_code == 204
    for address in (f"{STATUS}/{task_id}", result["exports"]["json"], result["first_frame"]):
        answer = scripter.get(address)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "reel_unknown")
    assert scripter.delete(f"{STATUS}/{task_id}").status_code == 404
    job = scripter.get(f"/api/tasks/{task_id}").json()
    assert (job["state"], job["result"]) == ("succeeded", None)
    assert scripter.get(f"/api/tasks/{task_id}/result").status_code == 410
    for folder in ("shots", "reels"):
        assert not [name for name in kept(reel_server, folder) if name.startswith(task_id)]
    assert scripter.analysed(short)["cache_hit"] is False


def test_one_that_is_deleted_is_not_tried_again(
    reel_server: Server, scripter: Scripter, google: GeminiEmulator, large: Path
) -> None:
    google.let_videos("good", delay=20.0)
    task_id = scripter.accepted_reel(large)
    wait_until(lambda: scripter.reel(task_id)["stage"] == "watching", 30, "the model watches")
    scripter.delete(f"{STATUS}/{task_id}")
    scripter.reel_ended(task_id)
    google.let_videos("good")
    assert scripter.delete(f"{STATUS}/{task_id}").status_code == 204
    again = scripter.post(f"/api/tasks/{task_id}/retry")
    assert (again.status_code, again.json()["error"]["code"]) == (410, "input_gone")
    assert scripter.get(f"{STATUS}/{task_id}").status_code == 404
    wait_until(lambda: google.files() == [], 15, "nothing is left at the provider")


def test_it_is_a_task_like_others(scripter: Scripter, short: Path) -> None:
    task_id = scripter.accepted_reel(short)
    assert scripter.reel_ended(task_id)["state"] == "SUCCESS"
    (job,) = scripter.get("/api/tasks?type=reels").json()["data"]
    assert (job["id"], job["type"], job["result"]["model"]) == (
        task_id, "reels", "gemini-3.8-flash",
    )  # fmt: skip
    file = scripter.get(f"/api/tasks/{task_id}/result")
    assert (file.status_code, file.headers["Content-Type"]) == (200, "application/json")
    assert file.json()["facts"]["shots"]
    usage = scripter.get("/api/v1/auth/me").json()
    assert (usage["usage"]["tasks_today"], usage["limits"]["reels_cents_per_day"]) == (1, 100)


def test_an_equal_call_joins_the_job(
    scripter: Scripter, google: GeminiEmulator, short: Path
) -> None:
    key = {"Idempotency-Key": "reel-1"}
    first = scripter.post_video(short, key).json()
    assert scripter.post_video(short, key).json()["task_id"] == first["task_id"]
    other = scripter.post_video(short, key, variants=2)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert scripter.reel_ended(first["task_id"])["state"] == "SUCCESS"
    began = time.monotonic()
    assert scripter.post_video(short, key).status_code == 200
    assert time.monotonic() - began < 5


def test_it_lies_in_a_bucket_as_well(
    make_server: Callable[..., Server], s3: S3, google: GeminiEmulator, large: Path
) -> None:
    keys = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": google.url}
    with make_server(**s3.settings(s3.create_bucket()), **keys) as server:
        scripter = Scripter.registered(server, "far-away")
        task_id = scripter.accepted_reel(large)
        result = scripter.reel_ended(task_id)["result"]
        assert result["missing"] == []
        assert scripter.get(result["first_frame"]).status_code == 200
        assert scripter.get(f"/api/tasks/{task_id}/result").json()["keys"] == result["keys"]
        part = scripter.get(result["video"], headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        assert scripter.delete(f"{STATUS}/{task_id}").status_code == 204

"""Merging by HTTP: order, progress, download, and everything that spares work."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from photoai.services.video import ClipLimits, probe
from tests.support.cliphost import ClipHost
from tests.support.clips import BT709, Clips, beeps, color_of, colors, pictures
from tests.support.family import encoders
from tests.support.listener import Listener
from tests.support.merging import API, Merger
from tests.support.server import Server
from tests.support.waiting import wait_until

HD = {"size": "1920x1080", "fps": "25"}


@pytest.fixture
def three(host: ClipHost, clips: Clips) -> list[str]:
    """Small clips that all have to be encoded."""
    made = [
        clips.make("red", sec=1.0, beep_at=0.2),
        clips.make("lime", sec=1.0, beep_at=0.5, size="180x320"),
        clips.make("blue", sec=1.0, beep_at=None, fps="50"),
    ]
    return [host.put(path.name, path) for path in made]


def test_clips_become_one_video_in_their_order(
    merger: Merger, three: list[str], tmp_path: Path
) -> None:
    accepted = merger.order(*three)
    assert accepted.status_code == 202
    task = accepted.json()
    assert re.fullmatch(r"task_[0-9]{16}_[0-9]{4}", task["task_id"])
    assert task["status"] in {"starting", "downloading"}
    assert (task["success_flag"], task["cache_hit"]) == (0, False)
    assert task["download_url"] is None

    done = merger.ended(task["task_id"])
    assert (done["status"], done["progress"], done["success_flag"]) == ("completed", 100, 1)
    assert (done["mode"], done["error"], done["message"]) == ("encode", None, "The video is ready.")
    assert done["result"]["duration_sec"] == 3.0

    video = merger.download(done, tmp_path / "video.mp4")
    assert colors(video) == ["red", "lime", "blue"]
    assert beeps(video) == pytest.approx([0.2, 1.5], abs=0.04)
    facts = probe(video, ClipLimits())
    assert (facts.video.width, facts.video.height, facts.video.sar) == (1920, 1080, 1)
    assert (facts.video.pix_fmt, facts.video.fps, facts.video.frames) == ("yuv420p", 25, 75)


@pytest.mark.slow
def test_a_task_streams_its_stages_and_ends(
    merger: Merger, merging_server: Server, host: ClipHost, clips: Clips
) -> None:
    url = host.put("streamed.mp4", clips.make("yellow", sec=3.0))
    gate = host.hold("streamed.mp4")
    task = merger.accepted(url)
    path = f"{API}/task/{task['task_id']}/events"
    with Listener(merging_server, merger, path) as listener:
        listener.wait_for(lambda event: event.data.get("stage") == "downloading")
        gate.set()
        end = listener.wait_for(lambda event: event.kind == "end")
    assert end.data["state"] == "succeeded"


@pytest.mark.slow
def test_only_the_seconds_a_transition_touches_are_encoded(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    wishes = {"sec": 4.0, "options": ("-g", "25"), **HD}
    paths = [clips.make("red", beep_at=1.5, **wishes), clips.make("blue", beep_at=2.5, **wishes)]
    order = {"transition": "crossfade", "transition_sec": 0.6}
    done = merger.merged(*[host.put(path.name, path) for path in paths], **order)
    assert (done["mode"], done["result"]["duration_sec"]) == ("mixed", 7.4)
    video = merger.download(done, tmp_path / "video.mp4")
    assert [colors(video)[at] for at in (0, -1)] == ["red", "blue"]
    assert beeps(video) == pytest.approx([1.5, 5.9], abs=0.04)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wishes", "left", "top"),
    [
        ({"fit": "crop"}, "lime", "lime"),
        ({"fit": "blur"}, "lime", "blue"),
        ({"fit": "pad", "background": "#ff0000"}, "red", "blue"),
        ({"fit": "pad"}, "black", "blue"),
    ],
)
def test_what_a_clip_leaves_of_the_canvas_is_filled_as_asked(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path,
    wishes: Any, left: str, top: str,
) -> None:  # fmt: skip
    bands = ",".join(f"drawbox=0:{y}:iw:ih/4:blue:fill" for y in ("0", "ih*3/4"))
    upright = clips.make("lime", sec=0.2, size="180x320", filters=f"{BT709},{bands}")
    task = merger.merged(host.put(upright.name, upright), aspect_ratio="4:3", **wishes)
    picture = pictures(merger.download(task, tmp_path / "video.mp4"))[0]
    assert color_of(picture[540, 720]) == "lime", "the clip itself is in the middle"
    assert [color_of(picture[540, x]) for x in (2, -3)] == [left, left]
    assert [color_of(picture[y, 720]) for y in (2, -3)] == [top, top]


@pytest.mark.slow
def test_what_was_merged_once_is_there_at_once(merger: Merger, three: list[str]) -> None:
    first = merger.merged(*three)
    again = merger.order(*three)
    assert again.status_code == 200
    task = again.json()
    assert (task["cache_hit"], task["status"], task["success_flag"]) == (True, "completed", 1)
    assert task["task_id"] != first["task_id"]
    one, other = (requests.get(each["download_url"], timeout=30) for each in (first, task))
    assert one.content == other.content


@pytest.mark.slow
def test_another_order_is_another_video(merger: Merger, three: list[str], tmp_path: Path) -> None:
    merger.merged(*three)
    other = merger.merged(*reversed(three))
    assert other["cache_hit"] is False
    assert colors(merger.download(other, tmp_path / "other.mp4")) == ["blue", "lime", "red"]


@pytest.mark.slow
def test_the_same_clips_from_other_addresses_are_found_after_the_download(
    merger: Merger, three: list[str], host: ClipHost
) -> None:
    merger.merged(*three)
    elsewhere = [host.put(f"copy-{url.rpartition('/')[2]}", host.files[url.rpartition("/")[2]])
                 for url in three]  # fmt: skip
    answer = merger.order(*elsewhere)
    assert answer.status_code == 202
    task = merger.ended(answer.json()["task_id"])
    assert (task["status"], task["cache_hit"]) == ("completed", True)


@pytest.mark.slow
def test_an_address_that_holds_something_else_now_is_fetched_again(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    url = host.put("changing.mp4", clips.make("red", sec=0.6))
    merger.merged(url)
    host.put("changing.mp4", clips.make("blue", sec=0.6))
    task = merger.merged(url)
    assert task["cache_hit"] is False
    assert colors(merger.download(task, tmp_path / "video.mp4")) == ["blue"]


@pytest.mark.slow
def test_clips_that_fit_are_copied(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    urls = [
        host.put(f"hd-{color}.mp4", clips.make(color, sec=0.8, **HD)) for color in ("red", "lime")
    ]
    task = merger.merged(*urls)
    assert task["mode"] == "copy"
    assert [clip["action"] for clip in task["result"]["clips"]] == ["copy", "copy"]
    video = merger.download(task, tmp_path / "video.mp4")
    assert colors(video) == ["red", "lime"]
    assert beeps(video) == pytest.approx([0.4, 1.2], abs=0.04)


@pytest.mark.slow
def test_one_that_does_not_fit_makes_it_mixed(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    fits = host.put("fits.mp4", clips.make("lime", sec=0.8, **HD))
    small = host.put("small.mp4", clips.make("blue", sec=0.8))
    task = merger.merged(fits, small, fits)
    assert task["mode"] == "mixed"
    assert colors(merger.download(task, tmp_path / "v.mp4")) == ["lime", "blue", "lime"]


@pytest.mark.slow
def test_a_plan_says_what_would_happen_and_starts_nothing(
    merger: Merger, merging_server: Server, host: ClipHost, clips: Clips
) -> None:
    fits = host.put("plan-fits.mp4", clips.make("white", sec=1.2, **HD))
    small = host.put("plan-small.mp4", clips.make("white", sec=1.0))
    answer = merger.post(f"{API}/merge/plan", json={"video_urls": [fits, small]})
    assert answer.status_code == 200, answer.text
    plan = answer.json()
    assert plan["canvas"] == {"width": 1920, "height": 1080, "fps": 25.0}
    assert (plan["mode"], plan["duration_sec"], plan["cache_hit"]) == ("mixed", 2.2, False)
    assert [(clip["action"], clip["reason"]) for clip in plan["clips"]] == [
        ("copy", None), ("encode", "size 320x180"),
    ]  # fmt: skip
    assert plan["estimated_sec"] > 0
    assert merger.get("/api/tasks").json()["meta"]["total"] == 0
    asked = host.asked["GET", "plan-fits.mp4"]
    assert merger.post(f"{API}/merge/plan", json={"video_urls": [fits, small]}).json() == plan
    assert host.asked["GET", "plan-fits.mp4"] == asked, "What is known is not fetched again."
    with closing(sqlite3.connect(merging_server.folder / "photoai.db")) as database, database:
        database.execute("UPDATE known_clip SET probe = '{}'")  # as another version wrote it
    assert merger.post(f"{API}/merge/plan", json={"video_urls": [fits, small]}).json() == plan


@pytest.mark.slow
def test_uploads_are_merged_with_what_is_downloaded(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    upload = clips.make("yellow", sec=0.6)
    with upload.open("rb") as file:
        answer = merger.post("/api/v1/files", files={"file": ("my clip.mp4", file)})
    assert answer.status_code == 201, answer.text
    url = host.put("beside.mp4", clips.make("red", sec=0.6))
    task = merger.merged(answer.json()["id"], url)
    assert colors(merger.download(task, tmp_path / "video.mp4")) == ["yellow", "red"]


@pytest.mark.slow
def test_the_download_has_a_name_and_ranges(merger: Merger, three: list[str]) -> None:
    task = merger.merged(*three)
    whole = requests.get(task["download_url"], timeout=30)
    assert whole.headers["Content-Type"] == "video/mp4"
    name = f"video_merge_{task['task_id']}.mp4"
    assert f'attachment; filename="{name}"' in whole.headers["Content-Disposition"]
    part = requests.get(task["download_url"], headers={"Range": "bytes=10-19"}, timeout=30)
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    plain = merger.get(f"{API}/download/{task['task_id']}")
    assert plain.content == whole.content
    picture = requests.get(task["poster_url"], timeout=30)
    assert (picture.status_code, picture.content[:2]) == (200, b"\xff\xd8")


@pytest.mark.slow
def test_a_merge_waits_for_its_end_when_asked_to(merger: Merger, three: list[str]) -> None:
    answer = merger.order(*three, aspect_ratio="1:1", headers={"Prefer": "wait=50"})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.headers["Preference-Applied"]) == (
        "completed", "wait=50",
    )  # fmt: skip


@pytest.mark.slow
def test_a_cancelled_merge_stops_at_once_and_leaves_nothing_behind(
    merger: Merger, merging_server: Server, host: ClipHost, clips: Clips
) -> None:
    url = host.put("long.mp4", clips.make("testsrc2", sec=20.0, size="640x360"))
    task = merger.accepted(url, quality="ultra")
    wait_until(lambda: encoders(merging_server.worker), 30, "ffmpeg is at work")
    wait_until(lambda: merger.task(task["task_id"])["status"] == "preparing", 30)
    family = merging_server.worker.children(recursive=True)
    asked_at = time.monotonic()
    assert merger.delete(f"{API}/task/{task['task_id']}").status_code == 202
    wait_until(lambda: not any(child.is_running() for child in family), 2, "all of it is gone")
    assert time.monotonic() - asked_at < 2
    ended = merger.task(task["task_id"])
    assert (ended["status"], ended["error"]["code"]) == ("error", "cancelled")
    work = merging_server.folder / "work"
    wait_until(lambda: not list(work.iterdir()), 5, "its folder is gone")


@pytest.mark.slow
def test_a_stranger_sees_no_task_but_whoever_knows_its_number_may_download(
    merger: Merger, merging_server: Server, three: list[str]
) -> None:
    task = merger.merged(*three)
    with Merger.registered(merging_server, f"stranger-{task['task_id'][-9:]}") as stranger:
        assert stranger.get(f"{API}/task/{task['task_id']}").status_code == 404
        assert stranger.delete(f"{API}/task/{task['task_id']}").status_code == 404
        assert stranger.get(f"{API}/task/{task['task_id']}/events").status_code == 404
    public = f"{merging_server.url}{API}/download"
    assert requests.get(f"{public}/{task['task_id']}", timeout=30).status_code == 200
    assert requests.get(f"{public}/task_1_1", timeout=30).status_code == 404
    forged = f"{public}/{task['task_id']}?signature=forged"
    assert requests.get(forged, timeout=30).status_code == 403


@pytest.mark.slow
def test_a_waiting_merge_has_its_file_though_it_is_deleted_meanwhile(
    merger: Merger, merging_server: Server, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    gate, ahead = host.hold("ahead.mp4"), host.put("ahead.mp4", clips.make("red", sec=0.44))
    with clips.make("lime", sec=0.68).open("rb") as file:
        kept = merger.post("/api/v1/files", files={"file": ("lime.mp4", file)}).json()["id"]
    with Merger.registered(merging_server, f"ahead-{kept[:8]}") as first:
        before = first.accepted(ahead)["task_id"]
        wait_until(lambda: first.task(before)["status"] == "downloading", 20, "the place is taken")
        waiting = merger.accepted(kept)["task_id"]
        assert merger.task(waiting)["status"] == "starting"
        assert merger.delete(f"/api/v1/files/{kept}").status_code == 204
        gate.set()
        assert first.ended(before)["status"] == "completed"
    task = merger.ended(waiting)
    assert task["status"] == "completed", task
    assert colors(merger.download(task, tmp_path / "made.mp4")) == ["lime"]

"""Clips that cannot be had or used: a task error that says which and why, nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import misbehaving, photos, sent
from tests.support.cliphost import ClipHost, Misbehaviour
from tests.support.clips import Clips, colors, ffmpeg
from tests.support.family import encoders
from tests.support.merging import API, Merger
from tests.support.server import Server, free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

PLAYLIST = (
    b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXTINF:10,\n"
    b"http://127.0.0.1/secret.mp4\n#EXT-X-ENDLIST\n"
)
SCRIPT = b"ffconcat version 1.0\nfile /etc/passwd\nfile http://127.0.0.1/secret.mp4\n"
PAGE = b"<!DOCTYPE html><title>404</title><video src=clip.mp4></video>"
TOO_MUCH = b"\0\0\0\x18ftypmp42" + bytes(21_000_000)


@pytest.fixture(autouse=True)
def left_as_it_was(merging_server: Server, merger: Merger) -> Iterator[None]:
    """Whatever a test has sent: nothing lies about, nothing broke, and it merges on."""
    yield
    wait_until(lambda: not left_behind(merging_server), 10, "nothing lies about")
    assert merger.get(f"{API}/health").json()["active_jobs"] == 0
    for word in ('"unexpected"', '"internal_error"', '"job_attempt_broke"', "Traceback"):
        assert word not in merging_server.log


def left_behind(server: Server) -> list[object]:
    """What somebody's merge or look at a clip has not taken away, processes too."""
    house, tmp = server.folder, Path(server.environment()["TMPDIR"])
    return [
        *house.glob("work/*"),
        *house.glob("segments/*.part*"),
        *house.glob("media/unpublished/*"),
        *tmp.glob("photoai-*"),
        *encoders(server.worker),
    ]


@pytest.fixture
def good(host: ClipHost, clips: Clips) -> str:
    return host.put("good.mp4", clips.make("lime", sec=0.4))


@pytest.fixture
def spoilt(merger: Merger, good: str) -> Callable[..., dict[str, Any]]:
    """The error of a merge whose second clip is the bad one."""

    def order(url: str) -> dict[str, Any]:
        error = merger.failed(good, url)
        assert error["message"].endswith(".")
        assert error["details"]["clip_index"] == 1
        plan = merger.post(f"{API}/merge/plan", json={"video_urls": [good, url]})
        said = plan.json()["error"]
        assert 400 <= plan.status_code < 500, plan.text
        assert (said["code"], said["details"]["clip_index"]) == (error["code"], 1)
        return error

    return order


# What comes is no clip.


@pytest.mark.parametrize(
    ("name", "content", "seen"),
    [
        ("page", PAGE, "page"),
        ("photo", photos.png(), "image"),
        ("photo", photos.jpeg(), "image"),
        ("playlist", PLAYLIST, "playlist"),
        ("playlist", b"\xef\xbb\xbf\r\n" + PLAYLIST, "playlist"),
        ("script", SCRIPT, "script"),
        ("script", b"file '/etc/passwd'\n", "script"),
        ("words", sent.SRT.encode(), "unknown"),
        ("tone", sent.wav(), "unknown"),
        ("noise", random.Random(5).randbytes(5000), "unknown"),
    ],
)
def test_what_is_no_video_is_not_taken(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, name: str, content: bytes, seen: str
) -> None:
    error = spoilt(host.put(f"{name}.mp4", content))
    assert (error["code"], error["details"]["seen"]) == ("clip_type_not_taken", seen)


@pytest.mark.parametrize("inner", [PLAYLIST, SCRIPT, b"", b"\0" * 4000], ids=range(4))
def test_a_script_behind_a_video_s_first_bytes_is_no_video(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, inner: bytes
) -> None:
    error = spoilt(host.put("posing.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + inner))
    assert error["code"] in {"clip_unreadable", "clip_empty"}


def test_an_empty_file_has_no_length(spoilt: Callable[..., dict[str, Any]], host: ClipHost) -> None:
    assert spoilt(host.put("empty.mp4", b""))["code"] == "clip_empty"


def test_a_video_without_frames_has_no_length(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    path = tmp_path / "frameless.mp4"
    ffmpeg("-i", clips.make("red"), "-c", "copy", "-frames:v", "0", "-an", path)
    error = spoilt(host.put("frameless.mp4", path))
    assert error["code"] in {"clip_empty", "clip_unreadable"}


def test_sound_alone_is_no_clip(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    path = tmp_path / "sound.mp4"
    ffmpeg("-i", clips.make("red"), "-vn", "-c", "copy", path)
    assert spoilt(host.put("sound.mp4", path))["code"] == "clip_without_video"


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("track", ["picture", "sound"])
def test_a_format_that_nobody_can_decode_is_not_taken(
    spoilt: Callable[..., dict[str, Any]],
    merger: Merger,
    host: ClipHost,
    clips: Clips,
    suffix: str,
    track: str,
) -> None:
    path = clips.foreign(suffix, track)
    error = spoilt(host.put(path.name, path))
    assert (error["code"], error["details"]["track"]) == ("clip_codec_not_taken", track)
    with path.open("rb") as file:
        answer = merger.post("/api/v1/files", files={"file": (path.name, file)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "clip_codec_not_taken")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.7])
def test_a_clip_that_was_cut_off_is_damaged(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, clips: Clips, part: float
) -> None:
    error = spoilt(host.put("cut.mp4", clips.cut_off(part)))
    assert error["code"] == "clip_unreadable"


def test_a_clip_whose_index_is_missing_is_damaged(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, clips: Clips
) -> None:
    whole = clips.make("testsrc2", sec=1).read_bytes()  # its index stands at the end
    error = spoilt(host.put("no-index.mp4", whole[: len(whole) // 2]))
    assert error["code"] == "clip_unreadable"


def test_three_hours_in_a_few_bytes_are_too_long_and_found_out_at_once(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    path = tmp_path / "long.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=s=32x32:r=2:d=10800", "-preset", "ultrafast", path)
    assert path.stat().st_size < 2_000_000
    task = merger.accepted(host.put("long.mp4", path))
    error = merger.ended(task["task_id"], within_sec=15)["error"]
    assert (error["code"], error["details"]["clip_index"]) == ("clip_too_long", 0)


def test_two_pictures_over_three_hours_are_too_long_or_none_at_all(
    merger: Merger, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    path = tmp_path / "stretched.mp4"
    source = clips.make("red", sec=0.08, beep_at=None)
    ffmpeg("-itsscale", "135000", "-i", source, "-c", "copy", path)
    task = merger.accepted(host.put("stretched.mp4", path))
    error = merger.ended(task["task_id"], within_sec=15)["error"]
    assert error["code"] in {"clip_too_long", "clip_unreadable"}


def test_clips_that_are_too_long_together_are_refused(
    merger: Merger, host: ClipHost, tmp_path: Path
) -> None:
    path = tmp_path / "half-an-hour.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=s=32x32:r=2:d=1000", "-preset", "ultrafast", path)
    url = host.put("half-an-hour.mp4", path)
    plan = merger.post(f"{API}/merge/plan", json={"video_urls": [url, url]})
    assert (plan.status_code, plan.json()["error"]["code"]) == (422, "clip_too_long")


# The host is bad.


@pytest.mark.parametrize(
    "how",
    [
        misbehaving.says_length(TOO_MUCH, len(TOO_MUCH)),
        misbehaving.says_length(TOO_MUCH, None),
        misbehaving.says_length(TOO_MUCH, 10 * len(TOO_MUCH)),
        misbehaving.never_ends,
        misbehaving.never_ends_in_chunks,
    ],
    ids=["honest", "without length", "lying", "endless", "endless in chunks"],
)
def test_a_clip_of_more_than_twenty_megabytes_is_not_taken(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, how: Misbehaviour
) -> None:
    error = spoilt(host.answer("large.mp4", how))
    assert error["code"] == "clip_too_large"
    assert error["details"] == {"clip_index": 1, "max_bytes": 20_000_000}


def test_a_length_that_says_too_little_cuts_the_clip_off(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, clips: Clips
) -> None:
    whole = clips.make("testsrc2", sec=1).read_bytes()
    url = host.answer("short.mp4", misbehaving.says_length(whole, len(whole) // 2))
    assert spoilt(url)["code"] == "clip_unreadable"


def test_a_length_that_says_too_much_is_a_download_that_broke(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, clips: Clips
) -> None:
    whole = clips.make("testsrc2", sec=1).read_bytes()
    url = host.answer("promised.mp4", misbehaving.says_length(whole, len(whole) + 1000))
    assert spoilt(url)["code"] == "fetch_failed"
    assert host.asked["GET", "promised.mp4"] > 2, "it was tried again"


@pytest.mark.parametrize("status", [401, 403, 404, 410, 500])
def test_a_host_that_has_no_clip_says_so(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, status: int
) -> None:
    error = spoilt(host.answer(f"no-{status}.mp4", misbehaving.refuses(status)))
    assert (error["code"], error["details"]["status"]) == ("fetch_failed", status)


def test_a_host_that_is_gone_or_hangs_up_is_a_failed_download(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost
) -> None:
    gone = f"http://127.0.0.1:{free_port()}/clip.mp4"
    for url in (gone, host.answer("hang-up.mp4", misbehaving.hangs_up)):
        assert spoilt(url)["code"] == "fetch_failed"


@pytest.mark.parametrize(
    "inside",
    [
        "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/clip.mp4",
        "http://127.0.0.2/clip.mp4", "http://[::1]/clip.mp4", "http://2130706433/clip.mp4",
        "http://localhost/clip.mp4", "http://[::ffff:127.0.0.1]/", "file:///etc/passwd",
        "ftp://clips.example/clip.mp4", "//0x7f.1/clip.mp4", "http://guest:word@clips.example/",
    ],
)  # fmt: skip
def test_a_redirect_that_leads_inside_is_refused(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost, inside: str
) -> None:
    error = spoilt(host.answer("moved.mp4", misbehaving.sends_to(inside)))
    assert error["code"] == "fetch_refused"


def test_a_circle_of_redirects_is_left(
    spoilt: Callable[..., dict[str, Any]], host: ClipHost
) -> None:
    url = host.answer("circle.mp4", misbehaving.sends_to("/circle.mp4"))
    assert spoilt(url)["code"] == "fetch_refused"


def test_the_secrets_of_an_address_are_told_nobody(
    spoilt: Callable[..., dict[str, Any]], merging_server: Server, host: ClipHost
) -> None:
    url = host.answer("secret.mp4", misbehaving.refuses(403)) + "?token=pst-nobody-knows"
    assert "pst-nobody-knows" not in str(spoilt(url))
    assert "pst-nobody-knows" not in merging_server.log


# Some of it is damaged.


def test_a_clip_that_would_be_copied_is_damaged_wherever_it_does_not_decode(
    spoilt: Callable[..., dict[str, Any]], merger: Merger, host: ClipHost, clips: Clips
) -> None:
    path = clips.torn(size="1920x1080", fps="25")
    assert spoilt(host.put("torn.mp4", path))["code"] == "clip_unreadable"
    with path.open("rb") as file:
        answer = merger.post("/api/v1/files", files={"file": ("torn.mp4", file)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "clip_unreadable")


def test_damage_in_a_clip_that_was_encoded_before_is_found_when_it_would_be_copied(
    merger: Merger, good: str, host: ClipHost, clips: Clips
) -> None:
    url = host.put("torn-too.mp4", clips.torn(size="1920x1080", fps="25"))
    merger.ended(merger.accepted(good, url, aspect_ratio="1:1")["task_id"])
    plan = merger.post(f"{API}/merge/plan", json={"video_urls": [good, url]})
    assert (plan.status_code, plan.json()["error"]["code"]) == (422, "clip_unreadable")
    error = merger.failed(good, url)
    assert (error["code"], error["details"]["clip_index"]) == ("clip_unreadable", 1)


# And it goes on.


def test_a_clip_that_is_damaged_in_the_middle_is_merged_or_named(
    merger: Merger, host: ClipHost, clips: Clips
) -> None:
    url = host.put("damaged.mp4", clips.torn())
    task = merger.ended(merger.accepted(url)["task_id"])
    if task["status"] == "error":
        assert (task["error"]["code"], task["error"]["details"]["clip_index"]) == (
            "clip_unreadable", 0,
        )  # fmt: skip
        return
    assert task["result"]["duration_sec"] == 2.0


def test_a_good_merge_follows_all_of_that(
    merger: Merger, good: str, host: ClipHost, tmp_path: Path
) -> None:
    merger.failed(good, host.put("bad.mp4", PAGE))
    task = merger.merged(good)
    assert colors(merger.download(task, tmp_path / "video.mp4")) == ["lime"]

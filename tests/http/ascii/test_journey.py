"""A conversion's life over the wire: awaited, followed, downloaded, cancelled, gone."""

from __future__ import annotations

import io
import sqlite3
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import sent
from tests.support.clips import Clips, beeps, pictures
from tests.support.conversion_client import BATCH, DOWNLOAD, STATUS, V1, VIDEO, Converter
from tests.support.fleet import Fleet
from tests.support.listener import Listener
from tests.support.receiver import Receiver
from tests.support.s3 import S3
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
SMALL = {"width": 60, "fps": 10}
LONG = {"sec": 20.0, "size": "1280x720"}


def kept(server: Server) -> set[str]:
    folder = server.folder / "media" / "ascii"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_conversion_is_waited_for_and_answers_as_the_seed_does(
    converter: Converter, short: Path, tmp_path: Path
) -> None:
    answer = converter.convert(short, {"Prefer": "wait=50"}, save_txt="true", **SMALL)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Preference-Applied"] == "wait=50"
    body = answer.json()
    job_id, result = body["job_id"], body["result"]
    assert len(job_id) == 12
    assert set(job_id) <= set("0123456789abcdef")
    assert (body["status"], body["progress"], body["error"]) == ("completed", 1.0, None)
    assert body["message"] == "10 of 10 frames done."
    assert body["processing_time_seconds"] > 0
    assert (result["frames_count"], result["duration_seconds"]) == (10, 1.0)
    own = f"{DOWNLOAD}/{job_id}"
    assert result["mp4_path"] == result["artifacts"]["mp4"] == f"{own}/video.mp4"
    names = [f"{own}/frame_{number:06d}" for number in range(10)]
    assert result["artifacts"]["txt_files"] == [f"{name}.txt" for name in names]
    assert result["artifacts"]["png_files"] == [f"{name}.png" for name in names]
    assert (result["artifacts"]["gif"], result["artifacts"]["truncated"]) == (None, False)
    video = converter.saved(result["mp4_path"], tmp_path)
    assert len(pictures(video)) == 10
    assert beeps(video) == pytest.approx([0.4], abs=0.06)
    russian = converter.get(f"{STATUS}/{job_id}", headers={"Accept-Language": "ru"}).json()
    assert russian["message"] == "Обработано 10 из 10 кадров"


def test_every_kind_of_download(converter: Converter, short: Path) -> None:
    done = converter.converted(short, save_txt=1, gif="yes", **SMALL)
    own = f"{DOWNLOAD}/{done['job_id']}"
    starts = {
        "video": ("video/mp4", b"\0\0\0"), "video.mp4": ("video/mp4", b"\0\0\0"),
        "gif": ("image/gif", b"GIF89a"), "video.gif": ("image/gif", b"GIF89a"),
        "txt": ("application/zip", b"PK"), "png": ("application/zip", b"PK"),
        "frames": ("application/zip", b"PK"), "frames.zip": ("application/zip", b"PK"),
        "frame_000009.png": ("image/png", b"\x89PNG"), "poster.jpg": ("image/jpeg", b"\xff\xd8"),
    }  # fmt: skip
    for name, (mime, start) in starts.items():
        answer = converter.get(f"{own}/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, mime), name
        assert answer.content.startswith(start), name
        assert "attachment" in answer.headers["Content-Disposition"]
        part = converter.get(f"{own}/{name}", headers={"Range": "bytes=3-9"})
        assert (part.status_code, part.content) == (206, answer.content[3:10]), name
        assert converter.head(f"{own}/{name}").headers["Content-Length"] == str(len(answer.content))
    text = converter.get(f"{own}/frame_000003.txt")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    rows = text.content.decode().splitlines()
    assert (len(rows), {len(row) for row in rows}) == (done["result"]["rows"], {60})
    assert text.content.endswith(b"\n")
    with zipfile.ZipFile(io.BytesIO(converter.get(f"{own}/frames").content)) as both:
        assert both.testzip() is None
        assert sorted(both.namelist()) == sorted(
            f"frame_{number:06d}.{kind}" for number in range(10) for kind in ("txt", "png")
        )
        assert both.read("frame_000003.txt") == text.content
    far = converter.get(f"{own}/video", headers={"Range": "bytes=99999999-"})
    assert (far.status_code, far.json()["error"]["code"]) == (416, "range_not_satisfiable")
    tag = converter.get(f"{own}/frame_000003.txt").headers["ETag"]
    again = converter.get(f"{own}/frame_000003.txt", headers={"If-None-Match": tag})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "name",
    [
        "frame_000010.png", "frame_999999.png", "frame_-00001.png", "frame_0.png",
        "frame_0000003.png", "frame_000000.PNG", "frame_000000.txt", "frame_000000.png.txt", "gif",
        "txt", "..", "..%2f..%2fvideo.mp4", "%2e%2e%2fphotoai.db", "video.mp4%00", "nothing",
        "frame_٣٣٣٣٣٣.png", "frame_000000.png%0a", "txt.pack", "video.MP4",
    ],
)  # fmt: skip
def test_what_was_not_made_is_not_there(converter: Converter, png_only: str, name: str) -> None:
    answer = converter.get(f"{DOWNLOAD}/{png_only}/{name}")
    assert answer.status_code == 404, answer.text
    assert answer.json()["error"]["code"] in {"artifact_unknown", "not_found"}


@pytest.fixture
def png_only(converter: Converter, short: Path) -> str:
    return str(converter.converted(short, **SMALL)["job_id"])


def test_with_frames_alone_the_frames_are_the_result(converter: Converter, short: Path) -> None:
    done = converter.converted(short, save_mp4="no", **SMALL)
    assert done["result"]["mp4_path"] is None
    job_id = done["job_id"]
    result = converter.get(f"/api/tasks/{job_id}/result")
    assert result.headers["Content-Type"] == "application/zip"
    assert result.content == converter.get(f"{DOWNLOAD}/{job_id}/png").content
    assert result.content == converter.get(f"{DOWNLOAD}/{job_id}/frames").content


def test_a_file_that_came_along_goes_with_its_job_and_one_that_was_named_stays(
    converter: Converter, short: Path
) -> None:
    converter.converted(short, **SMALL)
    assert converter.get(f"{V1}/files").json()["data"] == []
    kept_file = converter.upload(short)
    one, other = (converter.converted(file_id=kept_file, width=w, fps=5) for w in (20, 40))
    assert (one["result"]["columns"], other["result"]["columns"]) == (20, 40)
    assert [each["id"] for each in converter.get(f"{V1}/files").json()["data"]] == [kept_file]


def test_a_conversion_streams_its_frames_and_ends(
    converter: Converter, converting_server: Server, clips: Clips
) -> None:
    job_id = converter.accepted_conversion(clips.make("testsrc2", sec=8.0, size="1280x720"))
    seen: set[str] = set()

    def counts() -> bool:
        found = converter.conversion(job_id)
        if found["status"] == "processing":
            seen.add(found["message"])
            assert 0 <= found["progress"] <= 1
        return any("of 240 frames done." in each for each in seen)

    wait_until(counts, 60, "its frames are counted")
    with Listener(converting_server, converter, f"{STATUS}/{job_id}/events") as listener:
        end = listener.wait_for(lambda event: event.kind == "end", sec=80)
    assert (end.data["id"], end.data["type"], end.data["state"]) == (job_id, "ascii", "succeeded")
    seen_by_all = converter.get(f"/api/tasks/{job_id}").json()
    assert seen_by_all["result"]["mime"] == "video/mp4"
    assert converter.get("/api/v1/auth/me").json()["usage"]["tasks_today"] == 1


def test_a_cancelled_conversion_stops_at_once_and_leaves_nothing(
    converter: Converter, converting_server: Server, clips: Clips
) -> None:
    before = kept(converting_server)
    job_id = converter.accepted_conversion(clips.make("testsrc2", **LONG))
    wait_until(lambda: converter.conversion(job_id)["progress"] > 0, 30, "it is drawn")
    early = converter.get(f"{DOWNLOAD}/{job_id}/video")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "job_not_finished")
    assert early.json()["error"]["details"] == {"status": "processing"}
    family = [
        child for child in converting_server.worker.children(recursive=True)
        if "ffmpeg" in child.name()
    ]  # fmt: skip
    asked_at = time.monotonic()
    assert converter.delete(f"{STATUS}/{job_id}").status_code == 202
    wait_until(lambda: not any(child.is_running() for child in family), 3, "ffmpeg is gone")
    assert time.monotonic() - asked_at < 3
    ended = converter.ended_conversion(job_id)
    assert (ended["status"], ended["error"]["code"]) == ("failed", "cancelled")
    assert kept(converting_server) == before
    again = converter.delete(f"{STATUS}/{job_id}")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "job_already_ended")
    gone = converter.get(f"{DOWNLOAD}/{job_id}/video")
    assert (gone.status_code, gone.json()["error"]["details"]) == (409, {"status": "failed"})


def test_tried_again_it_finds_the_file_that_came_along(
    converter: Converter, clips: Clips, short: Path
) -> None:
    held = converter.accepted_conversion(clips.make("testsrc2", **LONG))
    job_id = converter.accepted_conversion(short, **SMALL)
    waits = converter.conversion(job_id)
    assert (waits["status"], waits["message"]) == ("queued", "It waits for its turn.")
    assert waits["queue_position"] == 1
    assert converter.delete(f"{STATUS}/{job_id}").json()["status"] == "failed"
    assert converter.post(f"/api/tasks/{job_id}/retry").status_code == 202
    converter.delete(f"{STATUS}/{held}")
    assert converter.ended_conversion(job_id)["status"] == "completed"


def test_the_same_key_means_the_same_job(converter: Converter, short: Path) -> None:
    key = {"Idempotency-Key": "one"}
    first, second = (converter.convert(short, key, **SMALL) for _ in range(2))
    assert first.json()["job_id"] == second.json()["job_id"]
    other = converter.convert(short, key, width=61, fps=10)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    converter.ended_conversion(first.json()["job_id"])
    assert converter.get(f"{V1}/files").json()["data"] == []


def test_its_end_is_told(make_server: Callable[..., Server], short: Path) -> None:
    with make_server(FETCH_ALLOWED_HOSTS="127.0.0.1") as server, Receiver() as receiver:
        client = Converter.registered(server, "told")
        job_id = client.accepted_conversion(
            short, webhook_url=f"{receiver.url}/200", metadata='{"order": 7}', **SMALL
        )
        (told,) = wait_until(lambda: receiver.told, 60, "its end is told")
        assert told.message["job"]["id"] == job_id


def test_after_its_time_it_is_gone_with_all_that_was_made(
    converter: Converter, converting_server: Server, short: Path
) -> None:
    done = converter.converted(short, save_txt="yes", gif="yes", **SMALL)
    job_id = done["job_id"]
    mine = {name for name in kept(converting_server) if name.startswith(job_id)}
    assert {name.partition("/")[2] for name in mine} == {
        "video.mp4", "video.gif", "txt.zip", "png.zip", "poster.jpg",
    }  # fmt: skip
    with closing(sqlite3.connect(converting_server.folder / "photoai.db")) as database:
        database.execute(
            "UPDATE job SET finished = datetime(finished, '-25 hours') WHERE public_id = ?",
            (job_id,),
        )
        database.commit()
    wait_until(lambda: not mine & kept(converting_server), 30, "its files are gone")
    for name in ("video", "frames", "frame_000000.png", "frame_000000.txt"):
        answer = converter.get(f"{DOWNLOAD}/{job_id}/{name}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "result_gone"), name
    assert converter.get(f"{DOWNLOAD}/{job_id}/frame_000010.png").status_code == 404
    assert converter.conversion(job_id)["status"] == "completed"


def test_under_its_mount_its_paths_keep_the_prefix(converter: Converter, short: Path) -> None:
    with short.open("rb") as file:
        answer = converter.post(
            f"/scotch{VIDEO}", files={"file": file}, data={"width": "20", "fps": "5"},
            headers={"Prefer": "wait=40"},
        )  # fmt: skip
    path = answer.json()["result"]["mp4_path"]
    assert path.startswith("/scotch/api/v1/download/")
    assert converter.get(path).status_code == 200


def test_with_a_bucket_in_place_of_the_folder(
    make_server: Callable[..., Server], s3: S3, short: Path
) -> None:
    with make_server(**s3.settings(s3.create_bucket())) as server:
        client = Converter.registered(server, "in-a-bucket")
        done = client.converted(short, save_txt="yes", **SMALL)
        own = f"{DOWNLOAD}/{done['job_id']}"
        assert client.get(f"{own}/frame_000003.png").content.startswith(b"\x89PNG")
        with zipfile.ZipFile(io.BytesIO(client.get(f"{own}/frames").content)) as both:
            assert both.testzip() is None
            assert len(both.namelist()) == 20
        part = client.get(f"{own}/video", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        link = client.get(f"{own}/video?redirect=true", allow_redirects=False)
        assert link.status_code == 302
        assert not (server.folder / "media" / "ascii").exists()


def test_a_worker_draws_and_the_web_counts_its_frames(
    make_fleet: Callable[..., Fleet], clips: Clips
) -> None:
    with make_fleet() as fleet:
        client = Converter.registered(fleet.web, "far-away")
        job_id = client.accepted_conversion(clips.make("testsrc2", sec=6.0, size="1280x720"))
        wait_until(
            lambda: "of 180 frames done." in client.conversion(job_id)["message"], 60, "counted"
        )
        done = client.ended_conversion(job_id)
        assert done["status"] == "completed", done
        assert client.get(f"{DOWNLOAD}/{job_id}/frame_000179.png").status_code == 200
        batch = client.convert_all(
            ("a\0.mp4", b"x"), ("b.mp4", sent.film()), width=20, fps=5
        ).json()
        again = client.get(f"{BATCH}/{batch['batch_id']}").json()
        assert [each["name"] for each in again["rejected"]] == ["a.mp4"]
        client.ended_conversion(batch["job_ids"][0])

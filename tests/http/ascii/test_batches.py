"""Several files in one form: each stands for itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import sent
from tests.support.conversion_client import BATCH, STATUS, V1, Converter
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
SMALL = {"width": 20, "fps": 5}
FILM = ("film.mp4", sent.film())


def ended(converter: Converter, batch: dict[str, Any]) -> dict[str, Any]:
    last: dict[str, Any] = {}

    def has_ended() -> bool:
        last.update(converter.get(f"{BATCH}/{batch['batch_id']}").json())
        return last["status"] in {"completed", "failed"}

    wait_until(has_ended, 90, "the batch has ended")
    return last


def test_all_of_them_are_converted_with_the_same_settings(
    converter: Converter, short: Path
) -> None:
    answer = converter.convert_all(short, FILM, short, **SMALL)
    assert answer.status_code == 202, answer.text
    batch = answer.json()
    assert batch["batch_id"].startswith("batch_")
    assert (len(batch["job_ids"]), batch["total"], batch["completed"]) == (3, 3, 0)
    assert batch["status"] in {"queued", "processing"}
    done = ended(converter, batch)
    assert (done["status"], done["completed"], done["failed"]) == ("completed", 3, 0)
    assert (done["progress"], done["rejected"]) == (1.0, [])
    for job_id in batch["job_ids"]:
        assert converter.conversion(job_id)["result"]["columns"] == 20
    assert converter.get(f"{V1}/files").json()["data"] == []


def test_one_that_is_no_video_leaves_the_others_alone(converter: Converter, short: Path) -> None:
    bad = [("first.txt", b"nothing"), ("empty.mp4", b""), ("song.wav", sent.wav())]
    answer = converter.convert_all(bad[0], short, bad[1], FILM, bad[2], **SMALL)
    assert answer.status_code == 202, answer.text
    batch = answer.json()
    assert (len(batch["job_ids"]), batch["total"], batch["failed"]) == (2, 5, 3)
    told = [(each["index"], each["name"], each["error"]["code"]) for each in batch["rejected"]]
    assert told == [
        (0, "first.txt", "file_type_not_taken"),
        (2, "empty.mp4", "file_empty"),
        (4, "song.wav", "clip_without_video"),
    ]
    done = ended(converter, batch)
    assert (done["status"], done["completed"], done["failed"]) == ("completed", 2, 3)
    russian = converter.get(f"{BATCH}/{batch['batch_id']}", headers={"Accept-Language": "ru"})
    assert "файл" in russian.json()["rejected"][1]["error"]["message"].lower()


def test_awaited_it_has_ended(converter: Converter) -> None:
    answer = converter.convert_all(FILM, FILM, headers={"Prefer": "wait=50"}, **SMALL)
    assert answer.status_code == 200, answer.text
    assert answer.json()["completed"] == 2


def test_when_none_will_do_it_is_refused_as_the_first_one_is(converter: Converter) -> None:
    answer = converter.convert_all(("a.txt", b"nothing"), ("b.mp4", b""))
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "file_type_not_taken")
    details = answer.json()["error"]["details"]
    assert (details["index"], details["name"]) == (0, "a.txt")


@pytest.mark.parametrize(
    ("files", "fields", "refusal"),
    [
        ([], {}, (422, "file_missing")),
        ([("x.txt", b"x")] * 21, {}, (422, "too_many_files")),
        ([FILM], {"width": "9"}, (422, "invalid")),
        ([FILM], {"charset": "x"}, (422, "charset_invalid")),
        ([FILM], {"charset": "x" * 70_000}, (422, "invalid")),
        ([FILM], {"file_id": "5f0c7a52-2f0e-4f57-9d3c-6a1f8e4b7c10"}, (422, "file_named_twice")),
    ],
)
def test_what_is_wrong_with_all_of_it_keeps_nothing(
    converter: Converter,
    converting_server: Server,
    files: list[tuple[str, bytes]],
    fields: dict[str, str],
    refusal: tuple[int, str],
) -> None:
    before = set((converting_server.folder / "media" / "files").glob("*"))
    answer = converter.convert_all(*files, **fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == refusal
    assert set((converting_server.folder / "media" / "files").glob("*")) == before
    assert converter.get("/api/tasks").json()["meta"]["total"] == 0


def test_those_the_plan_has_no_room_for_are_told(converter: Converter) -> None:
    batch = converter.convert_all(*[FILM] * 7, width=10, fps=1).json()
    assert batch["total"] == 7
    assert len(batch["job_ids"]) >= 5
    assert {each["error"]["code"] for each in batch["rejected"]} <= {"plan_used_up"}
    assert len(batch["job_ids"]) + len(batch["rejected"]) == 7
    ended(converter, batch)


def test_the_same_key_means_the_same_batch(converter: Converter) -> None:
    key = {"Idempotency-Key": "many"}
    first, second = (converter.convert_all(FILM, FILM, headers=key, **SMALL) for _ in range(2))
    assert first.json()["batch_id"] == second.json()["batch_id"]
    assert first.json()["job_ids"] == second.json()["job_ids"]
    assert converter.get("/api/tasks").json()["meta"]["total"] == 2
    other = converter.convert_all(FILM, headers=key, **SMALL)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    ended(converter, first.json())
    assert converter.get(f"{V1}/files").json()["data"] == []


def test_a_form_that_breaks_off_keeps_nothing(
    converter: Converter, converting_server: Server
) -> None:
    before = set((converting_server.folder / "media" / "files").glob("*"))
    part = b"--x\r\nContent-Disposition: form-data; name=files; filename=a.mp4\r\n\r\n"
    body = part + sent.film() + b"\r\n" + part + sent.film()[:500]
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = converter.post(BATCH, data=body, headers=form)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "upload_incomplete")
    assert set((converting_server.folder / "media" / "files").glob("*")) == before


def test_somebody_elses_batch_is_not_there(converter: Converter, other: Converter) -> None:
    batch = converter.convert_all(FILM, **SMALL).json()
    for number in (batch["batch_id"], "batch_000000000000", "..", "x" * 200):
        assert other.get(f"{BATCH}/{number}").status_code == 404
    ended(converter, batch)
    assert other.get(f"{STATUS}/{batch['job_ids'][0]}").status_code == 404

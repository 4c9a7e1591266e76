"""Files in parts, as clients speak: headers, statuses, links; and nobody else's."""

from __future__ import annotations

import base64
import hashlib
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support import sent

FILES = "/api/v1/files"
SRT = sent.SRT.encode()
SIZE = len(SRT)


@pytest.fixture
def member(cast: dict[str, FlaskClient]) -> FlaskClient:
    return cast["member"]


def put(
    client: FlaskClient, first: int, stop: int, *, path: str = FILES, method: str = "POST",
    data: Any = None, total: object = SIZE, **headers: str,
) -> Any:  # fmt: skip
    every = {"Content-Range": f"bytes {first}-{stop - 1}/{total}"}
    every |= {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {} if isinstance(data, dict) else {"content_type": "application/octet-stream"}
    body = SRT[first:stop] if data is None else data
    return client.open(path, method=method, data=body, headers=every, **kind)


def begun(client: FlaskClient, stop: int = 40, **how: str) -> dict[str, Any]:
    answer = put(client, 0, stop, **how)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_three_parts_by_three_ways_are_one_file(member: FlaskClient) -> None:
    answer = put(member, 0, 40, X_File_Name="%D0%9A%D0%BB%D0%B8%D0%BF.srt")
    upload = answer.get_json()
    path = f"{FILES}/uploads/{upload['upload_id']}"
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"http://localhost{path}" == upload["links"]["self"]
    assert answer.headers["Range"] == "bytes=0-39"
    assert upload | {"upload_id": "", "expires_at": "", "links": {}} == {
        "upload_id": "", "name": "Клип.srt", "received_bytes": 40, "size_bytes": SIZE,
        "expires_at": "", "file_id": None, "links": {},
    }  # fmt: skip
    assert upload["expires_at"].endswith("Z")
    second = put(member, 40, 50, path=path, method="PUT")
    assert (second.status_code, second.get_json()["received_bytes"]) == (202, 50)
    form = {"file": (BytesIO(SRT[50:60]), "x.srt")}
    third = put(member, 50, 60, Upload_Id=upload["upload_id"], data=form)
    assert (third.status_code, third.headers["Range"]) == (202, "bytes=0-59")
    for method in ("GET", "HEAD"):
        seen = member.open(path, method=method)
        assert (seen.status_code, seen.headers["Range"]) == (200, "bytes=0-59")
    assert member.get(f"{FILES}/uploads").get_json() == {"data": [member.get(path).get_json()]}
    last = put(member, 60, SIZE, method="PUT", Upload_Id=upload["upload_id"])
    shown = last.get_json()
    assert last.status_code == 201
    assert (shown["name"], shown["size_bytes"]) == ("Клип.srt", SIZE)
    assert shown["sha256"] == hashlib.sha256(SRT).hexdigest()
    assert member.get(f"{FILES}/{shown['id']}/content", buffered=True).data == SRT
    assert put(member, 60, SIZE, path=path).get_json() == shown, "its answer was lost"
    ended = member.get(path).get_json()
    assert (ended["file_id"], ended["links"]["file"]) == (shown["id"], shown["links"]["self"])
    assert member.get(f"{FILES}/uploads").get_json() == {"data": []}
    given_up = member.delete(path)
    assert code(given_up) == (409, "upload_finished")
    assert given_up.get_json()["error"]["details"] == {"file_id": shown["id"]}


def test_a_form_or_the_query_may_bring_the_name(member: FlaskClient) -> None:
    form = {"file": (BytesIO(SRT), "Мой.srt")}
    assert put(member, 0, SIZE, data=form).get_json()["name"] == "Мой.srt"
    assert put(member, 0, SIZE, path=f"{FILES}?name=Я.srt").get_json()["name"] == "Я.srt"
    assert put(member, 0, SIZE).get_json()["name"] == "file"


def test_links_keep_the_mount_prefix(member: FlaskClient) -> None:
    upload = put(member, 0, 40, path=f"/scotch{FILES}").get_json()
    assert upload["links"]["self"].startswith(f"http://localhost/scotch{FILES}/uploads/")


@pytest.mark.parametrize(
    ("first", "stop", "how", "status", "code_"),
    [
        (41, 50, {}, 409, "upload_gap"),
        (0, 40, {"data": b"x" * 40}, 409, "upload_bytes_differ"),
        (40, 50, {"total": SIZE + 1}, 409, "upload_size_differs"),
        (40, SIZE + 1, {"data": SRT[40:] + b"x"}, 400, "content_range_invalid"),
        (50, 50, {"data": b"x"}, 400, "content_range_invalid"),
        (40, 50, {"data": b"x"}, 400, "part_length_wrong"),
        (40, 50, {"data": b"x" * 11}, 400, "part_length_wrong"),
        (40, 50, {"data": {"file": (BytesIO(b"x" * 11), "a")}}, 400, "part_length_wrong"),
        (40, 50, {"data": {"note": "x"}, "Content_Type": "multipart/form-data"}, 422,
         "file_missing"),
    ],
)  # fmt: skip
def test_a_part_that_does_not_fit_is_refused_with_how_far_it_is(
    first: int, stop: int, how: dict[str, Any], status: int, code_: str, member: FlaskClient
) -> None:
    upload = begun(member)
    answer = put(member, first, stop, Upload_Id=upload["upload_id"], **how)
    assert code(answer) == (status, code_)
    assert answer.get_json()["error"]["details"]["received_bytes"] == 40
    path = f"{FILES}/uploads/{upload['upload_id']}"
    assert member.get(path).get_json() == upload


@pytest.mark.parametrize(
    ("how", "status", "code_"),
    [
        ({"total": 500_000_001}, 413, "upload_too_large"),
        ({"total": "*"}, 400, "content_range_invalid"),
        ({"Repr_Digest": "sha-256=:AAAA:"}, 400, "digest_malformed"),
        ({"Upload_Id": "unknown"}, 404, "upload_unknown"),
    ],
)
def test_a_first_part_that_cannot_be_is_refused(
    how: dict[str, Any], status: int, code_: str, member: FlaskClient
) -> None:
    assert code(put(member, 0, 40, **how)) == (status, code_)
    assert code(put(member, 5, 40)) == (400, "upload_id_missing")
    assert member.get(f"{FILES}/uploads").get_json() == {"data": []}


def test_a_total_beyond_the_plans_room_is_refused_at_the_first_part(cast: Any) -> None:
    member = cast["member"]
    for number in range(4):
        begun(member, X_File_Name=str(number), total="499999999")
    answer = put(member, 0, 40, X_File_Name="5", total="499999999")
    assert code(answer) == (413, "storage_quota_used_up")
    details = answer.get_json()["error"]["details"]
    assert (details["uploading_bytes"], details["left_bytes"]) == (1_999_999_996, 4)
    usage = member.get(f"{FILES}/usage").get_json()
    assert (usage["uploads"], usage["left_bytes"], usage["files"]) == (4, 4, 0)


def test_a_digest_holds_for_the_whole(member: FlaskClient) -> None:
    right = base64.b64encode(hashlib.sha256(SRT).digest()).decode()
    wrong = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    for digest, status in ((right, 201), (wrong, 422)):
        upload = begun(member, Repr_Digest=f"sha-256=:{digest}:", X_File_Name=str(status))
        answer = put(member, 40, SIZE, Upload_Id=upload["upload_id"])
        assert answer.status_code == status
    assert code(answer) == (422, "file_digest_wrong")
    assert code(member.get(f"{FILES}/uploads/{upload['upload_id']}")) == (422, "file_digest_wrong")


def test_an_upload_is_given_up(member: FlaskClient) -> None:
    upload = begun(member)
    path = f"{FILES}/uploads/{upload['upload_id']}"
    assert member.delete(path).status_code == 204
    for method in ("GET", "DELETE"):
        assert code(member.open(path, method=method)) == (404, "upload_unknown")
    assert code(put(member, 40, 50, path=path)) == (404, "upload_unknown")


def test_a_strangers_eyes_see_nothing(cast: dict[str, FlaskClient]) -> None:
    upload = begun(cast["member"])
    path = f"{FILES}/uploads/{upload['upload_id']}"
    for name, status in (("serg", 404), ("admin", 404), ("stranger", 401)):
        assert put(cast[name], 40, 50, path=path).status_code == status
        assert put(cast[name], 40, 50, Upload_Id=upload["upload_id"]).status_code == status
        for method in ("GET", "HEAD", "DELETE"):
            assert cast[name].open(path, method=method).status_code == status
    assert cast["serg"].get(f"{FILES}/uploads").get_json() == {"data": []}
    assert cast["member_key"].get(path).get_json() == upload

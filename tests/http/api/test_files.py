"""One's own files: sent, listed, read in parts, lent and deleted; and nobody else's."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from photoai.models import UserFile
from photoai.services import Services
from photoai.services.video.captions import fonts_here
from tests.support import photos, sent

FILES = "/api/v1/files"
SRT = sent.SRT.encode()


def send(client: FlaskClient, data: bytes = SRT, name: str = "Мой клип.srt", **form: Any) -> Any:
    return client.post(FILES, data={"file": (BytesIO(data), name), **form})


def kept(client: FlaskClient, data: bytes = SRT) -> dict[str, Any]:
    answer = send(client, data)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.fixture
def member(cast: dict[str, FlaskClient]) -> FlaskClient:
    return cast["member"]


def test_a_file_is_sent_and_described(member: FlaskClient) -> None:
    shown = kept(member)
    base = f"http://localhost{FILES}/{shown['id']}"
    assert shown | {"id": "", "created_at": ""} == {
        "id": "",
        "name": "Мой клип.srt",
        "kind": "subtitles",
        "mime": "application/x-subrip",
        "size_bytes": len(SRT),
        "sha256": hashlib.sha256(SRT).hexdigest(),
        "probe": {"format": "srt", "encoding": "utf-8", "cues": 2, "dropped": 0, "mended": 0},
        "created_at": "",
        "links": {"self": base, "content": f"{base}/content"},
    }
    assert shown["created_at"].endswith("Z")
    assert member.get(f"{FILES}/{shown['id']}").get_json() == shown
    under_mount = member.get(f"/scotch{FILES}/{shown['id']}").get_json()
    assert under_mount["links"]["self"] == f"http://localhost/scotch{FILES}/{shown['id']}"


@pytest.mark.slow
def test_a_font_is_looked_into_apart_and_tells_its_names(member: FlaskClient) -> None:
    (path,) = [font.path for font in fonts_here() if font.family == "PT Serif Bold"]
    shown = kept(member, path.read_bytes())
    assert (shown["kind"], shown["mime"]) == ("font", "font/ttf")
    assert shown["probe"]["families"] == ["PT Serif", "PT Serif Bold"]
    assert member.get(f"{FILES}?kind=font").get_json()["data"] == [shown]
    assert code(send(member, path.read_bytes()[:5000])) == (422, "font_unusable")


def test_files_are_listed_page_by_page(member: FlaskClient, cast: dict[str, FlaskClient]) -> None:
    text, picture = kept(member), kept(member, photos.jpeg(64, 48))
    kept(cast["serg"])
    assert member.get(FILES).get_json() == {
        "data": [picture, text],
        "meta": {"page": 1, "page_size": 20, "total": 2},
    }
    assert member.get(f"{FILES}?kind=image").get_json()["data"] == [picture]
    second = member.get(f"{FILES}?page=2&page_size=1").get_json()
    assert (second["data"], second["meta"]["total"]) == ([text], 2)
    found = member.get(f"{FILES}?search=КЛИП&sort_by=size_bytes&sort_order=asc").get_json()
    assert found["data"] == [text, picture]
    assert member.get(f"{FILES}?search=nothing").get_json()["data"] == []
    for odd in ("kind=sheet", "page=0", "page_size=101", "sort_by=key", "sort_order=up"):
        assert member.get(f"{FILES}?{odd}").status_code == 422


@pytest.mark.parametrize(
    ("form", "status", "code_"),
    [
        ({}, 422, "file_missing"),
        ({"file": [(BytesIO(SRT), "a.srt"), (BytesIO(SRT), "b.srt")]}, 422, "too_many_files"),
        ({"file": (BytesIO(b"#EXTM3U\n"), "a.mp4")}, 415, "file_type_not_taken"),
        ({"file": (BytesIO(b"<html></html>"), "a.mp4")}, 415, "file_type_not_taken"),
        ({"file": (BytesIO(photos.png()[:999]), "a.png")}, 422, "photo_damaged"),
    ],
)
def test_what_is_not_taken_says_why(
    form: dict[str, Any], status: int, code_: str, member: FlaskClient
) -> None:
    answer = member.post(FILES, data={"note": "x", **form}, content_type="multipart/form-data")
    assert code(answer) == (status, code_)
    if status == 415:
        assert "MP4" in answer.get_json()["error"]["details"]["taken"]["video"]
    assert member.get(FILES).get_json()["data"] == []


def test_a_body_that_is_no_form_is_415(member: FlaskClient) -> None:
    assert code(member.post(FILES, json={})) == (415, "not_multipart")


def test_content_is_a_download_under_its_own_name(member: FlaskClient) -> None:
    shown = kept(member)
    answer = member.get(f"{FILES}/{shown['id']}/content", buffered=True)
    assert (answer.status_code, answer.data) == (200, SRT)
    assert answer.mimetype == "application/x-subrip"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%D0%9C%D0%BE" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    part = member.get(
        f"{FILES}/{shown['id']}/content", headers={"Range": "bytes=3-5"}, buffered=True
    )
    assert (part.status_code, part.data) == (206, SRT[3:6])


def test_a_link_works_without_credentials_and_for_a_while(
    member: FlaskClient, cast: dict[str, FlaskClient]
) -> None:
    shown = kept(member)
    link = member.post(f"{FILES}/{shown['id']}/link", json={"ttl_sec": 172_800}).get_json()
    assert link["url"].startswith(f"{shown['links']['content']}?token=")
    assert link["expires_at"] > shown["created_at"]
    path = link["url"].removeprefix("http://localhost")
    assert cast["stranger"].get(path, buffered=True).data == SRT
    assert code(cast["stranger"].get(path + "x")) == (404, "file_unknown")
    other = kept(member)
    assert cast["stranger"].get(path.replace(shown["id"], other["id"])).status_code == 404
    assert member.delete(f"{FILES}/{shown['id']}").status_code == 204
    assert cast["stranger"].get(path).status_code == 404


@pytest.mark.parametrize("ttl", [0, -1, 172_801, "60", 1.5, None])
def test_an_odd_time_to_live_is_422(ttl: object, member: FlaskClient) -> None:
    answer = member.post(f"{FILES}/{kept(member)['id']}/link", json={"ttl_sec": ttl})
    assert answer.status_code == 422
    assert "ttl_sec" in answer.get_json()["error"]["details"]


def test_a_deleted_file_is_gone_at_once(member: FlaskClient) -> None:
    shown = kept(member)
    assert member.delete(f"{FILES}/{shown['id']}").status_code == 204
    assert code(member.delete(f"{FILES}/{shown['id']}")) == (404, "file_unknown")
    assert member.get(f"{FILES}/{shown['id']}").status_code == 404
    assert member.get(FILES).get_json()["meta"]["total"] == 0


def test_usage_counts_what_is_there_against_the_plan(
    member: FlaskClient, services: Services
) -> None:
    first, _ = kept(member), kept(member)
    assert member.get(f"{FILES}/usage").get_json() == {
        "files": 2, "size_bytes": 2 * len(SRT), "uploads": 0, "uploading_bytes": 0,
        "left_bytes": 2_000_000_000 - 2 * len(SRT), "plan": "free", "limit_bytes": 2_000_000_000,
        "file_max_bytes": 500_000_000,
    }  # fmt: skip
    with services.database.begin() as session:
        session.get_one(UserFile, first["id"]).size_bytes = 1_999_999_900
    full = send(member)
    assert code(full) == (413, "storage_quota_used_up")
    details = full.get_json()["error"]["details"]
    assert details["limit_bytes"] - details["used_bytes"] == details["left_bytes"] < len(SRT)
    member.delete(f"{FILES}/{first['id']}")
    assert member.get(f"{FILES}/usage").get_json()["files"] == 1
    assert send(member).status_code == 201


CALLS = [
    ("GET", "", None),
    ("DELETE", "", None),
    ("GET", "/content", None),
    ("POST", "/link", {"ttl_sec": 60}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_strangers_eyes_see_nothing(
    method: str, path: str, body: Any, cast: dict[str, FlaskClient]
) -> None:
    place = f"{FILES}/{kept(cast['member'])['id']}{path}"
    for name, status in (("serg", 404), ("igor", 404), ("stranger", 401)):
        answer = cast[name].open(place, method=method, json=body)
        assert answer.status_code == status, (name, answer.text)
    unknown = cast["serg"].open(f"{FILES}/unknown{path}", method=method, json=body)
    assert code(unknown) == (404, "file_unknown")
    assert len(cast["member"].get(FILES).get_json()["data"]) == 1
    answer = cast["member"].open(place, method=method, json=body, buffered=True)
    assert answer.status_code in {200, 204}


def test_nobody_sends_or_lists_without_an_account(cast: dict[str, FlaskClient]) -> None:
    assert send(cast["stranger"]).status_code == 401
    for path in ("", "/usage"):
        assert cast["stranger"].get(FILES + path).status_code == 401


def test_a_storage_that_hands_out_files_itself_is_asked_for_a_plain_name(
    member: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = kept(member)
    asked: dict[str, Any] = {}

    def link(key: str, **how: Any) -> str:
        asked.update(how, key=key)
        return "https://bucket.example/file"

    monkeypatch.setattr(services.store, "link", link)
    answer = member.get(f"{FILES}/{shown['id']}/content?redirect=true")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://bucket.example/file"
    assert (asked["name"], asked["key"]) == ("___ ____.srt", f"files/{shown['id']}")


def test_only_the_last_part_of_a_name_is_kept(member: FlaskClient, services: Services) -> None:
    answer = send(member, name="..\\..\\etc/pass\twd.srt")
    file_id = answer.get_json()["id"]
    assert answer.get_json()["name"] == "pass wd.srt"
    with services.database.read() as session:
        assert session.get_one(UserFile, file_id).key == f"files/{file_id}"

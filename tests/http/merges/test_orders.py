"""Orders that cannot be: refused at once, and nothing is begun."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support import photos, sent
from tests.support.cliphost import ClipHost
from tests.support.clips import Clips
from tests.support.merging import API, Merger
from tests.support.server import Server
from tests.unit.fetch.addresses import DISGUISED, NOT_PUBLIC, ODD

CLIP = "https://clips.example/one.mp4"
INSIDE = [
    *(f"http://[{address}]/clip.mp4" if ":" in address else f"http://{address}/clip.mp4"
      for address in NOT_PUBLIC),
    *(f"http://{host}/clip.mp4" for host in ODD),
    *DISGUISED,
    "http://localhost/clip.mp4",
    "http://LOCALHOST./clip.mp4",
    "http://guest:secret@clips.example/clip.mp4",
    "http://clips.example:22/clip.mp4",
]  # fmt: skip


@pytest.fixture(scope="session")
def outsider(strict_server: Server) -> Iterator[Merger]:
    """A client of the server that asks nobody inside."""
    with Merger.registered(strict_server, "outsider") as client:
        yield client


def refused(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """The details of a refusal in words."""
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), answer.text
    assert error["message"].endswith(".")
    details: dict[str, Any] = error["details"]
    return details


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"video_urls": []}, "video_urls"),
        ({"video_urls": [CLIP] * 6}, "video_urls"),
        ({"video_urls": None}, "video_urls"),
        ({"video_urls": CLIP}, "video_urls"),
        ({"video_urls": {"0": CLIP}}, "video_urls"),
        ({"video_urls": [CLIP, None]}, "video_urls.1"),
        ({"video_urls": [CLIP, 7]}, "video_urls.1"),
        ({"video_urls": [[CLIP]]}, "video_urls.0"),
        ({"video_urls": [""]}, "video_urls.0"),
        ({"video_urls": ["not a url"]}, "video_urls.0"),
        ({"video_urls": ["clips.example/one.mp4"]}, "video_urls.0"),
        ({"video_urls": ["//clips.example/one.mp4"]}, "video_urls.0"),
        ({"video_urls": ["ftp://clips.example/one.mp4"]}, "video_urls.0"),
        ({"video_urls": ["file:///etc/passwd"]}, "video_urls.0"),
        ({"video_urls": ["concat:one.mp4|two.mp4"]}, "video_urls.0"),
        ({"video_urls": ["data:video/mp4;base64,AAAA"]}, "video_urls.0"),
        ({"video_urls": ["/etc/passwd"]}, "video_urls.0"),
        ({"video_urls": ["http://"]}, "video_urls.0"),
        ({"video_urls": [f"http://clips.example/{'x' * 2050}"]}, "video_urls.0"),
        ({"aspect_ratio": "21:9"}, "aspect_ratio"),
        ({"aspect_ratio": 1.78}, "aspect_ratio"),
        ({"quality": "best"}, "quality"),
        ({"quality": None}, "quality"),
        ({"fit": "stretch"}, "fit"),
        ({"background": "red"}, "background"),
        ({"background": "#00000g"}, "background"),
        ({"background": "#000000\n"}, "background"),
        ({"background": "#000000,movie=/etc/passwd"}, "background"),
        ({"transition": "explode"}, "transition"),
        ({"transition": "fade:duration=1e9"}, "transition"),
        ({"transition_sec": 0}, "transition_sec"),
        ({"transition_sec": 5.1}, "transition_sec"),
        ({"transition_sec": "long"}, "transition_sec"),
        ({"metadata": [1]}, "metadata"),
    ],
)
def test_an_order_that_cannot_be_is_422_with_what_is_wrong(
    outsider: Merger, change: dict[str, Any], field: str
) -> None:
    for path in ("merge", "merge/plan"):
        answer = outsider.post(f"{API}/{path}", json={"video_urls": [CLIP]} | change)
        assert list(refused(answer, 422, "invalid")) == [field]


@pytest.mark.parametrize(
    "body", ["{", "[]", '"x"', "null", "7", "NaN", '{"video_urls":[NaN]}', "[" * 5000, "\xff"]
)
def test_a_body_that_is_no_order_is_refused(outsider: Merger, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = outsider.post(f"{API}/merge", data=body.encode("latin-1"), headers=headers)
    assert answer.status_code in {400, 422}, answer.text
    assert set(answer.json()["error"]) == {"code", "message", "details"}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_length_without_end_is_refused(outsider: Merger, value: str) -> None:
    body = f'{{"video_urls": ["{CLIP}"], "transition_sec": {value}}}'
    headers = {"Content-Type": "application/json"}
    answer = outsider.post(f"{API}/merge", data=body, headers=headers)
    assert answer.status_code in {400, 422}, answer.text


@pytest.mark.slow
@pytest.mark.parametrize("url", INSIDE)
def test_no_address_inside_is_asked(outsider: Merger, url: str) -> None:
    answer = outsider.order(CLIP, url)
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    if error["code"] == "invalid":
        assert list(error["details"]) == ["video_urls.1"]
    else:
        assert (error["code"], error["details"]["clip_index"]) == ("fetch_refused", 1)
    assert "secret" not in answer.text


def test_the_host_itself_is_not_asked_by_any_of_its_names(
    outsider: Merger, host: ClipHost, clips: Clips
) -> None:
    url = host.put("within.mp4", clips.make("red"))
    port = url.split(":")[2]
    for name in ("127.0.0.1", "localhost", "0", "[::1]", "[::ffff:127.0.0.1]", "127.1"):
        answer = outsider.order(f"http://{name}:{port}")
        assert answer.status_code == 422, name
        answer = outsider.post(f"{API}/merge/plan", json={"video_urls": [f"http://{name}:{port}"]})
        assert answer.status_code == 422, name
    assert not host.asked["GET", "within.mp4"] + host.asked["HEAD", "within.mp4"]


@pytest.mark.slow
def test_only_ones_own_files_are_merged(
    merger: Merger, merging_server: Server, clips: Clips
) -> None:
    kept = upload(merger, clips.make("yellow", sec=0.6))
    deleted = upload(merger, clips.make("yellow", sec=0.6))
    assert merger.delete(f"/api/v1/files/{deleted}").status_code == 204
    with Merger.registered(merging_server, f"envious-{kept[:8]}") as envious:
        theirs = upload(envious, clips.make("yellow", sec=0.6))
    for unknown in (theirs, deleted, str(uuid.uuid4())):
        for path in ("merge", "merge/plan"):
            answer = merger.post(f"{API}/{path}", json={"video_urls": [kept, unknown]})
            assert refused(answer, 404, "file_unknown")["clip_index"] == 1


@pytest.mark.slow
def test_only_videos_are_merged(merger: Merger, tmp_path: Path, clips: Clips) -> None:
    others = {"photo.mp4": photos.jpeg(), "words.mp4": sent.SRT.encode(), "tone.mp4": sent.wav()}
    video = upload(merger, clips.make("yellow", sec=0.6))
    for name, content in others.items():
        path = tmp_path / name
        path.write_bytes(content)
        kept = upload(merger, path)
        for way in ("merge", "merge/plan"):
            answer = merger.post(f"{API}/{way}", json={"video_urls": [video, kept]})
            assert refused(answer, 422, "file_not_video")["clip_index"] == 1, name


def upload(client: Merger, path: Path) -> str:
    with path.open("rb") as file:
        answer = client.post("/api/v1/files", files={"file": (path.name, file)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])

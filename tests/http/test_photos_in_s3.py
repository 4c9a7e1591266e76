"""The main job with a bucket in place of the folder, through a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from photoai.services.storage.s3 import S3Store
from tests.support import photos
from tests.support.s3 import S3
from tests.support.server import Client, Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bucket(s3: S3) -> str:
    return s3.create_bucket()


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server may keep what is not complete yet."""
    return tmp_path_factory.mktemp("spool")


@pytest.fixture(scope="module")
def server(
    make_server: Callable[..., Server],
    s3: S3,
    bucket: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    spool = tmp_path_factory.mktemp("spool")
    with make_server(TMPDIR=str(spool), **s3.settings(bucket)) as running:
        running.spool = spool  # type: ignore[attr-defined]
        yield running


@pytest.fixture(scope="module")
def serg(server: Server) -> Iterator[Client]:
    with server.session() as client:
        yield client


@pytest.fixture
def media(serg: Client) -> dict[str, str]:
    """A registered image."""
    form = {"file": ("style.jpg", photos.jpeg(), "image/jpeg")}
    answer = serg.post("/api/media/register", files=form)
    assert answer.status_code == 201, answer.text
    return answer.json()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


@pytest.mark.parametrize("photo", [photos.guest, lambda: photos.big_jpeg(3)])
def test_a_booths_photo_comes_back_finished_and_lies_in_the_bucket_alone(
    server: Server, spool: Path, s3: S3, bucket: str, photo: Callable[[], bytes]
) -> None:
    before = s3.kept(bucket)
    answer = server.booth.send(photo())
    assert answer.status == 200, answer.body
    job_id = answer.headers["X-Photoai-Job"]
    new = s3.kept(bucket) - before
    assert {key.partition("/")[0] for key in new} == {"originals", "results"}
    assert f"results/{job_id}.1.jpg" in new, "the key holds the attempt"
    assert files_in(server.folder / "media") == files_in(spool) == []


def test_results_and_images_are_answered_in_parts(
    server: Server, serg: Client, media: dict[str, str]
) -> None:
    finished = server.booth.send(photos.guest())
    wholes = {
        f"/api/tasks/{finished.headers['X-Photoai-Job']}/result": finished.body,
        f"/public/media/{media['id']}": photos.jpeg(),
    }
    for path, whole in wholes.items():
        part = serg.get(path, headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, whole[1000:2000])
        assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(whole)}"
        assert serg.get(path, headers={"Range": "bytes=-10"}).content == whole[-10:]
        assert serg.get(path, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
        assert serg.head(path).headers["Content-Length"] == str(len(whole))
        assert serg.get(path).content == whole


def test_nobody_is_sent_to_the_bucket_who_did_not_ask(
    server: Server, serg: Client, media: dict[str, str]
) -> None:
    finished = server.booth.send(photos.guest())
    for path, whole in (
        (f"/api/tasks/{finished.headers['X-Photoai-Job']}/result", finished.body),
        (f"/public/media/{media['id']}", photos.jpeg()),
    ):
        assert serg.get(path, allow_redirects=False).status_code == 200
        for method, status in (("GET", 302), ("HEAD", 200)):
            answer = serg.request(method, f"{path}?redirect=true", allow_redirects=False)
            assert answer.status_code == status
            if status == 302:
                assert answer.headers["Cache-Control"] == "private, no-store"
                fetched = requests.get(answer.headers["Location"], timeout=10)
                assert (fetched.status_code, fetched.content) == (200, whole)
                assert fetched.headers["Content-Disposition"].startswith("attachment;")
    assert serg.get("/public/media/unknown?redirect=true").status_code == 404


def test_an_image_in_the_bucket_is_sent_to_the_provider(
    server: Server, serg: Client, media: dict[str, str]
) -> None:
    style = {
        "name": "style", "provider_id": "local", "operation_id": "style_transfer",
        "settings_json": {"reference_media_id": media["id"]},
    }  # fmt: skip
    assert serg.put("/api/slots/slot-003", json=style).status_code == 200
    assert server.booth.send(photos.guest(), slot="slot-003").status == 200


def test_a_refused_photo_leaves_nothing_in_the_bucket(server: Server, s3: S3, bucket: str) -> None:
    before = s3.kept(bucket)
    assert server.booth.send(photos.jpeg()[:500]).status == 422
    assert server.booth.send(photos.jpeg(), password="wrong").status == 401
    assert s3.kept(bucket) == before


def test_the_same_photo_again_is_answered_from_the_bucket(
    server: Server, s3: S3, bucket: str
) -> None:
    fields = {"id": "17", "time": "now"}
    first = server.booth.send(photos.guest(), fields=fields)
    before = s3.kept(bucket)
    again = server.booth.send(photos.guest(), fields=fields)
    assert again.headers["X-Photoai-Job"] == first.headers["X-Photoai-Job"]
    assert again.body == first.body
    assert s3.kept(bucket) == before
    S3Store(s3.place(bucket)).delete(f"results/{first.headers['X-Photoai-Job']}.1.jpg")
    anew = server.booth.send(photos.guest(), fields=fields)
    assert anew.headers["X-Photoai-Job"] != first.headers["X-Photoai-Job"]
    assert photos.opened(anew.body).size == photos.opened(first.body).size

"""Galleries with a bucket in place of the folder, through a real server."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator

import pytest

from photoai.services.storage.s3 import S3Store
from tests.support import photos
from tests.support.s3 import S3
from tests.support.server import Client, Server

pytestmark = pytest.mark.slow
PHOTOS = 5


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    """One of its own, to be stopped."""
    with S3() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def bucket(s3: S3) -> str:
    return s3.create_bucket()


@pytest.fixture(scope="module")
def hall(make_server: Callable[..., Server], s3: S3, bucket: str) -> Iterator[Server]:
    with make_server(**s3.settings(bucket)) as running:
        yield running


@pytest.fixture(scope="module")
def serg(hall: Server) -> Iterator[Client]:
    """Who keeps originals, as an evening's operator does."""
    with hall.session("serg") as client:
        settings = {"name": "", "provider_id": "example", "operation_id": "change_image",
                    "settings_json": {"prompt": "delay=0"}}  # fmt: skip
        client.put("/api/slots/slot-001", json=settings).raise_for_status()
        client.put("/api/settings", json={"originals_kept_min": 60}).raise_for_status()
        yield client


@pytest.fixture
def guest(hall: Server) -> Iterator[Client]:
    with hall.session(None) as stranger:
        yield stranger


@pytest.fixture
def finished(hall: Server, serg: Client) -> dict[str, bytes]:
    """The newest photos, by their jobs, larger than what comes with a request that opens them."""
    serg.post("/api/settings/clear_media_cache").raise_for_status()
    answers = [hall.booth.send(photos.heavy_jpeg(4, seed=seed)) for seed in range(PHOTOS)]
    assert {answer.status for answer in answers} == {200}
    return {answer.headers["X-Photoai-Job"]: answer.body for answer in answers}


@pytest.fixture
def link(serg: Client, finished: dict[str, bytes]) -> str:
    """Of a public gallery with these photos."""
    for each in serg.get("/api/gallery/links").json()["data"]:
        serg.delete(f"/api/gallery/links/{each['id']}")
    return str(serg.post("/api/gallery/links", json={"hours": 1}).json()["url"])


def named(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('id="shot-')[1:]]


def members(archive: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        assert read.testzip() is None
        return [read.read(name) for name in read.namelist()]


def test_guests_see_small_large_and_whole_photos(
    guest: Client, link: str, finished: dict[str, bytes]
) -> None:
    names = named(guest.get(link).text)
    assert len(names) == PHOTOS
    newest = f"{link}/{names[0]}"
    whole = list(finished.values())[-1]
    for look, side in (("small", 480), ("large", 1600)):
        shown = guest.get(f"{newest}/{look}")
        assert max(photos.opened(shown.content).size) == side
        seen = {"If-None-Match": shown.headers["ETag"]}
        assert guest.get(f"{newest}/{look}", headers=seen).status_code == 304
    assert len(whole) > 1 << 20
    assert guest.get(f"{newest}/photo").content == whole
    part = guest.get(f"{newest}/photo", headers={"Range": "bytes=500000-599999"})
    assert (part.status_code, part.content) == (206, whole[500_000:600_000])


def test_an_archive_holds_all_that_is_in_the_bucket(
    serg: Client, s3: S3, bucket: str, finished: dict[str, bytes]
) -> None:
    assert sorted(members(serg.get("/api/gallery.zip").content)) == sorted(finished.values())
    oldest, *_, newest = finished
    S3Store(s3.place(bucket)).delete(f"results/{oldest}.1.jpg")
    left = [finished[job_id] for job_id in finished if job_id != oldest]
    assert sorted(members(serg.get("/api/gallery.zip").content)) == sorted(left)
    chosen = serg.get(f"/api/gallery.zip?id={oldest}&id={newest}")
    assert members(chosen.content) == [finished[newest]]


def test_before_and_after_stand_beside_each_other(serg: Client, finished: dict[str, bytes]) -> None:
    job_id = list(finished)[-1]
    page = serg.get("/gallery").text
    assert f'data-before="/gallery/{job_id}/before"' in page
    before, after = (serg.get(f"/gallery/{job_id}/{look}") for look in ("before", "large"))
    assert photos.opened(before.content).size == photos.opened(after.content).size == (1600, 1066)
    assert serg.get(f"/photos/{job_id}").status_code == 200


def test_a_photo_that_is_gone_from_the_bucket_is_gone(
    serg: Client, guest: Client, link: str, s3: S3, bucket: str, finished: dict[str, bytes]
) -> None:
    job_id, name = list(finished)[-1], named(guest.get(link).text)[0]
    for key in (f"results/{job_id}.1.jpg", *_originals(s3, bucket)):
        S3Store(s3.place(bucket)).delete(key)
    for path in (f"{link}/{name}/photo", f"{link}/{name}/small"):
        assert guest.get(path).status_code == 410
    assert serg.get(f"/gallery/{job_id}/before").status_code == 410


def test_while_the_bucket_is_away_everything_says_so_and_nothing_is_half(
    serg: Client, guest: Client, link: str, s3: S3, finished: dict[str, bytes]
) -> None:
    job_id, name = list(finished)[-1], named(guest.get(link).text)[0]
    s3.halt()
    try:
        for client, path in (
            (guest, f"{link}/{name}/photo"), (guest, f"{link}/{name}/small"),
            (serg, f"/gallery/{job_id}/before"), (serg, "/api/gallery.zip"),
            (serg, f"/api/gallery.zip?id={job_id}"),
        ):  # fmt: skip
            answer = client.get(path)
            assert (answer.status_code, bool(answer.headers.get("Retry-After"))) == (503, True), (
                path
            )
        assert guest.get(link).status_code == 200, "the page itself needs no bucket"
    finally:
        s3.start()
    assert len(members(serg.get("/api/gallery.zip").content)) == PHOTOS


def _originals(s3: S3, bucket: str) -> list[str]:
    return [key for key in s3.kept(bucket) if key.startswith("originals/")]

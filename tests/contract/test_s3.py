"""What only a storage behind a network can do: fail, dawdle, change meanwhile, hand out links."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, BinaryIO, cast

import pytest
import requests

from photoai.config import ROOT, Config
from photoai.db import Database
from photoai.errors import (
    ConfigError,
    InputGone,
    ResultGone,
    StorageDenied,
    StorageFull,
    StorageUnavailable,
)
from photoai.models import Job
from photoai.services.clock import utcnow
from photoai.services.galleries import Photos
from photoai.services.ingest.previews import Previews
from photoai.services.jobs import Jobs
from photoai.services.storage import LocalStore, at_hand, make_store
from photoai.services.storage.s3 import ONE_PUT_BYTES, S3Store
from tests.support.bad_line import BadLine, Line
from tests.support.s3 import KEY, S3, SECRET
from tests.support.waiting import outlast, wait_until

pytestmark = pytest.mark.slow

LONG = 1_500_000
SILENCE_SEC = 0.3


@pytest.fixture
def bucket(s3: S3) -> str:
    return s3.create_bucket()


@pytest.fixture
def store(s3: S3, bucket: str) -> S3Store:
    return S3Store(s3.place(bucket))


@pytest.fixture
def line(s3: S3) -> Iterator[BadLine]:
    with BadLine(s3.port) as line:
        yield line


@pytest.fixture
def far(s3: S3, bucket: str, line: BadLine) -> S3Store:
    """The same bucket over a line that may go bad, without much patience."""
    return S3Store(s3.place(bucket, port=line.port), read_sec=SILENCE_SEC)


def put(store: S3Store, key: str, data: bytes) -> None:
    with store.write(key) as file:
        file.write(data)


def get(store: S3Store, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


@pytest.mark.parametrize("state", [pytest.param(Line.SILENT, marks=pytest.mark.slow), Line.BROKEN])
def test_whatever_is_asked_of_a_bad_line_is_one_error_of_ours_and_soon(
    store: S3Store, far: S3Store, line: BadLine, state: Line
) -> None:
    put(store, "media/one", b"photo")
    line.state = state
    began = time.monotonic()
    for ask in (
        lambda: put(far, "media/two", b"photo"),
        lambda: put(far, "media/large", b"x" * 17_000_000),
        lambda: far.open("media/one"),
        lambda: far.delete("media/one"),
        lambda: list(far.stored("media")),
        lambda: far.sweep(None),  # type: ignore[arg-type]
    ):
        with pytest.raises(StorageUnavailable) as caught:
            ask()
        assert caught.value.retry_after
    assert time.monotonic() - began < 6 * 5
    line.state = Line.GOOD
    assert {found.key for found in far.stored("media")} == {"media/one"}
    put(far, "media/two", b"photo")
    assert get(far, "media/two") == b"photo"


def test_whoever_else_answers_is_not_taken_for_the_storage(
    store: S3Store, far: S3Store, line: BadLine
) -> None:
    put(store, "media/one", b"photo")
    line.state = Line.FOREIGN
    for ask in (
        lambda: put(far, "media/two", b"photo"),
        lambda: put(far, "media/large", b"x" * 17_000_000),
        lambda: far.open("media/one"),
        lambda: list(far.stored("media")),
    ):
        with pytest.raises(StorageUnavailable):
            ask()


@pytest.mark.parametrize("state", [Line.CUT, Line.SILENT])
def test_an_answer_that_stops_in_the_middle_is_an_error_not_a_short_file(
    store: S3Store, far: S3Store, line: BadLine, state: Line
) -> None:
    data = os.urandom(LONG)
    put(store, "media/one", data)
    with far.open("media/one") as file:
        assert file.read(1000) == data[:1000]
        line.state = state
        with pytest.raises(StorageUnavailable):
            file.read()
        line.state = Line.GOOD
        file.seek(700_000)
        assert file.read() == data[700_000:], "and it goes on when the line is good again"


def test_a_line_that_hangs_up_while_taking_a_file_leaves_none(
    store: S3Store, s3: S3, bucket: str
) -> None:
    with BadLine(s3.port) as line:
        far = S3Store(s3.place(bucket, port=line.port), read_sec=SILENCE_SEC)
        put(far, "media/one", b"photo")
    with pytest.raises(StorageUnavailable):
        put(far, "media/two", b"photo" * 100_000)
    assert s3.kept(bucket) == {"media/one"}


def test_an_endpoint_that_is_stopped_and_started_has_everything_again() -> None:
    with S3() as s3:
        store = S3Store(s3.place(s3.create_bucket()))
        put(store, "media/one", b"photo")
        s3.halt()
        for ask in (lambda: put(store, "media/two", b"photo"), lambda: store.open("media/one")):
            with pytest.raises(StorageUnavailable):
                ask()
        s3.start()
        assert get(store, "media/one") == b"photo"
        put(store, "media/two", b"photo")


def test_a_file_replaced_while_it_is_read_is_gone_not_mixed(store: S3Store) -> None:
    for replacement in (b"b" * LONG, b"b" * 10):
        put(store, "media/one", b"a" * LONG)
        with store.open("media/one") as file:
            assert file.read(10) == b"a" * 10
            put(store, "media/one", replacement)
            with pytest.raises(FileNotFoundError):
                file.read()
        assert get(store, "media/one") == replacement


def test_a_file_deleted_while_it_is_read_is_gone(store: S3Store) -> None:
    put(store, "media/one", b"a" * LONG)
    with store.open("media/one") as file:
        store.delete("media/one")
        with pytest.raises(FileNotFoundError):
            file.read()


@pytest.mark.parametrize("size_bytes", [0, 1000, 2 * LONG])
def test_what_is_at_hand_nobody_can_take_away(store: S3Store, size_bytes: int) -> None:
    data = os.urandom(size_bytes)
    put(store, "results/one.jpg", data)
    with at_hand(store.open("results/one.jpg")) as file:
        store.delete("results/one.jpg")
        assert file.read() == data


def test_an_archive_leaves_out_a_photo_that_goes_away_while_it_is_fetched(store: S3Store) -> None:
    data = {name: os.urandom(LONG) for name in ("first", "gone", "last")}
    for name, content in data.items():
        put(store, f"results/{name}", content)

    def result(job: Job) -> BinaryIO:
        key = f"results/{job.public_id}"
        return vanishing(store, key) if job.public_id == "gone" else store.open(key)

    galleries = Photos(
        cast(Database, None), cast(Jobs, SimpleNamespace(result=result)), are_far=True
    )
    facts = {"mime": "image/jpeg", "size_bytes": LONG}
    found = [Job(public_id=name, slot_id="hall", finished=utcnow(), result=facts) for name in data]
    with zipfile.ZipFile(io.BytesIO(b"".join(galleries.zipped(found)))) as archive:
        assert archive.testzip() is None
        kept = [archive.read(name) for name in archive.namelist()]
    assert kept == [data["first"], data["last"]]


def test_a_photo_that_goes_away_while_its_preview_is_made_is_gone(store: S3Store) -> None:
    job = Job(input_key="originals/one", result_key="results/one", result={"mime": "image/jpeg"})
    for key in (job.input_key, job.result_key):
        put(store, str(key), os.urandom(LONG))
    opening = SimpleNamespace(far=True, open=lambda key: vanishing(store, key))
    jobs = SimpleNamespace(result=lambda job: vanishing(store, job.result_key))
    previews = Previews(*cast(Any, (opening, jobs, None, None)))
    with pytest.raises(ResultGone):
        previews.of(job)
    with pytest.raises(InputGone):
        previews.before(job, 100)


def vanishing(store: S3Store, key: str) -> BinaryIO:
    """A file that is deleted as soon as it is open."""
    file = store.open(key)
    store.delete(key)
    return file


def test_only_what_is_read_is_fetched(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "media/one", os.urandom(12_000_000))
    asked: list[tuple[int, int]] = []
    real = S3Store._get

    def get_(self: S3Store, target: dict[str, str], start: int, stop: int, tag: str = "") -> object:
        asked.append((start, stop))
        return real(self, target, start, stop, tag)

    monkeypatch.setattr(S3Store, "_get", get_)
    with store.open("media/one") as file:
        file.seek(0, os.SEEK_END)
        file.seek(11_000_000)
        file.read(1000)
        file.seek(0)
        file.read(100_000)
    assert asked == [(0, 262_144), (11_000_000, 12_000_000)]


def test_large_files_go_up_in_parts_and_are_one_file_then(store: S3Store) -> None:
    data = os.urandom(17_000_000)
    put(store, "media/film", data)
    assert get(store, "media/film") == data


def test_a_file_that_is_still_going_up_is_not_swept_away_however_long_it_takes(
    store: S3Store, s3: S3, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This process knows it by itself, others by its newest part."""
    another, swept = S3Store(s3.place(bucket)), []
    send = store._s3.upload_part

    def meanwhile(**part: object) -> object:
        swept.append(store.sweep(datetime.now(UTC) + timedelta(hours=1)))
        return send(**part)

    monkeypatch.setattr(store._s3, "upload_part", meanwhile)
    data = bytes(ONE_PUT_BYTES + 1)
    put(store, "media/large", data)
    assert swept == [0, 0, 0]
    assert get(store, "media/large") == data
    half = store._of("media/half")
    half["UploadId"] = store._s3.create_multipart_upload(**half)["UploadId"]
    outlast(1.1)  # moments are told in whole seconds
    between = datetime.now(UTC)
    outlast(1.1)
    send(**half, PartNumber=1, Body=b"first")
    assert another.sweep(between) == 0
    assert another.sweep(datetime.now(UTC) + timedelta(hours=1)) == 1


def test_more_files_than_one_page_holds_are_listed(store: S3Store, s3: S3, bucket: str) -> None:
    folder = s3.folder / "buckets" / bucket / "originals"
    folder.mkdir()
    names = {f"originals/{number:04}" for number in range(1001)}
    for name in names:
        (folder.parent / name).write_bytes(b"x")
    assert {found.key for found in store.stored("originals")} == names


def test_everything_stays_below_the_prefix(s3: S3, bucket: str, store: S3Store) -> None:
    ours = S3Store(s3.place(bucket, prefix="photoai/prod"))
    put(store, "media/foreign", b"photo")
    put(ours, "media/one", b"photo")
    assert s3.kept(bucket) == {"media/foreign", "photoai/prod/media/one"}
    assert [found.key for found in ours.stored("media")] == ["media/one"]


def test_a_link_is_a_download_that_anybody_may_make_in_parts(store: S3Store) -> None:
    data = os.urandom(1000)
    put(store, "results/one.1.jpg", data)
    link = store.link("results/one.1.jpg", ttl_sec=60, mime="image/jpeg", name="photo.jpg")
    whole = requests.get(link, timeout=5)
    assert (whole.status_code, whole.content) == (200, data)
    part = requests.get(link, headers={"Range": "bytes=10-19"}, timeout=5)
    assert part.headers["Content-Range"] == "bytes 10-19/1000"
    assert part.content == data[10:20]
    for said in ("response-content-type=image%2Fjpeg", "attachment", "photo.jpg"):
        assert said in link
    assert SECRET not in link


def test_a_link_opens_nothing_else_and_not_for_long(store: S3Store) -> None:
    for key in ("media/one", "media/two"):
        put(store, key, b"photo")
    link = store.link("media/one", ttl_sec=2, mime="image/jpeg", name="photo.jpg")
    assert requests.get(link, timeout=5).status_code == 200
    assert requests.get(link.replace("media/one", "media/two"), timeout=5).status_code == 403
    assert requests.put(link, data=b"mine", timeout=5).status_code == 403
    wait_until(lambda: not requests.get(link, timeout=5).ok, 6, "the link has expired")
    assert b"AccessDenied" in requests.get(link, timeout=5).content


@pytest.mark.parametrize("wrong", [{"secret_access_key": "other"}, {"bucket": "nobodys"}])
def test_a_bucket_that_is_refused_says_so(s3: S3, bucket: str, wrong: dict[str, str]) -> None:
    store = S3Store(dataclasses.replace(s3.place(bucket), **wrong))
    for ask in (lambda: put(store, "media/one", b"x"), lambda: list(store.stored("media"))):
        with pytest.raises(StorageDenied):
            ask()


def test_a_full_disk_of_ours_is_full(store: S3Store) -> None:
    with pytest.raises(StorageFull), store.write("media/one"):
        raise OSError(28, "No space left on device")


def test_secrets_are_not_shown(s3: S3, bucket: str) -> None:
    assert SECRET not in repr(s3.place(bucket))


# Settings


COMPLETE = {
    "S3_BUCKET": "photos", "S3_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
}  # fmt: skip


def test_the_settings_choose_the_storage(config: Config) -> None:
    assert isinstance(make_store(config), LocalStore)
    assert isinstance(make_store(Config.from_environ(COMPLETE)), S3Store)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"S3_BUCKET": ""}, "S3_BUCKET"),
        ({"S3_BUCKET": "", "S3_ENDPOINT_URL": "", "S3_PREFIX": "a"}, "S3_BUCKET"),
        ({"S3_BUCKET": "s3://photos/"}, "S3_BUCKET"),
        ({"AWS_ACCESS_KEY_ID": ""}, "AWS_ACCESS_KEY_ID"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "AWS_SECRET_ACCESS_KEY"),
        ({"S3_ENDPOINT_URL": ""}, "AWS_REGION"),
        ({"S3_ENDPOINT_URL": "minio:9000"}, "S3_ENDPOINT_URL"),
        ({"S3_PREFIX": "a/../b"}, "S3_PREFIX"),
        ({"S3_PREFIX": "/"}, "S3_PREFIX"),
    ],
)
def test_half_a_bucket_is_refused_at_the_start(change: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        Config.from_environ(COMPLETE | change)


def test_keys_of_something_else_in_the_environment_are_no_bucket(config: Config) -> None:
    assert not Config.from_environ({"AWS_ACCESS_KEY_ID": "other"}).s3_bucket


def test_who_keeps_photos_in_a_folder_does_not_load_the_client(config: Config) -> None:
    program = (
        "import sys; from pathlib import Path; from photoai.config import Config;"
        "from photoai.services.storage import make_store;"
        "make_store(Config(media_root=Path(sys.argv[1])));"
        "sys.exit('botocore' in sys.modules)"
    )
    command = [sys.executable, "-c", program, str(config.media_root)]
    assert subprocess.run(command, cwd=ROOT, timeout=60).returncode == 0

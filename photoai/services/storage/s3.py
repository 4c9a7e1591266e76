"""The store as a bucket of S3, or of anything else that speaks like it."""

from __future__ import annotations

import functools
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO

import boto3
from botocore.config import Config as WireConfig
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from photoai.errors import (
    ConfigError,
    PhotoaiError,
    StorageDenied,
    StorageFull,
    StorageUnavailable,
)
from photoai.offload import look_around

from .pieces import in_pieces
from .store import RETRY_FULL_SEC, StoredFile, brought, checked, disk_with_room, is_key

# One request and its one repetition end within 30 s when the other side only keeps silent.
CONNECT_SEC, READ_SEC, TRIES = 3.0, 10.0, 2
CONNECTIONS = 256
# Larger files go up in parts: a part that breaks is sent again, not the whole.
ONE_PUT_BYTES, PART_BYTES = 16 << 20, 8 << 20
# Most photos come whole with the request that opens them.
FIRST_BYTES, CHUNK_BYTES = 256 << 10, 64 << 10
HASHED_BYTES = 1 << 20  # the pieces in which the client hashes
RETRY_SEC = 5
NO_SUCH_RANGE = "InvalidRange"
GONE_CODES = {"NoSuchKey", "PreconditionFailed", NO_SUCH_RANGE}
# What some say who have no unfinished upload to list, or never list them.
NO_UPLOADS_CODES = {"NoSuchUpload", "NotImplemented"}
FULL_CODES = {"InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"}
DENIED_CODES = {"AccessDenied", "NoSuchBucket"}
INSUFFICIENT_STORAGE, DENIED = 507, {301, 401, 403}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class S3Place:
    """A bucket and the keys to it; without `endpoint_url` it is Amazon's. Everything is kept below
    `prefix`, and what is there counts as ours."""

    bucket: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    endpoint_url: str = ""
    region: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class _Part:
    """Bytes of an object, which version of it they are of, and how large that is."""

    data: bytes
    tag: str
    whole_bytes: int


class _Body:
    """What is sent. Its signature needs a hash of all of it, a few milliseconds for every megabyte:
    between two of them others have their turn."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if size >= HASHED_BYTES:
            look_around()
        return self._file.read(size)


EMPTY = _Part(b"", "", 0)  # an empty file has no range of bytes to ask for


class S3Store:
    """A file is collected on the local disk, nameless there, and sent when it is complete: a key is
    there whole or not at all, and it is durable as soon as it is there."""

    far = True

    def __init__(self, place: S3Place, *, read_sec: float = READ_SEC) -> None:
        self._prefix = f"{place.prefix}/" if place.prefix else ""
        self._bucket = {"Bucket": place.bucket}
        self._read_sec = read_sec
        self._writing: set[str] = set()  # uploads of this process's own
        try:
            self._s3 = _client(replace(place, bucket="", prefix=""), read_sec)
        except (BotoCoreError, ValueError) as error:
            raise ConfigError(f"The bucket S3_BUCKET cannot be used: {error}") from None

    @contextmanager
    def write(self, key: str, *, durable: bool = True) -> Iterator[BinaryIO]:
        target = self._of(key)
        with disk_with_room(), tempfile.TemporaryFile() as file:
            yield file
            self._put(target, file)

    def adopt(self, path: Path, key: str) -> None:
        with path.open("rb") as file:
            self._put(self._of(key), file)

    def flush(self, key: str) -> None:
        """What is published is durable already."""

    def open(self, key: str) -> BinaryIO:
        target = self._of(key)
        first = self._get(target, 0, FIRST_BYTES)

        def fetch(start: int, stop: int) -> bytes:
            return self._get(target, start, stop, first.tag).data

        return in_pieces(first.whole_bytes, first.data, fetch)

    def bring(self, key: str, path: Path) -> None:
        brought(self.open(key), path)

    def delete(self, key: str) -> None:
        with _answering():
            self._s3.delete_object(**self._of(key))

    def stored(self, prefix: str) -> Iterator[StoredFile]:
        for found in self._listed("list_objects_v2", "Contents", checked(prefix) + "/"):
            key = found["Key"].removeprefix(self._prefix)
            if is_key(key):  # some tools keep empty objects in place of folders
                yield StoredFile(key, found["Size"], found["LastModified"].astimezone(UTC))

    def sweep(self, older_than: datetime) -> int:
        removed = 0
        for upload in self._listed("list_multipart_uploads", "Uploads"):
            is_old = upload["Initiated"] < older_than and upload["UploadId"] not in self._writing
            if is_old and self._last_written(upload) < older_than:
                self._abort({**self._bucket, "Key": upload["Key"]}, upload["UploadId"])
                removed += 1
        return removed

    def link(self, key: str, *, ttl_sec: float, mime: str, name: str) -> str:
        shown = {
            "ResponseContentType": mime,
            "ResponseContentDisposition": f'attachment; filename="{name}"',
            "ResponseCacheControl": "private, no-store",
        }
        link: str = self._s3.generate_presigned_url(
            "get_object", Params=self._of(key) | shown, ExpiresIn=max(1, round(ttl_sec))
        )
        return link

    def _of(self, key: str) -> dict[str, str]:
        return {**self._bucket, "Key": self._prefix + checked(key)}

    def _last_written(self, upload: Mapping[str, Any]) -> datetime:
        """When the newest part of it came; when it began, while it has none."""
        its = {**self._bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
        moments: list[datetime] = [upload["Initiated"]]
        with _answering(), suppress(self._s3.exceptions.NoSuchUpload):
            for page in self._s3.get_paginator("list_parts").paginate(**its):
                moments += [part["LastModified"] for part in page.get("Parts", ())]
        return max(moments)

    def _listed(self, call: str, what: str, prefix: str = "") -> Iterator[dict[str, Any]]:
        pages = self._s3.get_paginator(call).paginate(**self._bucket, Prefix=self._prefix + prefix)
        with _answering():
            try:
                for page in pages:
                    yield from page.get(what, ())
            except ClientError as error:
                if _code(error) not in NO_UPLOADS_CODES:
                    raise

    def _put(self, target: dict[str, str], file: IO[bytes]) -> None:
        size_bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        with _answering():
            if size_bytes <= ONE_PUT_BYTES:
                _tag_of(self._s3.put_object(**target, Body=_Body(file)))
            else:
                self._put_parts(target, file)

    def _put_parts(self, target: dict[str, str], file: IO[bytes]) -> None:
        upload = self._s3.create_multipart_upload(**target)["UploadId"]
        mine = {**target, "UploadId": upload}
        parts: list[dict[str, object]] = []
        self._writing.add(upload)
        try:
            while piece := file.read(PART_BYTES):
                number = len(parts) + 1
                body = _Body(BytesIO(piece))
                sent = self._s3.upload_part(**mine, PartNumber=number, Body=body)
                parts.append({"PartNumber": number, "ETag": _tag_of(sent)})
            _tag_of(self._s3.complete_multipart_upload(**mine, MultipartUpload={"Parts": parts}))
        except BaseException:
            with suppress(PhotoaiError):  # then `sweep` finds it
                self._abort(target, upload)
            raise
        finally:
            self._writing.discard(upload)

    def _abort(self, target: dict[str, str], upload: str) -> None:
        with _answering(), suppress(self._s3.exceptions.NoSuchUpload):
            self._s3.abort_multipart_upload(**target, UploadId=upload)

    def _get(self, target: dict[str, str], start: int, stop: int, tag: str = "") -> _Part:
        """The bytes from `start` to `stop` of the version `tag` names, by default the present one.

        Raises:
            FileNotFoundError: there is none, or it is another version by now.
        """
        until = time.monotonic() + TRIES * self._read_sec
        same = {"IfMatch": tag} if tag else {}
        with _answering():
            try:
                got = self._s3.get_object(**target, **same, Range=f"bytes={start}-{stop - 1}")
            except ClientError as error:
                if _code(error) == NO_SUCH_RANGE and not tag:
                    return EMPTY
                if _code(error) in GONE_CODES:
                    raise FileNotFoundError(target["Key"]) from error
                raise
            with closing(got["Body"]) as body:
                found, whole_bytes = _tag_of(got), _whole_bytes(got)
                if found != (tag or found):  # not everybody heeds If-Match
                    raise FileNotFoundError(f"Replaced meanwhile: {target['Key']}")
                return _Part(_received(body, got["ContentLength"], until), found, whole_bytes)


@functools.lru_cache(maxsize=8)  # to make one takes a tenth of a second and ten megabytes
def _client(place: S3Place, read_sec: float) -> Any:
    """The client for every bucket that lies there; any number of threads may use it at once."""
    session = boto3.session.Session(
        aws_access_key_id=place.access_key_id,
        aws_secret_access_key=place.secret_access_key,
        region_name=place.region or "us-east-1",
    )
    return session.client(
        "s3",
        endpoint_url=place.endpoint_url or None,
        config=WireConfig(
            connect_timeout=CONNECT_SEC,
            read_timeout=read_sec,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            max_pool_connections=CONNECTIONS,
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            # Many stores that speak like S3 do not know the newer checksums; bodies are signed.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _tag_of(answer: Any) -> str:
    """Which version was taken or is sent; what names none is no storage's answer."""
    if not answer.get("ETag"):
        raise ConnectionError("Somebody answered who is no storage.")
    return str(answer["ETag"])


def _whole_bytes(answer: Any) -> int:
    if "ContentRange" not in answer:
        raise ConnectionError("The storage cannot send parts of a file.")
    return int(answer["ContentRange"].rpartition("/")[2])


def _received(body: Any, size_bytes: int, until: float) -> bytes:
    data = bytearray()
    while piece := body.read(CHUNK_BYTES):
        data += piece
        if time.monotonic() > until:
            raise TimeoutError("The storage sends too slowly.")
    if len(data) != size_bytes:
        raise ConnectionError("The storage stopped in the middle.")
    return bytes(data)


@contextmanager
def _answering() -> Iterator[None]:
    """What the other side says, and what it does not say any more, as errors of ours."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        _log(error, code=_code(error), status=status, call=error.operation_name)
        raise _refusal(_code(error), status) from error
    except (BotoCoreError, HTTPError, ResponseParserError, ConnectionError, TimeoutError) as error:
        _log(error)
        raise StorageUnavailable(retry_after=RETRY_SEC) from error


def _refusal(code: str, status: int) -> PhotoaiError:
    if code in FULL_CODES or status == INSUFFICIENT_STORAGE:
        return StorageFull(retry_after=RETRY_FULL_SEC)
    if code in DENIED_CODES or status in DENIED:
        return StorageDenied(retry_after=RETRY_SEC)
    return StorageUnavailable(retry_after=RETRY_SEC)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _log(error: Exception, **facts: object) -> None:
    log.warning("storage_failed", extra={"fields": {"error": type(error).__name__, **facts}})

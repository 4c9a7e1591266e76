"""The record of every request, for tests that look at what was sent and how calls overlapped."""

from __future__ import annotations

import binascii
import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.emulators.gemini_http import Call, from_base64


@dataclass
class Record:
    """A request and its end; times in seconds of `time.monotonic`, the same in every process."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    size_bytes: int
    sha256: str
    json: Any
    arrived: float
    status: int | None = None
    ended: float | None = None


@dataclass
class Seen:
    """In order of arrival, `ended` None while a request is under way."""

    records: list[Record] = field(default_factory=list)

    def begin(self, call: Call, arrived: float) -> Record:
        digest = hashlib.sha256(call.body).hexdigest()
        said = _told(call.body)
        record = Record(
            call.method, call.path, call.query, call.headers, len(call.body), digest, said, arrived
        )
        self.records.append(record)
        return record

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(record) for record in self.records]


@dataclass
class Watched:
    """A body that notes its end, be it complete or given up by the client."""

    body: Iterable[bytes]
    record: Record

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        self.record.ended = time.monotonic()


def _told(body: bytes) -> Any:
    """The JSON of a body with its images told by hash and size; None for anything else."""
    try:
        return _without_data(json.loads(body))
    except ValueError:
        return None


def _without_data(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_data(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("data"), str):
        rest = {name: inner for name, inner in value.items() if name != "data"}
        return rest | _summary(value["data"])
    return {name: _without_data(inner) for name, inner in value.items()}


def _summary(text: str) -> dict[str, Any]:
    """`sha256` and `size_bytes` of the decoded bytes, None where they cannot be decoded."""
    try:
        data = from_base64(text)
    except binascii.Error:
        return {"sha256": None, "size_bytes": None}
    return {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}

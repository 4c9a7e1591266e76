"""What headers say of a part, and where its bytes go."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoai.errors import (
    ContentRangeInvalid,
    DigestMalformed,
    PartLengthWrong,
    UploadBytesDiffer,
)
from photoai.models import UploadPart
from photoai.schemas.uploads import content_range, part_in, whole_sha256
from photoai.services.files import Span
from photoai.services.files.parts import Known, Sink, put_together

numbers = st.integers(0, 10**18 - 1)
DIGEST = hashlib.sha256(b"all of it").digest()
BASE64 = base64.b64encode(DIGEST).decode()


@given(numbers, numbers, numbers, st.sampled_from(["bytes ", "BYTES ", "Bytes \t ", " bytes "]))
def test_a_content_range_is_read_as_it_was_written(
    first: int, last: int, total: int, unit: str
) -> None:
    assert content_range(f"{unit}{first}-{last}/{total}") == Span(first, last, total)


@given(numbers, numbers, numbers)
def test_a_span_is_taken_when_there_can_be_such_bytes(first: int, last: int, total: int) -> None:
    span = Span(first, last, total)
    if first <= last < total:
        span.check()
        assert len(range(span.first, span.stop)) == span.size_bytes > 0
    else:
        with pytest.raises(ContentRangeInvalid):
            span.check()


@given(st.text() | st.from_regex(r"bytes .{0,3}-.{0,3}/.{0,3}", fullmatch=True))
def test_whatever_else_is_written_there_is_refused_or_three_numbers(text: str) -> None:
    try:
        span = content_range(text)
    except ContentRangeInvalid:
        return
    assert f"{span.first}" in text
    assert text.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "", "bytes", "bytes 0-9", "bytes 0-9/*", "bytes */10", "bytes -1-9/10", "bytes 0 - 9/10",
        "bytes=0-9/10", "items 0-9/10", "bytes 0-9/10, 3-4/10", "bytes 0-9/1e3", "bytes ٠-٩/10",
        "bytes 0-9/10\nX: y", "bytes 0-9/" + "9" * 19, "bytes0-9/10",
    ],
)  # fmt: skip
def test_what_is_no_content_range_of_a_known_size_is_refused(text: str) -> None:
    with pytest.raises(ContentRangeInvalid):
        content_range(text)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, None),
        ({"Repr-Digest": f"sha-256=:{BASE64}:"}, DIGEST.hex()),
        ({"Repr-Digest": f"sha-512=:AAAA:, sha-256=:{BASE64}:"}, DIGEST.hex()),
        ({"Repr-Digest": "sha-512=:AAAA:"}, None),
        ({"Digest": f"SHA-256={BASE64}"}, DIGEST.hex()),
        ({"Digest": f"md5=AAAA, sha-256={BASE64}"}, DIGEST.hex()),
    ],
)
def test_a_digest_of_the_whole_is_read(headers: dict[str, str], found: str | None) -> None:
    assert whole_sha256(headers) == found


@pytest.mark.parametrize(
    "headers",
    [
        {"Repr-Digest": f"sha-256={BASE64}"}, {"Repr-Digest": "sha-256=::"},
        {"Repr-Digest": "sha-256=:AAAA:"}, {"Digest": f"sha-256={DIGEST.hex()}"},
        {"Digest": "sha-256=é"}, {"Digest": "sha-256="},
    ],
)  # fmt: skip
def test_a_digest_that_is_none_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(DigestMalformed):
        whole_sha256(headers)


def test_a_name_comes_percent_encoded_or_in_the_query() -> None:
    headers = {"Content-Range": "bytes 0-1/2", "X-File-Name": "%D0%AF%20%2F%FF.mp4"}
    assert part_in(headers, {"name": "other"}).name == "Я /\ufffd.mp4"
    del headers["X-File-Name"]
    assert part_in(headers, {"name": "other"}).name == "other"


STORED = {"a": b"0123", "b": b"45", "c": b"6789"}
PARTS = [
    UploadPart(first=0, size_bytes=4, key="a"),
    UploadPart(first=4, size_bytes=2, key="b"),
    UploadPart(first=6, size_bytes=4, key="c"),
]


def stored(key: str) -> BinaryIO:
    return io.BytesIO(STORED[key])


@given(st.integers(0, 10), st.integers(0, 10), st.integers(1, 11))
def test_what_is_known_is_read_across_parts(first: int, stop: int, at_once: int) -> None:
    known, found = Known(stored, PARTS, first, stop), b""
    while piece := known.read(at_once):
        found += piece
    known.close()
    assert found == b"0123456789"[first : max(first, stop)]


@given(st.integers(0, 9), st.lists(st.integers(1, 5), min_size=1))
def test_a_sink_compares_what_is_known_and_keeps_what_is_new(first: int, cuts: list[int]) -> None:
    whole, into = b"0123456789abcdef"[first:], io.BytesIO()
    sink = Sink(len(whole), Known(stored, PARTS, first, 10), into)
    at = 0
    for size in [*cuts, len(whole)]:
        sink.write(whole[at : at + size])
        at += size
    sink.check()
    assert (into.getvalue(), sink.written_bytes) == (b"abcdef", 6)


def test_a_sink_says_what_is_wrong() -> None:
    with pytest.raises(UploadBytesDiffer):
        Sink(4, Known(stored, PARTS, 2, 6), None).write(b"23X5")
    with pytest.raises(PartLengthWrong):
        Sink(4, None, io.BytesIO()).write(b"12345")
    short = Sink(4, None, io.BytesIO())
    short.write(b"123")
    with pytest.raises(PartLengthWrong):
        short.check()


def test_parts_are_put_together_with_their_digest() -> None:
    into = io.BytesIO()
    digest = put_together(stored, PARTS, into)
    assert into.getvalue() == b"0123456789"
    assert digest == hashlib.sha256(b"0123456789").hexdigest()

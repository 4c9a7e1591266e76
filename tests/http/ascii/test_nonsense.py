"""Whatever form a client sends, and whatever it asks for, gets an answer that is described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photoai.schemas.ascii import form_properties
from tests.http.api.conftest import cast, serg
from tests.support.booth import BOUNDARY, Part, form

pytestmark = pytest.mark.slow
__all__ = ["cast", "serg"]
NAMES = st.sampled_from([*form_properties(), "webhook_url", "metadata", "file", "files", "x"])
VALUES = st.one_of(
    st.integers(-3, 300).map(str),
    st.floats().map(str),
    st.sampled_from(["true", "no", "#ff0000", "#zzz", "braille", "ordered", "", " ", " .:#", "{}"]),
    st.text(st.characters(codec="utf-8"), max_size=20),
)
BYTES = st.sampled_from(
    [b"", b"junk", b"GIF89a", b"\0\0\0\x18ftypmp42", b"RIFF\0\0\0\0AVI ", b"\xff\xd8\xff"]
)
TEXTS = st.tuples(NAMES, VALUES).map(lambda each: Part(each[0], each[1].encode()))
FILES = st.tuples(
    NAMES, BYTES, st.text(st.characters(codec="ascii", exclude_characters='"\\\r\n'), max_size=8)
)
PARTS = st.lists(
    st.one_of(TEXTS, FILES.map(lambda each: Part(each[0], each[1], each[2]))), max_size=5
)
PATHS = st.text(st.characters(codec="utf-8", exclude_characters="?#"), min_size=1, max_size=20)
CALM = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
REFUSALS = {400, 401, 404, 409, 410, 413, 415, 422, 429, 503}


@pytest.fixture
def client(app: Flask, serg: FlaskClient) -> Iterator[FlaskClient]:
    return serg


def is_described(answer: Any) -> bool:
    if answer.status_code in {200, 202, 304}:
        return True
    return answer.status_code in REFUSALS and set(answer.get_json()["error"]) == {
        "code", "message", "details",
    }  # fmt: skip


@CALM
@given(PARTS, st.sampled_from(["video", "batch"]))
def test_forms_of_any_shape(client: FlaskClient, parts: list[Part], call: str) -> None:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    answer = client.post(f"/api/v1/convert/{call}", data=form(parts), content_type=kind)
    assert is_described(answer), (answer.status_code, answer.data, parts)


@CALM
@given(st.binary(max_size=300), st.sampled_from(["video", "batch"]))
def test_bodies_of_any_shape(client: FlaskClient, body: bytes, call: str) -> None:
    for data in (body, f"--{BOUNDARY}\r\n".encode() + body):
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        answer = client.post(f"/api/v1/convert/{call}", data=data, content_type=kind)
        assert is_described(answer), (answer.status_code, data)


@CALM
@given(PATHS, PATHS)
def test_addresses_of_any_shape(client: FlaskClient, one: str, other: str) -> None:
    for path in (f"status/{one}", f"download/{one}/{other}", f"convert/batch/{one}"):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code in {404, 405, 308}, (path, answer.status_code)

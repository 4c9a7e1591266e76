"""Parts of images and of results, and what need not be sent again (RFC 9110, 13 and 14)."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.models import User
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from tests.support import photos

from .common import register

WHOLE = photos.jpeg()
SIZE = len(WHOLE)


def ask(client: FlaskClient, path: str, method: str = "GET", **request: Any) -> TestResponse:
    """The whole answer; a file that is not closed behind it fails the test."""
    return client.open(path, method=method, buffered=True, **request)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("Bytes= 10-19 ", 10, 19),
        ("bytes=100-", 100, SIZE - 1),
        ("bytes=-7", SIZE - 7, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        (f"bytes=5-{'9' * 30}", 5, SIZE - 1),
        (f"bytes={SIZE - 1}-{SIZE}", SIZE - 1, SIZE - 1),
    ],
)
def test_one_range_is_answered_with_those_bytes(
    serg: FlaskClient, file: str, wanted: str, first: int, last: int
) -> None:
    answer = ask(serg, file, headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.data == WHOLE[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.mimetype == "image/jpeg"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "wanted",
    [
        "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1-2,4-5", "bytes=0-0,-1",
        "items=0-1", "bytes=1.0-2", "bytes=--1", "bytes=٣-٤", f"bytes=0-{'9' * 5000}",
    ],
)  # fmt: skip
def test_what_is_no_single_range_of_bytes_is_answered_with_the_whole(
    serg: FlaskClient, file: str, wanted: str
) -> None:
    answer = ask(serg, file, headers={"Range": wanted.encode().decode("latin-1")})
    assert (answer.status_code, answer.data) == (200, WHOLE)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(SIZE)
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("wanted", [f"bytes={SIZE}-", f"bytes={'9' * 30}-", "bytes=-0"])
def test_a_range_behind_the_end_is_416_with_the_size(
    serg: FlaskClient, file: str, wanted: str
) -> None:
    answer = ask(serg, file, headers={"Range": wanted})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    error = answer.get_json()["error"]
    assert (error["code"], error["details"]) == ("range_not_satisfiable", {"size_bytes": SIZE})


def test_head_says_what_get_would_send_and_knows_no_ranges(serg: FlaskClient, file: str) -> None:
    answer = ask(serg, file, method="HEAD", headers={"Range": "bytes=0-1"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == ask(serg, file).headers["ETag"]


def test_who_has_the_file_is_not_sent_it_again(serg: FlaskClient, file: str) -> None:
    tag = ask(serg, file).headers["ETag"]
    assert tag[0] == tag[-1] == '"', "a strong one"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for method in ("GET", "HEAD"):
            headers = {"If-None-Match": known, "Range": "bytes=0-1"}
            answer = ask(serg, file, method=method, headers=headers)
            assert (answer.status_code, answer.data) == (304, b"")
            assert answer.headers["ETag"] == tag
    assert ask(serg, file, headers={"If-None-Match": '"other"'}).data == WHOLE


def test_a_part_is_sent_only_of_the_version_that_is_meant(serg: FlaskClient, file: str) -> None:
    tag = ask(serg, file).headers["ETag"]
    for meant, status in (
        (tag, 206), (f"W/{tag}", 200), ('"other"', 200), ("Sat, 21 Nov 2026 12:00:00 GMT", 200),
    ):  # fmt: skip
        headers = {"If-Range": meant, "Range": "bytes=0-1"}
        assert ask(serg, file, headers=headers).status_code == status
    behind = {"If-Range": '"other"', "Range": f"bytes={SIZE}-"}
    assert ask(serg, file, headers=behind).status_code == 200


def test_two_files_have_two_tags(serg: FlaskClient) -> None:
    paths = [f"/public/media/{register(serg, WHOLE).get_json()['id']}" for _ in range(2)]
    assert len({ask(serg, path).headers["ETag"] for path in paths}) == 2


@pytest.fixture(params=["image", "result"])
def file(request: pytest.FixtureRequest, serg: FlaskClient) -> str:
    """Where the same bytes lie as a registered image and as a job's result."""
    if request.param == "image":
        return f"/public/media/{register(serg, WHOLE).get_json()['id']}"
    path: str = request.getfixturevalue("result")
    return path


@pytest.fixture
def result(services: Services) -> str:
    key, facts = "results/job-of-serg.1.jpg", {"mime": "image/jpeg", "size_bytes": SIZE}
    with services.store.write(key) as written:
        written.write(WHOLE)
    with services.database.begin() as session:
        user = session.query(User).filter_by(username="serg").one()
        draft = JobDraft("job-of-serg", user.id, "photo", utcnow(), provider="local")
        job = states.insert_claimed(session, draft, owner="test", lease_sec=60)
        assert states.succeed(session, job.id, 1, utcnow(), result_key=key, result=facts)
    return "/api/tasks/job-of-serg/result"

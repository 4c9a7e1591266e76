"""The page of merges as it is without JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.blueprints.pages import merge_words
from photoai.errors import ClipTypeNotTaken
from photoai.models import User
from photoai.schemas.merge import SHORT_NAMES, MergeOrderSchema
from photoai.services import Services
from photoai.services.accounts import caller_of
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.merges import MERGE, poster_key
from photoai.services.video.canvas import canvas_of
from photoai.services.video.render import matches
from tests.unit.video.making import facts

# Nothing is fetched here: only whether it may be is asked.
PUBLIC, PRIVATE = "http://93.184.215.14/beach.mp4", "http://10.0.0.1/beach.mp4"
MARKUP = "<b>моё 🎬</b>"
KEY = "results/made.1.mp4"
MADE = {
    "mime": "video/mp4", "size_bytes": 5, "mode": "encode", "width": 1920, "height": 1080,
    "fps": 25.0, "duration_sec": 61.0, "cache_hit": True,
    "clips": [{"index": 0, "action": "encode", "reason": "codec hevc", "duration_sec": 61.0}],
}  # fmt: skip


@pytest.fixture
def serg(app: Flask, tmp_path: Path) -> FlaskClient:
    return signed_in(app, tmp_path, "serg")


@pytest.fixture
def igor(app: Flask, tmp_path: Path) -> FlaskClient:
    return signed_in(app, tmp_path, "igor")


@pytest.fixture
def ordered(services: Services) -> Callable[..., str]:
    """A merge of somebody's, the first clip of which is `url`; its number."""

    def order(name: str, url: str = PUBLIC) -> str:
        with services.database.begin() as session:
            states.insert(session, draft(session, name, f"task_of_{name}", url))
        return f"task_of_{name}"

    return order


def draft(session: Any, name: str, public_id: str, url: str = PUBLIC) -> JobDraft:
    user_id = session.query(User).filter_by(username=name).one().id
    params = {"sources": [{"url": url}], "settings": {"quality": "low"}, "clip_max_bytes": 1}
    return JobDraft(public_id, user_id, MERGE, utcnow(), params=params)


def signed_in(app: Flask, folder: Path, name: str) -> FlaskClient:
    password = json.loads((folder / "credentials.json").read_text())[name]["password"]
    client = app.test_client()
    answer = client.post("/login", data={"username": name, "password": password})
    assert answer.status_code == 303, answer.text
    return client


def sent(client: FlaskClient, *urls: str, at: str = "/merge", **fields: str) -> TestResponse:
    token = client.get_cookie("csrf_access_token")
    assert token is not None
    return client.post(at, data={"csrf_token": token.value, "video_urls": [*urls], **fields})


def problems(answer: TestResponse) -> list[str]:
    """What is said beside each row that stands there with scripts too."""
    return re.findall(
        r"data-problem aria-live=\"polite\">([^<]*)<",
        answer.text.split("<noscript>\n        <ol")[0],
    )


def test_a_stranger_is_sent_to_sign_in_and_comes_back(app: Flask) -> None:
    answer = app.test_client().get("/merge?task=task_1")
    assert (answer.status_code, answer.location) == (303, "/login?next=/merge?task%3Dtask_1")


def test_the_form_leads_to_the_merge_which_shows_the_truth_until_it_has_ended(
    serg: FlaskClient,
) -> None:
    empty = serg.get("/merge")
    assert "Склеек пока нет" in empty.text
    assert "http-equiv" not in empty.text
    assert empty.text.count('<input type="url"') == 5 + 1, "five without scripts, one to clone"
    answer = sent(serg, "", PUBLIC, "", quality="high", fit="blur", transition="")
    assert answer.status_code == 303, answer.text
    page = serg.get(answer.location)
    assert re.search(
        r'<noscript>.*<meta http-equiv="refresh" content="3">.*</noscript>', page.text, re.DOTALL
    )
    assert "<progress" in page.text
    assert 'value="high" selected' in page.text, "it can be changed and ordered again"
    assert f'value="{PUBLIC}"' in page.text
    task_id = answer.location.rpartition("=")[2]
    assert f'data-task="{task_id}"' in serg.get(f"/merge/tasks/{task_id}").text
    assert task_id in serg.get("/merge/tasks").text
    assert sent(serg, at=f"/merge/tasks/{task_id}/cancel").location == answer.location
    assert "Склейка отменена" in serg.get(answer.location).text
    assert sent(serg, at=f"/merge/tasks/{task_id}/cancel").status_code == 303, "twice is fine"


def test_what_is_wrong_is_said_beside_its_row_and_nothing_typed_is_lost(serg: FlaskClient) -> None:
    answer = sent(serg, PUBLIC, MARKUP, background="#ff8800", transition="fade", transition_sec="9")
    assert answer.status_code == 422
    assert problems(answer) == ["", "Это не адрес http(s) и не id файла."]
    assert MARKUP not in answer.text
    assert "&lt;b&gt;моё 🎬&lt;/b&gt;" in answer.text
    assert 'value="#ff8800"' in answer.text
    assert 'value="9"' in answer.text
    assert "От 0,1 до 5 секунд." in answer.text
    private = sent(serg, PUBLIC, PRIVATE)
    assert private.status_code == 422
    assert problems(private) == ["", "С этого адреса скачивать нельзя."]
    assert "<strong>Клип 2:</strong>" in private.text


@pytest.mark.parametrize("count", [0, 6])
def test_one_to_five_clips_are_taken(serg: FlaskClient, count: int) -> None:
    answer = sent(serg, *[PUBLIC] * count)
    assert answer.status_code == 422
    assert "Нужно от одного до 5 клипов." in answer.text
    assert answer.text.count(f'value="{PUBLIC}"') == count


def test_a_form_with_characters_nobody_can_keep_is_refused(serg: FlaskClient) -> None:
    assert sent(serg, "http://a.example/\0.mp4").status_code == 400


def test_a_form_without_the_session_s_token_is_refused(serg: FlaskClient) -> None:
    assert serg.post("/merge", data={"video_urls": [PUBLIC]}).status_code == 401


def test_somebody_else_s_merge_is_not_there(igor: FlaskClient, ordered: Callable[..., str]) -> None:
    task_id = ordered("serg")
    assert igor.get(f"/merge?task={task_id}").status_code == 404
    assert igor.get(f"/merge/tasks/{task_id}").status_code == 404
    assert sent(igor, at=f"/merge/tasks/{task_id}/cancel").status_code == 404
    assert task_id not in igor.get("/merge").text


def test_a_plan_that_is_used_up_says_so_and_keeps_the_form(
    serg: FlaskClient, services: Services
) -> None:
    with services.database.begin() as session:
        user = session.query(User).filter_by(username="serg").one()
        at_once = services.accounts.plan_of(caller_of(user)).merges_at_once
        for number in range(at_once):
            states.insert(session, draft(session, "serg", f"task_{number}"))
    answer = sent(serg, PUBLIC)
    assert answer.status_code == 429
    assert "тариф" in answer.text.lower()
    assert f'value="{PUBLIC}"' in answer.text


def test_a_finished_merge_is_shown_with_its_poster_and_its_download(
    serg: FlaskClient, services: Services
) -> None:
    for name in (KEY, poster_key(KEY)):
        with services.store.write(name) as file:
            file.write(b"video")
    with services.database.begin() as session:
        states.insert_done(
            session, draft(session, "serg", "task_done", MARKUP), key=KEY, facts=MADE
        )
    page = serg.get("/merge?task=task_done").text
    links = re.findall(r'(?:poster|src)="(/server2/[^"]*)"', page)
    assert [serg.get(link, buffered=True).data for link in links] == [b"video", b"video"]
    assert re.search(
        r'<a class="button primary[^>]* href="/server2/videoapi/download/task_done', page
    )
    assert "Точно такое видео уже делали раньше" in page
    assert "1 мин 1 с" in page
    assert "перекодируется: кодек — hevc" in page
    assert MARKUP not in page
    assert "http-equiv" not in page


def test_a_video_whose_time_is_over_is_said_to_be_deleted(
    serg: FlaskClient, services: Services
) -> None:
    with services.database.begin() as session:
        states.insert_done(session, draft(session, "serg", "task_gone"), key=None, facts=MADE)
    page = serg.get("/merge?task=task_gone").text
    assert "<video" not in page
    assert "Видео удалено" in page


def test_a_failed_merge_says_why_and_which_clip_it_was(
    serg: FlaskClient, services: Services, ordered: Callable[..., str]
) -> None:
    task_id = ordered("serg")
    with services.database.begin() as session:
        job = services.jobs.behind_link(task_id)
        now = utcnow() + timedelta(seconds=1)
        error = ClipTypeNotTaken(details={"clip_index": 0})
        assert states.give_up_waiting(session, job.id, now, error)
    page = serg.get(f"/merge?task={task_id}").text
    assert re.search(r'data-wrong-clip="1"><strong>Клип 1:</strong> Файл — не видео', page)


def test_everything_that_may_be_chosen_has_a_name() -> None:
    fields = MergeOrderSchema().fields

    def taken(name: str) -> set[str]:
        return {*fields[name].validate.choices} - {*SHORT_NAMES}  # type: ignore[union-attr]

    assert taken("aspect_ratio") == {*merge_words.SHAPES}
    assert taken("quality") == {*merge_words.QUALITIES}
    assert taken("fit") == {*merge_words.FITS}
    assert taken("transition") == {*merge_words.TRANSITIONS}


@pytest.mark.parametrize(
    "unfit",
    [
        {"codec": "hevc"}, {"profile": "High 10"}, {"pix_fmt": "yuv422p"}, {"width": 640},
        {"sar": 2}, {"rotation_deg": 90}, {"interlaced": True}, {"constant_rate": False},
        {"fps": 24}, {"color_space": "bt2020nc"}, {"clean_start": False},
    ],
    ids=str,
)  # fmt: skip
def test_why_a_clip_is_not_taken_as_it_is_is_said_in_russian(
    app: Flask, unfit: dict[str, Any]
) -> None:
    reason = matches(facts(1.0, **unfit), canvas_of("16:9", []))
    with app.test_request_context("/merge"):
        said = merge_words.because(reason)
    assert reason is not None
    assert said != reason
    assert re.search("[а-я]", said)

"""Tasks by HTTP as far as nothing runs: ordered, foreseen, listed, refused, counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from photoai.models import FileKind, Job, JobState, OperationLog, User
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.edits import OperationLogs
from photoai.services.jobs import JobDraft, states
from photoai.services.video import ClipLimits, probe
from tests.support.clips import Clips
from tests.support.uploads import keep

TASKS = "/api/v1/tasks"
HER = "member"


@pytest.fixture(scope="session")
def facts(clips: Clips) -> dict[str, Any]:
    """Of a clip of two seconds, with sound."""
    return probe(clips.make("red", sec=2.0), ClipLimits()).as_json()


@pytest.fixture
def member(cast: dict[str, FlaskClient]) -> FlaskClient:
    return cast[HER]


def id_of(services: Services, name: str = HER) -> int:
    with services.database.read() as session:
        return int(session.query(User).filter_by(username=name).one().id)


@pytest.fixture
def file_of(
    services: Services, cast: dict[str, FlaskClient], facts: dict[str, Any]
) -> Callable[..., str]:
    found: dict[FileKind, dict[str, Any]] = {
        FileKind.VIDEO: facts,
        FileKind.AUDIO: {"duration_sec": 1.0, "container": "wav"},
        FileKind.IMAGE: {"width": 64, "height": 64, "animated": False},
        FileKind.SUBTITLES: {"cues": 2},
    }

    def make(kind: FileKind = FileKind.VIDEO, owner: str = HER) -> str:
        return keep(services, id_of(services, owner), kind, found[kind])

    return make


def order(client: FlaskClient, kind: str, *files: str, at: str = TASKS, **more: Any) -> Any:
    headers = more.pop("headers", None)
    body = {"type": kind, "input_files": [*files], "config": more}
    return client.post(at, json=body, headers=headers)


def accepted(client: FlaskClient, kind: str, *files: str, **more: Any) -> dict[str, Any]:
    answer = order(client, kind, *files, **more)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def error(answer: Any) -> tuple[int, str, dict[str, Any]]:
    told = answer.get_json()["error"]
    return answer.status_code, told["code"], told["details"]


def test_an_order_waits_as_a_task(member: FlaskClient, file_of: Callable[..., str]) -> None:
    video = file_of()
    task = accepted(member, "trim", video, start_sec=0.5)
    own = f"http://localhost{TASKS}/{task['id']}"
    assert task | {"created_at": "", "updated_at": ""} == {
        "id": task["id"], "type": "trim", "status": "pending", "input_files": [video],
        "output_files": [], "progress": 0, "stage": None, "eta_sec": None, "queue_position": 1,
        "config": {"start_sec": 0.5, "end_sec": None, "precise": True, "quality": "medium"},
        "error_message": None, "error": None, "result": None, "retry_count": 0,
        "created_at": "", "updated_at": "", "completed_at": None,
        "links": {"self": own, "cancel": own, "events": f"{own}/events", "log": f"{own}/log",
                  "result": f"{own}/result", "retry": f"{own}/retry"},
    }  # fmt: skip
    assert member.get(f"{TASKS}/{task['id']}").get_json() == task
    assert member.get(f"{TASKS}/{task['id']}/result").status_code == 202
    assert member.get(f"{TASKS}/{task['id']}/poster").status_code == 410
    assert member.get(f"/api/tasks/{task['id']}").get_json()["type"] == "trim"


def test_tasks_are_listed_and_merges_are_not(
    member: FlaskClient, file_of: Callable[..., str], services: Services
) -> None:
    video = file_of()
    cues = [{"start_sec": 0, "end_sec": 1, "text": "Hello"}]
    first, second, third = (
        accepted(member, "trim", video)["id"],
        accepted(member, "probe", video)["id"],
        accepted(member, "subtitles", video, cues=cues)["id"],
    )
    with services.database.begin() as session:
        for kind in ("merge", "photo"):
            states.insert(session, JobDraft(f"a-{kind}", id_of(services), kind, utcnow()))
    assert member.delete(f"{TASKS}/{second}").get_json()["status"] == "cancelled"

    def listed(query: str = "") -> list[str]:
        body = member.get(f"{TASKS}?{query}").get_json()
        return [task["id"] for task in body["data"]]

    assert listed() == [third, second, first]
    assert listed("sort=created_at") == [first, second, third]
    assert listed("status=pending") == [third, first]
    assert listed("type=probe") == [second]
    assert listed("status=failed") == []
    assert listed("page=2&page_size=2") == [first]
    for query in ("status=queued", "type=merge", "sort=name", "page_size=101"):
        assert member.get(f"{TASKS}?{query}").status_code == 422, query
    for other in ("a-merge", "a-photo", "nothing"):
        assert error(member.get(f"{TASKS}/{other}"))[:2] == (404, "task_unknown")
    shown = member.get(TASKS).get_json()["data"][0]
    assert "cues" not in shown["config"], "it may be long"
    assert member.get(f"{TASKS}/{third}").get_json()["config"]["cues"] == cues


def test_the_same_order_twice_is_one_task(member: FlaskClient, file_of: Callable[..., str]) -> None:
    video, headers = file_of(), {"Idempotency-Key": "once"}
    task = accepted(member, "trim", video, headers=headers)
    assert accepted(member, "trim", video, headers=headers)["id"] == task["id"]
    other = order(member, "probe", video, headers=headers)
    assert error(other)[:2] == (409, "idempotency_key_reused")


def test_a_cancelled_task_is_tried_again(member: FlaskClient, file_of: Callable[..., str]) -> None:
    task = accepted(member, "trim", file_of())
    at = f"{TASKS}/{task['id']}"
    assert error(member.post(f"{at}/retry"))[:2] == (409, "job_not_retryable")
    cancelled = member.delete(at).get_json()
    assert (cancelled["status"], cancelled["error"]["code"]) == ("cancelled", "cancelled")
    assert cancelled["completed_at"]
    assert error(member.delete(at))[:2] == (409, "job_already_ended")
    assert error(member.get(f"{at}/result"))[:2] == (409, "cancelled")
    again = member.post(f"{at}/retry")
    assert (again.status_code, again.get_json()["status"]) == (202, "pending")


def test_a_plan_says_what_would_be_done_and_starts_nothing(
    member: FlaskClient, file_of: Callable[..., str]
) -> None:
    answer = order(member, "trim", file_of(), at=f"{TASKS}/plan", start_sec=0.4, end_sec=1.4)
    assert answer.status_code == 200, answer.text
    plan = answer.get_json()
    assert plan["canvas"] == {"width": 320, "height": 180, "fps": 25.0}
    assert (plan["duration_sec"], plan["passes"]) == (1.0, 1)
    assert plan["estimated_sec"] > 0
    assert member.get(TASKS).get_json()["meta"]["total"] == 0


def test_what_cannot_be_done_is_refused_at_once(
    member: FlaskClient, file_of: Callable[..., str]
) -> None:
    video, sound, picture = file_of(), file_of(FileKind.AUDIO), file_of(FileKind.IMAGE)
    foreign = file_of(owner="serg")
    late = {"type": "trim", "config": {"start_sec": 100}}
    for at in (TASKS, f"{TASKS}/plan"):
        for kind, files, config, told in (
            ("trim", [sound], {}, (422, "edit_file_unfit", {"input_index": 0})),
            ("trim", [picture], {}, (422, "edit_file_unfit", {"input_index": 0})),
            ("join", [video, picture], {}, (422, "edit_file_unfit", {"input_index": 1})),
            ("audio_overlay", [video, picture], {}, (422, "edit_file_unfit", {"input_index": 1})),
            ("trim", [foreign], {}, (404, "file_unknown", {"file_ids": [foreign]})),
            ("join", [video, "nothing"], {}, (404, "file_unknown", {"input_index": 1})),
            ("trim", [video], {"start_sec": 100}, (422, "edit_starts_too_late", {})),
            ("thumbnail", [video], {"at_sec": 100}, (422, "edit_starts_too_late", {})),
            ("text_overlay", [video], {"texts": [{"content": "x", "font": "Nobody's"}]},
             (422, "font_unknown", {"font": "Nobody's"})),
            ("combined", [video], {"operations": [{"type": "trim"}, late]},
             (422, "edit_starts_too_late", {"operation_index": 1})),
            ("combined", [video], {"operations": [
                {"type": "trim"}, {"type": "audio_overlay", "input_files": [picture]}]},
             (422, "edit_file_unfit", {"operation_index": 1, "input_index": 0})),
        ):  # fmt: skip
            status, code, details = error(order(member, kind, *files, at=at, **config))
            assert (status, code) == told[:2], (kind, config)
            assert told[2].items() <= details.items(), (kind, details)
    assert member.get(TASKS).get_json()["meta"]["total"] == 0


def test_fields_are_named_by_their_path_in_the_callers_language(member: FlaskClient) -> None:
    config = {"operations": [{"type": "video_overlay", "config": {"opacity": 7}}]}
    body = {"type": "combined", "input_files": ["a", "b"], "config": config}
    answer = member.post(TASKS, json=body, headers={"Accept-Language": "ru"})
    at = "config.operations.0.config.opacity"
    assert error(answer) == (422, "invalid", {at: ["От 0 до 1."]})


def test_the_types_are_told_in_the_callers_language(member: FlaskClient) -> None:
    def told(language: str) -> dict[str, Any]:
        answer = member.get(f"{TASKS}/types", headers={"Accept-Language": language})
        return {each["type"]: each for each in answer.get_json()["data"]}

    english, russian = told("en"), told("ru")
    assert english["trim"]["title"] == "Trim"
    assert russian["trim"]["title"] == "Обрезать"
    opacity = russian["video_overlay"]["config"]["properties"]["opacity"]
    assert opacity == {
        "type": "number", "title": "Непрозрачность", "default": 1, "minimum": 0, "maximum": 1,
    }  # fmt: skip
    assert english["subtitles"]["inputs"][1] == {
        "title": "Subtitles", "kinds": ["subtitles"], "least": 0, "most": 1, "unless": "cues",
    }  # fmt: skip


def test_statistics_count_the_last_thirty_days_of_ones_own(
    member: FlaskClient, services: Services, cast: dict[str, FlaskClient]
) -> None:
    numbers = iter(range(100))

    def job(state: JobState, took_sec: float = 1.0, kind: str = "trim", **facts: Any) -> None:
        owner, age = facts.get("owner", HER), facts.get("age", timedelta())
        created = utcnow() - age
        draft = JobDraft(f"job-{next(numbers)}", id_of(services, owner), kind, created)
        with services.database.begin() as session:
            made = states.insert(session, draft)
            ended = created + timedelta(seconds=took_sec)
            values = {"state": state, "started": created, "finished": ended}
            session.execute(update(Job).where(Job.id == made.id).values(**values))

    job(JobState.SUCCEEDED, took_sec=500.0, age=timedelta(days=31))
    for took_sec in range(1, 11):
        job(JobState.SUCCEEDED, took_sec=float(took_sec))
    job(JobState.FAILED, kind="probe")
    job(JobState.CANCELLED)
    job(JobState.QUEUED, kind="merge")
    job(JobState.SUCCEEDED, took_sec=500.0, owner="serg")
    found = member.get(f"{TASKS}/statistics").get_json()
    assert (found["total"], found["success_rate"]) == (12, round(10 / 11, 4))
    assert found["by_status"] == {
        "pending": 0, "processing": 0, "completed": 10, "failed": 1, "cancelled": 1,
    }  # fmt: skip
    assert found["duration_sec"] == {"p50": 5.0, "p95": 10.0}
    assert found["by_type"]["trim"]["success_rate"] == 1.0
    assert found["by_type"]["probe"]["duration_sec"] == {"p50": None, "p95": None}
    assert found["by_type"]["join"]["success_rate"] is None


@pytest.mark.usefixtures("task_of_serg")
def test_a_finished_task_is_had_by_its_owner_and_by_its_link(
    cast: dict[str, FlaskClient],
) -> None:
    shown = cast["serg"].get(f"{TASKS}/task-of-serg").get_json()
    (output,) = shown["output_files"]
    assert (shown["status"], shown["progress"], output["name"]) == ("completed", 100, "trim.mp4")
    stranger, local = cast["stranger"], "http://localhost"
    link, poster = (output[name].removeprefix(local) for name in ("url", "poster_url"))
    also = f"/api/tasks/task-of-serg/{link.rpartition('/')[2]}"
    for at, data in ((link, b"a merged video"), (poster, b"its poster"), (also, b"a merged video")):
        with stranger.get(at) as answer:
            assert answer.data == data, at
    with stranger.get(link, headers={"Range": "bytes=2-7"}) as part:
        assert (part.status_code, part.data) == (206, b"merged")
        assert 'filename="trim.mp4"' in part.headers["Content-Disposition"]
    assert error(stranger.get(f"{link}x"))[:2] == (404, "task_unknown")


def test_a_log_holds_what_was_said_and_is_forgotten_with_the_result(
    services: Services, task_of_serg: str, cast: dict[str, FlaskClient]
) -> None:
    with services.database.read() as session:
        job = session.query(Job).filter_by(public_id=task_of_serg).one()
    logs = OperationLogs(services.database, live_hours=1)
    logs.note(job, {"operation": "measure", "duration_sec": 0.5, "success": True, "words": "fine"})
    failed = {"operation": "render", "duration_sec": 1.5, "success": False, "exit_code": 234}
    logs.note(job, failed | {"words": "x" * 50_000 + "no such filter"})
    told = cast["serg"].get(f"{TASKS}/{task_of_serg}/log").get_json()["data"]
    assert [(step["operation_type"], step["success"]) for step in told] == [
        ("measure", True), ("render", False),
    ]  # fmt: skip
    assert (told[0]["error_details"], told[1]["error_details"]) == (None, {"exit_code": 234})
    assert told[1]["words"].endswith("no such filter")
    assert len(told[1]["words"]) == 20_000
    with services.database.begin() as session:
        session.query(OperationLog).filter_by(operation_type="measure").update(
            {"timestamp": utcnow() - timedelta(hours=2)}
        )
    logs.forget_old()
    left = cast["serg"].get(f"{TASKS}/{task_of_serg}/log").get_json()["data"]
    assert [step["operation_type"] for step in left] == ["render"]


def test_the_service_says_that_it_is_alive(cast: dict[str, FlaskClient]) -> None:
    health = cast["stranger"].get("/api/v1/health").get_json()
    assert (health["status"], health["active_jobs"]) == ("healthy", 0)
    assert set(health) == {"status", "version", "uptime_seconds", "active_jobs"}


def test_a_plan_without_words_on_tasks_allows_as_many_as_merges(
    services: Services, config: Any
) -> None:
    import dataclasses

    from photoai.services.accounts import Plans

    old = {"merges_at_once": 3, "merges_per_day": None, "clip_max_mb": 1, "storage_mb": 1}
    path: Path = config.path("instance_dir") / "plans.json"
    path.write_text(json.dumps(dict.fromkeys(("free", "pro", "enterprise"), old)))
    plan = Plans.load(dataclasses.replace(config, plans_file=path)).named("free")
    assert (plan.tasks_at_once, plan.tasks_per_day) == (3, None)

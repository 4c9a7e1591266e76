"""What an account's plan allows of merges, and what is said beyond that."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.cliphost import ClipHost
from tests.support.clips import Clips
from tests.support.merging import API, Merger
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

PLANS = {
    "free": {"merges_at_once": 2, "merges_per_day": 3, "clip_max_mb": 1, "storage_mb": 5},
    "pro": {"merges_at_once": 9, "merges_per_day": 2, "clip_max_mb": 50, "storage_mb": 50},
    "enterprise": {"merges_at_once": 9, "merges_per_day": None, "clip_max_mb": 3, "storage_mb": 9},
}
names = itertools.count(1)


@pytest.fixture(scope="module")
def planned_server(
    make_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    plans: Path = tmp_path_factory.mktemp("plans") / "plans.json"
    plans.write_text(json.dumps(PLANS))
    own = {"FETCH_ALLOWED_HOSTS": "127.0.0.1", "MAX_CONCURRENT_JOBS": "3"}
    with make_server(PLANS_FILE=str(plans), **own) as running:
        yield running


@pytest.fixture
def member(planned_server: Server) -> Iterator[Callable[[str], Merger]]:
    made: list[Merger] = []

    def register(plan: str) -> Merger:
        made.append(Merger.registered(planned_server, f"member-{next(names)}", plan))
        return made[-1]

    yield register
    for client in made:
        client.close()


@pytest.fixture
def clip(host: ClipHost, clips: Clips) -> str:
    return host.put("of-a-plan.mp4", clips.make("lime", sec=0.4))


def used_up(answer: requests.Response) -> dict[str, Any]:
    """The details of a refusal."""
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (429, "plan_used_up"), answer.text
    assert int(answer.headers["Retry-After"]) > 0
    details: dict[str, Any] = error["details"]
    return details


def shown(client: Merger) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the plan allows besides tasks, and what of that is used."""
    verified = client.get(f"{API}/auth/verify").json()
    limits, usage = (
        {name: each for name, each in verified[part].items() if not name.startswith("tasks_")}
        for part in ("limits", "usage")
    )
    return limits, usage


def test_so_many_merges_may_wait_and_run_at_once(
    member: Callable[[str], Merger], host: ClipHost, clips: Clips, clip: str
) -> None:
    client, other = member("free"), member("free")
    gate = host.hold("held.mp4")
    held = host.put("held.mp4", clips.make("red", sec=0.4))
    running = [client.accepted(held, clip)["task_id"], client.accepted(clip, held)["task_id"]]
    limits, usage = shown(client)
    assert limits == {**PLANS["free"], "reels_cents_per_day": 100}  # of plans that do not say it
    assert usage == {"merges_running": 2, "merges_today": 2}
    assert used_up(client.order(clip)) == {
        "plan": "free", "limit": "merges_at_once", "allowed": 2, "used": 2,
    }  # fmt: skip
    assert client.post(f"{API}/merge/plan", json={"video_urls": [clip]}).status_code == 200
    other.merged(clip)  # nobody else is held up
    gate.set()
    for task_id in running:
        assert client.ended(task_id)["status"] == "completed"
    assert shown(client)[1] == {"merges_running": 0, "merges_today": 2}
    client.merged(clip)


def test_a_cancelled_merge_makes_room_at_once(
    member: Callable[[str], Merger], host: ClipHost, clips: Clips, clip: str
) -> None:
    client = member("free")
    host.hold("held-too.mp4")
    held = host.put("held-too.mp4", clips.make("blue", sec=0.4))
    task_ids = [client.accepted(held)["task_id"] for _ in range(2)]
    used_up(client.order(clip))
    for task_id in task_ids:
        assert client.delete(f"{API}/task/{task_id}").status_code == 202
    client.merged(clip)


def test_neither_a_replay_nor_a_retry_leads_past_a_plan(
    member: Callable[[str], Merger], host: ClipHost, clips: Clips
) -> None:
    client = member("free")
    gate = host.hold("held-again.mp4")
    held = host.put("held-again.mp4", clips.make("yellow", sec=0.4))
    ended = client.accepted(held)["task_id"]
    assert client.delete(f"{API}/task/{ended}").status_code == 202
    for _ in range(2):
        assert client.post(f"/api/tasks/{ended}/replay").status_code == 202
    for way in ("replay", "retry"):
        assert used_up(client.post(f"/api/tasks/{ended}/{way}"))["limit"] == "merges_at_once"
    assert shown(client)[1] == {"merges_running": 2, "merges_today": 3}
    gate.set()


def test_so_many_merges_may_be_begun_in_a_day(member: Callable[[str], Merger], clip: str) -> None:
    client = member("pro")
    client.merged(clip)
    again = client.order(clip, headers={"Idempotency-Key": "once"})
    assert again.json()["cache_hit"] is True
    details = used_up(client.order(clip))
    assert details == {"plan": "pro", "limit": "merges_per_day", "allowed": 2, "used": 2}
    assert shown(client)[1]["merges_today"] == 2
    joined = client.order(clip, headers={"Idempotency-Key": "once"})
    assert joined.json()["task_id"] == again.json()["task_id"], "a repeat is no new merge"
    assert client.get(f"{API}/task/{again.json()['task_id']}").status_code == 200


def test_a_plan_without_a_day_s_limit_says_so(member: Callable[[str], Merger], clip: str) -> None:
    client = member("enterprise")
    for _ in range(4):
        client.merged(clip)
    limits, usage = shown(client)
    assert (limits["merges_per_day"], usage["merges_today"]) == (None, 4)


@pytest.mark.parametrize(("plan", "most_mb"), [("free", 1), ("enterprise", 3), ("pro", 20)])
def test_a_clip_may_weigh_what_its_plan_allows_and_no_more_than_the_server_takes(
    member: Callable[[str], Merger], host: ClipHost, clips: Clips, plan: str, most_mb: int
) -> None:
    client, bytes_ = member(plan), clips.make("lime", sec=0.4).read_bytes()
    fits = host.put(f"fits-{plan}.mp4", grown(bytes_, most_mb * 1_000_000))
    heavy = host.put(f"heavy-{plan}.mp4", grown(bytes_, most_mb * 1_000_000 + 1))
    client.merged(fits)
    error = client.failed(heavy)
    assert error["code"] == "clip_too_large"
    assert error["details"] == {"clip_index": 0, "max_bytes": most_mb * 1_000_000}


def test_who_has_a_look_taken_at_a_slow_clip_leaves_the_others_their_place(
    member: Callable[[str], Merger], host: ClipHost, clips: Clips
) -> None:
    hasty, patient, other = member("free"), member("free"), member("free")
    content = clips.make("lime", sec=0.4)
    slow, quick = (host.put(f"looked-at-{which}.mp4", content) for which in ("slow", "quick"))
    gate = host.hold("looked-at-slow.mp4")

    def look(client: Merger, url: str) -> requests.Response:
        return client.post(f"{API}/merge/plan", json={"video_urls": [url]})

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(look, hasty, slow)
        wait_until(lambda: host.asked["GET", "looked-at-slow.mp4"], 10, "the first is looked at")
        refusal = look(hasty, quick)
        assert (refusal.status_code, refusal.json()["error"]["code"]) == (429, "your_queue_full")
        assert int(refusal.headers["Retry-After"]) > 0
        assert look(patient, quick).status_code == 200
        assert look(other, quick).status_code == 200
        gate.set()
        assert first.result(30).status_code == 200
    assert look(hasty, slow).status_code == 200


def test_a_clip_others_have_merged_weighs_as_much_for_who_may_have_less(
    member: Callable[[str], Merger], host: ClipHost, clips: Clips
) -> None:
    rich, poor = member("enterprise"), member("free")
    content = clips.make("lime", sec=0.4).read_bytes()
    heavy = host.put("heavy-for-some.mp4", grown(content, 1_000_001))
    light = host.put("light-for-all.mp4", content)
    rich.merged(light, heavy)
    for path in ("merge", "merge/plan"):
        answer = poor.post(f"{API}/{path}", json={"video_urls": [light, heavy], "quality": "low"})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (413, "clip_too_large")
        assert error["details"] == {"clip_index": 1, "bytes": 1_000_001, "max_bytes": 1_000_000}
    assert rich.order(light, heavy).json()["cache_hit"] is True
    host.put("heavy-for-some.mp4", grown(content, 999_999))
    plan = poor.post(f"{API}/merge/plan", json={"video_urls": [light, heavy], "quality": "low"})
    assert plan.status_code == 200, "it is lighter now"
    poor.merged(light, heavy)


def test_an_upload_that_weighs_too_much_is_refused_when_it_is_ordered(
    member: Callable[[str], Merger], clips: Clips, clip: str
) -> None:
    client, content = member("free"), clips.make("lime", sec=0.4).read_bytes()
    file = ("heavy.mp4", grown(content, 1_000_001))
    kept = client.post("/api/v1/files", files={"file": file}).json()["id"]
    for path in ("merge", "merge/plan"):
        answer = client.post(f"{API}/{path}", json={"video_urls": [clip, kept]})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (413, "clip_too_large")
        assert error["details"] == {"clip_index": 1, "bytes": 1_000_001, "max_bytes": 1_000_000}


def grown(clip: bytes, size_bytes: int) -> bytes:
    """The same clip with so much room at its end that it has this size."""
    free = size_bytes - len(clip)
    return clip + free.to_bytes(4, "big") + b"free" + bytes(free - 8)

"""What a merge says of itself while it is made, and how soon its order is answered."""

from __future__ import annotations

import secrets
import time
from itertools import groupby
from typing import Any

import pytest

from tests.support.cliphost import ClipHost, Visit
from tests.support.clips import Clips
from tests.support.merging import API, ENDED, Merger
from tests.support.misbehaving import slowly
from tests.support.waiting import outlast, wait_until

pytestmark = pytest.mark.slow

HEAD_SEC = 4.0
STAGES = ["starting", "downloading", "preparing", "merging", "completed"]


def test_the_stages_follow_each_other_and_progress_never_falls(
    merger: Merger, host: ClipHost, clips: Clips
) -> None:
    # Of its own each time: what was merged once would be there at once.
    own = ("-metadata", f"comment={secrets.token_hex(4)}")
    paths = [clips.make("testsrc2", sec=sec, size="640x360", options=own) for sec in (3.0, 4.0)]
    urls = [
        host.answer(f"slow-{index}.mp4", slowly(path.read_bytes(), sec=1.5))
        for index, path in enumerate(paths)
    ]
    order = merger.accepted(*urls, quality="medium", transition="crossfade")
    seen = polled(merger, order["task_id"])
    stages = [stage for stage, _ in groupby(task["status"] for task in seen)]
    assert stages == [stage for stage in STAGES if stage in stages], "each once and in order"
    assert {"downloading", "preparing", "merging", "completed"} <= {*stages}
    fractions = [task["progress"] for task in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 100
    left = [task["eta_sec"] for task in seen if task["status"] == "preparing"]
    known = [eta for eta in left if eta is not None]
    assert left[-len(known) :] == known, "once it is known it stays so"
    assert all(isinstance(eta, int | float) and eta > 0 for eta in known)
    assert known[-1] < max(known)


def polled(merger: Merger, task_id: str) -> list[dict[str, Any]]:
    """The task as it was at each look, to its end."""
    seen: list[dict[str, Any]] = []

    def has_ended() -> bool:
        seen.append(merger.task(task_id))
        return seen[-1]["status"] in ENDED

    wait_until(has_ended, 90, "the merge has ended")
    assert seen[-1]["status"] == "completed", seen[-1]
    return seen


def test_an_order_is_answered_within_its_second_however_slow_the_hosts_are(
    merger: Merger, host: ClipHost, clips: Clips
) -> None:
    names = [f"slow-to-say-{color}.mp4" for color in ("red", "lime", "blue")]
    urls = [
        host.put(name, clips.make(color, sec=0.4))
        for name, color in zip(names, ("red", "lime", "blue"), strict=True)
    ]
    merger.merged(*urls)

    def thinks_long(visit: Visit) -> None:
        name = visit.path.lstrip("/")
        if visit.command == "HEAD":
            outlast(HEAD_SEC)
        visit._send(name, host.files[name], with_body=visit.command == "GET")

    for name in names:
        host.answer(name, thinks_long)
    unknown = host.answer("never-seen.mp4", lambda visit: outlast(HEAD_SEC))
    took = []
    for order in (urls, urls[:1], [*urls, unknown]):
        began = time.monotonic()
        answer = merger.order(*order)
        took.append(time.monotonic() - began)
        task = answer.json()
        assert (answer.status_code, task["cache_hit"]) == (202, False), "it may be another clip"
        if order is urls:
            assert merger.ended(task["task_id"])["cache_hit"] is True, "the download has told"
        else:
            merger.delete(f"{API}/task/{task['task_id']}")
    assert max(took) < HEAD_SEC / 2
    assert min(took) < 1.0

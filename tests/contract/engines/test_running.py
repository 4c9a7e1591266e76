"""What both engines do with a job, from its acceptance to its one end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from photoai.errors import JobAlreadyEnded, ResultGone
from photoai.models import JobState
from tests.support.engines import Engine
from tests.support.waiting import wait_until
from tests.support.work import PAYLOAD


def test_an_accepted_job_runs_once_and_its_result_stands(engine: Engine) -> None:
    engine.process(), engine.process()
    job = engine.submit(writes=True)
    engine.wait_for(JobState.SUCCEEDED, job)
    row = engine.row(job)
    with engine.jobs.result(row) as file:
        assert file.read() == PAYLOAD
    assert row.result == {"attempt": 1, "size_bytes": len(PAYLOAD)}
    assert engine.work.attempts(job) == [1]
    assert engine.work.ends[job.id] == ["done"]
    assert engine.outcomes(job) == ["succeeded"]


def test_who_waits_for_a_job_is_told_its_end(engine: Engine) -> None:
    engine.process()
    job = engine.submit(for_sec=0.1)
    told = engine.jobs.wait(job, _in_20_sec())
    assert (told.state, told.result) == ("succeeded", {"attempt": 1})


def _in_20_sec() -> Callable[[], float]:
    until = time.monotonic() + 20
    return lambda: until


def test_what_was_accepted_before_any_process_ran_is_run(engine: Engine) -> None:
    if engine.kind == "memory":
        process = engine.process()
        process.queue._elected.clear()  # type: ignore[attr-defined]
    job = engine.submit()
    engine.process()
    engine.wait_for(JobState.SUCCEEDED, job)


def test_a_job_that_breaks_is_tried_again_after_its_wait(engine: Engine) -> None:
    engine.process()
    job = engine.submit(breaks=2)
    engine.wait_for(JobState.SUCCEEDED, job)
    assert engine.work.attempts(job) == [1, 2, 3]
    assert engine.outcomes(job) == ["error", "error", "succeeded"]
    assert engine.row(job).result == {"attempt": 3}
    assert engine.work.ends[job.id] == ["done"]


def test_a_job_that_breaks_every_time_fails_in_the_end(engine: Engine) -> None:
    engine.process()
    job = engine.submit(breaks=99)
    engine.wait_for(JobState.FAILED, job)
    assert engine.work.attempts(job) == [1, 2, 3]
    assert engine.row(job).error_code == "internal_error"
    assert engine.work.ends[job.id] == ["internal_error"]


def test_a_job_whose_child_dies_three_times_is_poison(engine: Engine) -> None:
    engine.process()
    job = engine.submit(child_dies=True)
    engine.wait_for(JobState.FAILED, job)
    assert engine.row(job).error_code == "poison"
    assert engine.outcomes(job) == ["child_died", "child_died", "failed"]


def test_a_queued_job_is_cancelled_at_once_and_never_runs(engine: Engine) -> None:
    engine.process()
    engine.work.parallel["left"] = 1
    first, second = engine.submit(hold="kind"), engine.submit()
    engine.wait_started(first)
    engine.jobs.cancel(engine.serg, second.public_id)
    assert engine.state(second) == JobState.CANCELLED
    engine.work.let_go()
    engine.wait_for(JobState.SUCCEEDED, first, engine.submit())
    assert engine.work.attempts(second) == []
    assert engine.work.ends[second.id] == ["cancelled"]


def test_a_running_job_hears_that_it_is_cancelled(engine: Engine) -> None:
    engine.process()
    job = engine.submit(hold="kind")
    engine.wait_started(job)
    engine.jobs.cancel(engine.serg, job.public_id)
    engine.wait_for(JobState.CANCELLED, job)
    wait_until(lambda: engine.processes[0].idle, what="its run has ended")
    assert engine.work.ends[job.id] == ["cancelled"]
    with pytest.raises(JobAlreadyEnded):
        engine.jobs.cancel(engine.serg, job.public_id)


def test_a_result_that_comes_after_the_cancel_is_thrown_away(engine: Engine) -> None:
    process = engine.process()
    job = engine.submit(hold="deaf", writes=True)
    engine.wait_started(job)
    engine.jobs.cancel(engine.serg, job.public_id)
    engine.wait_for(JobState.CANCELLED, job)
    engine.work.let_go()
    wait_until(lambda: process.idle, what="its run has ended")
    assert engine.state(job) == JobState.CANCELLED
    assert not list(engine.ground.store.stored("results"))
    assert engine.work.unsaid == {job.id: ["done"]}
    with pytest.raises(ResultGone):
        engine.jobs.result(engine.row(job))


def test_a_cancel_that_races_with_the_end_leaves_one_end(engine: Engine) -> None:
    engine.process()
    jobs = []
    for step in range(12):
        job = engine.submit(for_sec=step * 0.005, writes=True)
        engine.wait_started(job)
        jobs.append(job)
        try:
            engine.jobs.cancel(engine.serg, job.public_id)
        except JobAlreadyEnded:
            assert engine.state(job) == JobState.SUCCEEDED
    wait_until(lambda: all(JobState(engine.state(job)).ended for job in jobs), 30)
    wait_until(lambda: engine.processes[0].idle)
    for job in jobs:
        end = "done" if engine.state(job) == JobState.SUCCEEDED else "cancelled"
        assert engine.work.ends[job.id] == [end]
        assert (engine.row(job).result_key is not None) == (end == "done")
    kept = {file.key for file in engine.ground.store.stored("results")}
    assert kept == {engine.row(job).result_key for job in jobs} - {None}


def test_a_job_that_failed_or_was_cancelled_runs_again_when_asked(engine: Engine) -> None:
    engine.process()
    failed, cancelled = engine.submit(breaks=3), engine.submit(hold="kind")
    engine.wait_started(cancelled)
    engine.jobs.cancel(engine.serg, cancelled.public_id)
    engine.wait_for(JobState.CANCELLED, cancelled)
    engine.wait_for(JobState.FAILED, failed)
    engine.work.let_go()
    for job in (failed, cancelled):
        engine.jobs.retry(engine.serg, job.public_id)
    engine.wait_for(JobState.SUCCEEDED, failed, cancelled)
    assert engine.work.attempts(failed) == [1, 2, 3, 4]
    assert engine.work.attempts(cancelled) == [1, 2]
    assert engine.work.ends[failed.id] == ["internal_error", "done"]


def test_equal_requests_join_also_when_all_come_at_once(engine: Engine) -> None:
    engine.process()
    drafts = [
        replace(engine.draft(for_sec=0.1, writes=True), idempotency_key="the same photo")
        for _ in range(20)
    ]
    together = threading.Barrier(len(drafts))

    def submit(number: int) -> tuple[int, bool]:
        together.wait(20)
        submitted = engine.jobs.submit(drafts[number])
        return submitted.job.id, submitted.joined

    with ThreadPoolExecutor(len(drafts)) as pool:
        answers = list(pool.map(submit, range(len(drafts))))
    assert len({job_id for job_id, _ in answers}) == 1
    assert [joined for _, joined in answers].count(False) == 1
    job = engine.jobs.submit(drafts[0]).job
    engine.wait_for(JobState.SUCCEEDED, job)
    assert engine.jobs.submit(drafts[1]).joined, "its result is there"
    assert engine.work.attempts(job) == [1]

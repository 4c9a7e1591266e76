"""Processes stop, vanish and come back; accepted jobs do not notice more than they must."""

from __future__ import annotations

from threading import Thread

import pytest

from photoai.models import JobState
from tests.support.engines import Engine, Process
from tests.support.waiting import wait_until


def vanished(engine: Engine, process: Process) -> Process:
    """Its leases have run out, and another process is there."""
    process.vanish()
    engine.let_leases_run_out(*process.owners)
    return engine.process()


def test_an_orderly_stop_puts_running_jobs_back_and_others_finish_them(engine: Engine) -> None:
    process = engine.process()
    jobs = [engine.submit(hold="deaf"), engine.submit(hold="deaf"), engine.submit()]
    engine.wait_started(jobs[0])
    engine.wait_started(jobs[1])
    process.stop()
    assert [engine.state(job) for job in jobs] == [JobState.QUEUED] * 3
    assert [engine.row(job).crash_count for job in jobs] == [0, 0, 0]
    engine.work.go[2].set()
    engine.process()
    engine.wait_for(JobState.SUCCEEDED, *jobs)
    assert engine.outcomes(jobs[0]) == ["shutdown", "succeeded"]
    assert engine.work.attempts(jobs[0]) == [1, 2]


def test_what_a_vanished_process_ran_is_run_by_another(engine: Engine) -> None:
    process = engine.process()
    jobs = [engine.submit(hold="deaf"), engine.submit(hold="deaf")]
    for job in jobs:
        engine.wait_started(job)
    engine.work.go[2].set()
    vanished(engine, process)
    engine.wait_for(JobState.SUCCEEDED, *jobs)
    for job in jobs:
        assert engine.outcomes(job) == ["died", "succeeded"], "neither can be blamed"
        assert engine.row(job).crash_count == 1


def test_nothing_a_zombie_still_writes_changes_anything(engine: Engine) -> None:
    process = engine.process()
    job = engine.submit(hold="deaf", writes=True)
    engine.wait_started(job)
    vanished(engine, process)
    engine.wait_started(job, attempt=2)
    engine.work.go[1].set()
    wait_until(lambda: process.idle, what="the zombie's run has ended")
    assert engine.state(job) == JobState.RUNNING
    assert not list(engine.ground.store.stored("results"))
    engine.work.go[2].set()
    engine.wait_for(JobState.SUCCEEDED, job)
    row = engine.row(job)
    assert row.result is not None
    assert row.result["attempt"] == 2
    assert [file.key for file in engine.ground.store.stored("results")] == [row.result_key]
    assert engine.work.ends[job.id] == ["done"]


def test_a_job_that_was_alone_at_three_deaths_is_poison(engine: Engine) -> None:
    process = engine.process()
    job = engine.submit(hold="deaf")
    for attempt in (1, 2, 3):
        engine.wait_started(job, attempt)
        process = vanished(engine, process)
    engine.wait_for(JobState.FAILED, job)
    assert engine.row(job).error_code == "poison"
    assert engine.outcomes(job) == ["died_alone"] * 3
    engine.wait_for(JobState.SUCCEEDED, engine.submit())


def test_jobs_that_died_together_are_not_poison(engine: Engine) -> None:
    process = engine.process()
    jobs = [engine.submit(hold="deaf"), engine.submit(provider="right", hold="deaf")]
    for attempt in (1, 2):
        for job in jobs:
            engine.wait_started(job, attempt)
        process = vanished(engine, process)
    for attempt in range(3, 13):
        engine.work.go[attempt].set()
    engine.wait_for(JobState.SUCCEEDED, *jobs)
    for job in jobs:
        assert engine.outcomes(job)[:2] == ["died", "died"]


def test_a_job_cancelled_while_its_process_is_gone_is_not_run_again(engine: Engine) -> None:
    process = engine.process()
    job = engine.submit(hold="deaf")
    engine.wait_started(job)
    process.vanish()
    engine.change(job, cancel_requested=True)
    engine.let_leases_run_out(*process.owners)
    engine.process()
    engine.wait_for(JobState.CANCELLED, job)
    assert engine.work.attempts(job) == [1]


@pytest.mark.slow
def test_a_backlog_of_200_jobs_is_worked_off_when_processes_start(engine: Engine) -> None:
    if engine.kind == "memory":
        engine.process()
        engine.work.parallel["left"] = 0
    jobs = [engine.submit() for _ in range(200)]
    engine.work.parallel["left"] = 4
    engine.process(), engine.process()
    engine.wait_for(JobState.SUCCEEDED, *jobs, timeout_sec=120)
    assert len(engine.work.starts) == 200
    assert engine.work.most["left"] <= 4


def test_a_job_delivered_twice_runs_once_and_keeps_its_place(engine: Engine) -> None:
    engine.process()
    engine.work.parallel["left"] = 1
    job = engine.submit(hold="kind")
    engine.wait_started(job)
    for look in looks_at(engine, job.id):
        look.start()
        look.join(20)
    second = engine.submit()
    engine.work.let_go()
    engine.wait_for(JobState.SUCCEEDED, job, second)
    assert engine.work.attempts(job) == [1]
    assert engine.work.most["left"] == 1


def looks_at(engine: Engine, job_id: int) -> list[Thread]:
    """Each is one more delivery of the job."""
    if engine.kind == "memory":
        return [Thread(target=each.queue._dispatch) for each in engine.processes]  # type: ignore[attr-defined]
    return [Thread(target=each.deliveries.deliver, args=(job_id,)) for each in engine.processes]  # type: ignore[attr-defined]

"""How many jobs run at once, and in which order they come to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from photoai.errors import QueueFull, YourQueueFull
from photoai.models import JobState
from tests.support.engines import DELIVERIES, Engine, Ground, MemoryEngine, PostgresEngine
from tests.support.waiting import wait_until


def test_never_more_than_allowed_run_at_once_over_all_processes(engine: Engine) -> None:
    for _ in range(3):
        engine.process()
    engine.work.parallel.update(left=3, right=1)
    jobs = [engine.submit(for_sec=0.06) for _ in range(45)]
    jobs += [engine.submit(provider="right", for_sec=0.02) for _ in range(10)]
    engine.wait_for(JobState.SUCCEEDED, *jobs, timeout_sec=60)
    assert engine.work.most["left"] == 3
    assert engine.work.most["right"] == 1
    assert len(engine.work.starts) == len(jobs)


def test_a_full_slot_holds_back_its_own_jobs_only(engine: Engine) -> None:
    engine.process()
    engine.work.per_slot = 1
    long = 150 if engine.kind == "postgres" else 30
    held = [engine.submit(slot="slot-005", hold="kind") for _ in range(long)]
    wait_until(lambda: engine.work.starts)
    others = [engine.submit(slot=f"slot-00{number}") for number in (6, 7, 8)]
    engine.wait_for(JobState.SUCCEEDED, *others, timeout_sec=20)
    assert len(engine.work.starts) == 4
    for job in held[10:]:
        engine.jobs.cancel(engine.serg, job.public_id)
    engine.work.let_go()
    engine.wait_for(JobState.SUCCEEDED, *held[:10])
    assert engine.work.most["left slot-005"] == 1


def test_jobs_start_in_the_order_in_which_they_were_accepted(engine: Engine) -> None:
    engine.process()
    engine.work.parallel["left"] = 1
    jobs = [engine.submit(for_sec=0.01) for _ in range(30)]
    engine.wait_for(JobState.SUCCEEDED, *jobs)
    order = engine.work.order()
    # On PostgreSQL the first are fetched while others are on their way into the line.
    near = 0 if engine.kind == "memory" else 2
    assert max(abs(order.index(job.id) - place) for place, job in enumerate(jobs)) <= near


def test_a_full_pool_does_not_hold_up_another(engine: Engine) -> None:
    engine.process()
    full = [engine.submit(hold="kind") for _ in range(3 * DELIVERIES)]
    wait_until(lambda: len(engine.work.starts) == 2)
    other = [engine.submit(provider="right") for _ in range(5)]
    engine.wait_for(JobState.SUCCEEDED, *other, timeout_sec=10)
    assert engine.state(full[-1]) == JobState.QUEUED
    engine.work.let_go()
    engine.wait_for(JobState.SUCCEEDED, *full)


def test_who_pauses_for_long_gives_its_place_to_others_and_takes_it_again(engine: Engine) -> None:
    engine.process()
    engine.work.parallel["left"] = 1
    pausing = engine.submit(pause_sec=0.6)
    wait_until(lambda: pausing.id in engine.work.paused)
    others = [engine.submit(for_sec=0.05) for _ in range(10)]
    engine.wait_for(JobState.SUCCEEDED, pausing, *others)
    assert engine.work.most["left"] == 1
    ended = list(engine.work.ends)
    assert ended.index(others[0].id) < ended.index(pausing.id)
    assert engine.work.attempts(pausing) == [1]


def test_many_pauses_never_pass_the_limit(engine: Engine) -> None:
    engine.process(), engine.process()
    jobs = [engine.submit(pause_sec=0.5, for_sec=0.03) for _ in range(8)]
    jobs += [engine.submit(for_sec=0.05) for _ in range(20)]
    engine.wait_for(JobState.SUCCEEDED, *jobs, timeout_sec=60)
    assert engine.work.most["left"] == 2


def test_who_goes_over_to_another_provider_gives_its_place_to_others(engine: Engine) -> None:
    engine.process(), engine.process()
    engine.work.parallel.update(left=1, right=2)
    jobs = [engine.submit(moves_to="right", for_sec=0.02) for _ in range(12)]
    engine.wait_for(JobState.SUCCEEDED, *jobs, timeout_sec=60)
    assert {engine.row(job).provider for job in jobs if engine.work.moved[job.id]} == {"right"}
    assert (engine.work.most["left"], engine.work.most["right"]) <= (1, 2)


def test_who_finds_no_place_at_another_provider_keeps_its_own(engine: Engine) -> None:
    engine.process()
    engine.work.parallel.update(left=1, right=1)
    held = engine.submit(provider="right", hold="kind")
    engine.wait_started(held)
    job, behind = engine.submit(moves_to="right", for_sec=0.05), engine.submit()
    engine.wait_for(JobState.SUCCEEDED, job, behind)
    assert engine.work.moved[job.id] is False
    assert engine.row(job).provider == "left"
    assert engine.work.most["left"] == 1
    engine.work.let_go()
    engine.wait_for(JobState.SUCCEEDED, held)


def test_a_job_that_waits_is_sent_to_another_provider(engine: Engine) -> None:
    engine.process()
    engine.work.parallel.update(left=1, right=1)
    held = engine.submit(hold="kind")
    engine.wait_started(held)
    waiting = engine.submit()
    assert engine.jobs.redirect(waiting, "right")
    engine.wait_for(JobState.SUCCEEDED, waiting)
    assert engine.row(waiting).provider == "right"
    assert not engine.jobs.redirect(waiting, "left")
    assert not engine.jobs.redirect(held, "right")
    engine.work.let_go()
    engine.wait_for(JobState.SUCCEEDED, held)
    assert engine.work.attempts(waiting) == [1]


def test_a_cancel_reaches_a_job_that_pauses(engine: Engine) -> None:
    engine.process()
    job = engine.submit(pause_sec=30)
    wait_until(lambda: job.id in engine.work.paused)
    engine.jobs.cancel(engine.serg, job.public_id)
    engine.wait_for(JobState.CANCELLED, job)
    wait_until(lambda: engine.processes[0].idle)


def test_a_cancelled_job_has_its_place_until_its_run_has_ended(engine: Engine) -> None:
    engine.process()
    engine.work.parallel["left"] = 1
    deaf = engine.submit(hold="deaf")
    engine.wait_started(deaf)
    engine.jobs.cancel(engine.serg, deaf.public_id)
    engine.wait_for(JobState.CANCELLED, deaf)
    second = engine.submit()
    for _ in range(2):
        if isinstance(engine, PostgresEngine):
            engine.sweeper.sweep()
        engine.wait_for(JobState.SUCCEEDED, engine.submit(provider="right"))
    assert engine.state(second) == JobState.QUEUED
    engine.work.let_go()
    engine.wait_for(JobState.SUCCEEDED, second)


@pytest.mark.parametrize(
    ("limits", "refusal"),
    [
        ({"queue_max_size": 2}, QueueFull),
        ({"queue_max_per_provider": 2}, QueueFull),
        ({"queue_max_per_user": 2}, YourQueueFull),
    ],
)
def test_a_queue_at_its_limit_refuses(
    engine: Engine, limited: Callable[..., Ground], limits: dict[str, int], refusal: type[Exception]
) -> None:
    engine.ground = limited(**limits)
    if isinstance(engine, MemoryEngine):
        engine.process()
        engine.work.parallel["left"] = 0
    jobs = engine._jobs(engine.jobs._queue)
    waiting = [jobs.submit(engine.draft()).job for _ in range(2)]
    with pytest.raises(refusal):
        jobs.submit(engine.draft())
    engine.work.parallel["left"] = 2
    engine.process()
    engine.wait_for(JobState.SUCCEEDED, *waiting)
    jobs.submit(engine.draft())


def test_a_second_place_is_one_that_is_free_and_that_nobody_waits_for(engine: Engine) -> None:
    engine.process()
    alone = engine.submit(twice=True)
    engine.wait_for(JobState.SUCCEEDED, alone)
    assert engine.work.twice[alone.id]
    held = engine.submit(hold="kind")
    wait_until(lambda: len(engine.work.starts) == 2)
    beside = engine.submit(twice=True)
    engine.wait_for(JobState.SUCCEEDED, beside)
    assert not engine.work.twice[beside.id], "both places are taken"
    engine.work.let_go()
    engine.wait_for(JobState.SUCCEEDED, held)


def test_second_places_never_pass_the_limit_of_a_slot(engine: Engine) -> None:
    engine.process()
    engine.work.parallel["left"], engine.work.per_slot = 4, 1
    job = engine.submit(twice=True)
    engine.wait_for(JobState.SUCCEEDED, job)
    assert not engine.work.twice[job.id]


def test_second_places_never_pass_the_limit_over_all_processes(engine: Engine) -> None:
    for _ in range(3):
        engine.process()
    engine.work.parallel["left"] = 5
    jobs = [engine.submit(twice=True, for_sec=0.03) for _ in range(40)]
    engine.wait_for(JobState.SUCCEEDED, *jobs, timeout_sec=60)
    assert engine.work.most["left"] <= 5
    last = engine.submit(twice=True)
    engine.wait_for(JobState.SUCCEEDED, last)
    assert engine.work.twice[last.id], "all of them were given back"

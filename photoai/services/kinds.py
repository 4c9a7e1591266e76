"""What each kind of job is to the engine: its pool, its places, its lease, its end."""

from __future__ import annotations

from typing import Any

from photoai.config import Config
from photoai.db import Executor
from photoai.services.accounts import Allowance, Guests
from photoai.services.catalogue import Catalogue
from photoai.services.conversions import ConversionTask, conversion_id
from photoai.services.edits import EditTask
from photoai.services.ingest import CLOSED, PhotoTask
from photoai.services.jobs import Task
from photoai.services.merges import MergeTask, task_id
from photoai.services.reels import ReelParts

# A machine may be busy with nothing but its video; its photos are looked after more closely.
VIDEO_LEASE_SEC = 60.0


def photo_kind(photo: PhotoTask, catalogue: Catalogue, config: Config) -> Task:
    def parallel(provider: str | None) -> int:
        entry = catalogue.providers.get(provider or "")
        return entry.max_parallel_jobs if entry else 1

    def parallel_per_slot(provider: str | None) -> int | None:
        entry = catalogue.providers.get(provider or "")
        return entry.max_parallel_per_slot if entry else None

    return Task(
        run=photo.run,
        pool="photo",
        providers=tuple(catalogue.providers),
        parallel=parallel,
        parallel_per_slot=parallel_per_slot,
        ended=photo.ended,
        unsaid=photo.unsaid,
        at_first=(CLOSED,),
        timeout_sec=config.job_timeout_sec,
    )


def merge_kind(merge: MergeTask, allowance: Allowance, config: Config) -> Task:
    return Task(
        run=merge.run,
        ended=merge.ended,
        new_id=task_id,
        may_start=allowance.check,
        **_video(config),
    )


def edit_kind(edit: EditTask, allowance: Allowance, config: Config) -> Task:
    return Task(run=edit.run, may_start=allowance.check, **_video(config))


def conversion_kind(
    conversion: ConversionTask, allowance: Allowance, guests: Guests, config: Config
) -> Task:
    def may_start(db: Executor, user_id: int) -> None:
        allowance.check(db, user_id)
        guests.check_room(db, user_id)

    return Task(
        run=conversion.run,
        ended=conversion.ended,
        new_id=conversion_id,
        may_start=may_start,
        **_video(config),
    )


def reel_kind(reels: ReelParts, allowance: Allowance, guests: Guests, config: Config) -> Task:
    """Most of the time somebody else works for it: it has a line of its own."""

    def may_start(db: Executor, user_id: int) -> None:
        allowance.check(db, user_id)
        guests.check_room(db, user_id)
        reels.budget.check(db, user_id)

    return Task(
        run=reels.task.run,
        ended=reels.task.ended,
        may_start=may_start,
        may_retry=reels.records.check_there,
        **_video(config) | {"pool": "reels", "parallel": lambda provider: config.reels_parallel},
    )


def _video(config: Config) -> dict[str, Any]:
    """All that works on video waits in one line."""
    return {
        "pool": "video",
        "parallel": lambda provider: config.max_concurrent_jobs,
        "lease_sec": VIDEO_LEASE_SEC,
        "timeout_sec": config.job_timeout_sec,
        "has_original": False,
    }

"""The front door of merges: accept one, foresee one, find its video."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from sqlalchemy import func, select

from photoai.config import Config
from photoai.db import Database
from photoai.errors import (
    FetchRefused,
    JobUnknown,
    MergeUnknown,
    PhotoaiError,
    ResultGone,
)
from photoai.models import Job, JobState, KnownClip, UserFile
from photoai.services.accounts import Accounts, Caller
from photoai.services.clock import utcnow
from photoai.services.fetch import Fetcher, Validators
from photoai.services.files import Files
from photoai.services.jobs import JobDraft, Jobs, Submitted, Wishes
from photoai.services.storage import Store
from photoai.services.video import ClipFacts, ClipLimits, merge_digest, naming_the_clip

from .known import KnownMerges
from .order import MOST_CLIPS, MergeOrder, task_id
from .task import MERGE, MergeTask, poster_key
from .uploads import uploads_of

# Whether the addresses still hold what they held is asked before the call is answered.
ASK_WITHIN_SEC = 0.8


class Merges:
    def __init__(
        self,
        database: Database,
        store: Store,
        accounts: Accounts,
        files: Files,
        jobs: Jobs,
        known: KnownMerges,
        task: MergeTask,
        config: Config,
    ) -> None:
        self._db = database
        self._store = store
        self._accounts = accounts
        self._files = files
        self._jobs = jobs
        self._known = known
        self._task = task
        self._config = config
        self._fetcher = Fetcher(config.fetch_allowed_hosts)
        self._began = time.monotonic()

    def start(self, caller: Caller, order: MergeOrder, wishes: Wishes) -> Submitted:
        """The accepted job; it has ended already when an equal merge was made before.

        Raises:
            IdempotencyKeyReused
            FetchRefused, FileUnknown, FileNotVideo, ClipTooLarge, ClipTooManyPixels, ClipTooLong:
                `details.clip_index` names the clip.
            PlanUsedUp: as many merges wait and run, or were begun today, as the plan allows.
            QueueFull, YourQueueFull
        """
        if known := self._jobs.known(caller.id, wishes):
            return Submitted(known, joined=True)
        contents = self.contents(caller, order)
        done = self._task.made_before(merge_digest(contents, order.settings)) if contents else None
        draft = wishes.upon(self._draft(caller, order))
        return self._jobs.submit_done(draft, done) if done else self._jobs.submit(draft)

    def contents(self, caller: Caller, order: MergeOrder) -> list[str] | None:
        """The SHA-256 of each clip, when all of them are known: of uploads they are, of addresses
        when their validators, asked anew, still stand for what was downloaded once.

        Raises:
            FetchRefused, FileUnknown, FileNotVideo, ClipTooLarge, ClipTooManyPixels, ClipTooLong
        """
        limits = self.limits(caller)
        files = iter(self.uploads(caller, order))
        clips = self._known.clips(order.urls)
        deadline = time.monotonic() + ASK_WITHIN_SEC

        def content(index: int) -> str | None:
            url = order.sources[index].url
            with naming_the_clip(index):
                return self._content_at(url, clips.get(url), limits, deadline) if url else None

        with ThreadPoolExecutor(MOST_CLIPS) as pool:
            asked = list(pool.map(content, range(len(order.sources))))
        found = [
            sha256 if source.url else next(files).sha256
            for source, sha256 in zip(order.sources, asked, strict=True)
        ]
        return None if None in found else [each for each in found if each]

    def uploads(self, caller: Caller, order: MergeOrder) -> list[UserFile]:
        """The order's clips that are files of the caller's.

        Raises:
            FileUnknown, FileNotVideo, ClipTooLarge
        """
        return uploads_of(self._files, caller.id, order, self.limits(caller).max_bytes)

    def get(self, caller: Caller, public_id: str) -> Job:
        """The caller's own merge. Raises MergeUnknown."""
        return _merge(lambda: self._jobs.get(caller, public_id))

    def cancel(self, caller: Caller, public_id: str) -> Job:
        """Raises MergeUnknown, JobAlreadyEnded."""
        self.get(caller, public_id)
        return self._jobs.cancel(caller, public_id)

    def public(self, public_id: str) -> Job:
        """Anybody's merge, for who knows its number. Raises MergeUnknown."""
        return _merge(lambda: self._jobs.behind_link(public_id))

    def poster(self, job: Job) -> BinaryIO:
        """The poster frame of a finished merge, a JPEG. Raises ResultGone."""
        if job.result_key is None:
            raise ResultGone
        try:
            return self._store.open(poster_key(job.result_key))
        except FileNotFoundError:
            raise ResultGone from None

    def vitals(self) -> dict[str, int]:
        """`uptime_seconds` of this process, `active_jobs` that run in all of them."""
        running = select(func.count()).where(Job.state == JobState.RUNNING)
        with self._db.look() as connection:
            active = connection.scalar(running) or 0
        return {"uptime_seconds": int(time.monotonic() - self._began), "active_jobs": active}

    def params(self, caller: Caller, order: MergeOrder) -> dict[str, Any]:
        """The order as its job holds it, with what one clip may weigh."""
        return {**order.as_json(), "clip_max_bytes": self.limits(caller).max_bytes}

    def limits(self, caller: Caller) -> ClipLimits:
        """What a clip of the caller's may be, whoever else has had it merged."""
        return ClipLimits(
            max_bytes=self._accounts.plan_of(caller).clip_max_mb * 1_000_000,
            max_pixels=self._config.video_max_pixels,
            max_duration_sec=self._config.video_max_duration_sec,
        )

    def _draft(self, caller: Caller, order: MergeOrder) -> JobDraft:
        return JobDraft(
            public_id=task_id(),
            user_id=caller.id,
            kind=MERGE,
            created=utcnow(),
            params=self.params(caller, order),
        )

    def _content_at(
        self, url: str, clip: KnownClip | None, limits: ClipLimits, deadline: float
    ) -> str | None:
        if clip is None:
            self._fetcher.check(url, deadline=deadline)
            return None
        try:
            now = self._fetcher.validators(url, deadline=deadline)
        except FetchRefused:
            raise
        except PhotoaiError:  # then the download will tell
            return None
        if not (now and _still(clip, now)):
            return None
        limits.check_size(clip.size_bytes)
        if facts := ClipFacts.remembered(clip.probe):
            limits.check(facts)
        return clip.sha256


def _merge(find: Callable[[], Job]) -> Job:
    """The job that is found. Raises MergeUnknown when there is none, or it is something else."""
    try:
        job = find()
    except JobUnknown:
        raise MergeUnknown from None
    if job.kind != MERGE:
        raise MergeUnknown
    return job


def _still(clip: KnownClip, now: Validators) -> bool:
    """Whether the validators (RFC 9110, 8.8) say that nothing has changed since."""
    if now.size_bytes is not None and now.size_bytes != clip.size_bytes:
        return False
    if clip.etag or now.etag:
        return clip.etag == now.etag
    return clip.last_modified is not None and clip.last_modified == now.last_modified

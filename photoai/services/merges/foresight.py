"""What a merge would do, before anything runs."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from photoai.errors import QueueFull, YourQueueFull
from photoai.services.accounts import Caller
from photoai.services.video import (
    ClipFacts,
    is_doubtful,
    merge_digest,
    naming_the_clip,
    plan_merge,
)

from .estimate import estimated_sec
from .known import KnownMerges
from .merges import Merges
from .order import MergeOrder
from .task import MergeTask

AT_ONCE = 2
WITHIN_SEC = 45.0
RETRY_SEC = 5


class MergePlans:
    def __init__(
        self, merges: Merges, known: KnownMerges, task: MergeTask, max_duration_sec: float
    ) -> None:
        self._merges = merges
        self._known = known
        self._task = task
        self._max_duration_sec = max_duration_sec
        self._places = threading.Lock()
        self._at_work: set[int] = set()  # accounts

    def foresee(self, caller: Caller, order: MergeOrder) -> dict[str, Any]:
        """Canvas, mode, what happens to each clip, length and time. Clips nobody has seen yet are
        downloaded to be looked at.

        Raises:
            QueueFull: others are being looked at.
            YourQueueFull: so are the caller's own.
            PhotoaiError: a clip cannot be had or used; `details.clip_index` names it.
        """
        contents = self._merges.contents(caller, order)
        # What an address held before tells nothing of what it holds now.
        facts = self._facts(caller, order) if contents else None
        if contents and facts:
            found = plan_merge(facts, order.settings)
            found.check_length(self._max_duration_sec)
            plan = found.as_json()
        else:
            plan = self._looked_at(caller, order)
            contents = plan["contents"]
        done = self._task.made_before(merge_digest(contents, order.settings))
        quality, recent = order.settings.quality, self._known.recent()
        took_sec = 0.0 if done else estimated_sec(plan, quality, plan.get("fetched", 0), recent)
        return {**plan, "estimated_sec": took_sec, "cache_hit": done is not None}

    def _looked_at(self, caller: Caller, order: MergeOrder) -> dict[str, Any]:
        with self._place(caller):
            params = self._merges.params(caller, order)
            deadline = time.monotonic() + WITHIN_SEC
            with self._task.folders.own(f"plan-{uuid.uuid4()}") as folder:
                child = self._task.child("plan", caller.id, params, folder, deadline)
                return child.run(
                    lambda fraction, stage, eta_sec: None,
                    lambda facts: self._task.remember(order, facts),
                )

    @contextmanager
    def _place(self, caller: Caller) -> Iterator[None]:
        """One for each account, so that nobody's slow hosts keep all of them."""
        with self._places:
            if caller.id in self._at_work:
                raise YourQueueFull(retry_after=RETRY_SEC)
            if len(self._at_work) >= AT_ONCE:
                raise QueueFull(retry_after=RETRY_SEC)
            self._at_work.add(caller.id)
        try:
            yield
        finally:
            with self._places:
                self._at_work.discard(caller.id)

    def _facts(self, caller: Caller, order: MergeOrder) -> list[ClipFacts] | None:
        """None when a clip has not been looked at as well as merging would."""
        files = iter(self._merges.uploads(caller, order))
        clips = self._known.clips(order.urls)
        limits, facts = self._merges.limits(caller), []
        for index, source in enumerate(order.sources):
            known = clips.get(source.url) if source.url else next(files)
            found = ClipFacts.remembered(known.probe if known is not None else None)
            if found is None or is_doubtful(found, [order.settings.aspect_ratio]):
                return None
            with naming_the_clip(index):
                limits.check(found)
            facts.append(found)
        return facts

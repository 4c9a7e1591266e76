"""What a merge would do, before anything runs."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

from photoai.errors import QueueFull
from photoai.services.accounts import Caller
from photoai.services.video import ClipFacts, is_doubtful, merge_digest, plan_merge

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
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def foresee(self, caller: Caller, order: MergeOrder) -> dict[str, Any]:
        """Canvas, mode, what happens to each clip, length and time. Clips nobody has seen yet are
        downloaded to be looked at.

        Raises:
            QueueFull: others are being looked at.
            PhotoaiError: a clip cannot be had or used; `details.clip_index` names it.
        """
        contents, facts = self._merges.contents(caller, order), self._facts(caller, order)
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
        if not self._places.acquire(blocking=False):
            raise QueueFull(retry_after=RETRY_SEC)
        try:
            params = self._merges.params(caller, order)
            deadline = time.monotonic() + WITHIN_SEC
            with self._task.folders.own(f"plan-{uuid.uuid4()}") as folder:
                child = self._task.child("plan", caller.id, params, folder, deadline)
                return child.run(
                    lambda fraction, stage, eta_sec: None,
                    lambda facts: self._task.remember(order, facts),
                )
        finally:
            self._places.release()

    def _facts(self, caller: Caller, order: MergeOrder) -> list[ClipFacts] | None:
        """None when a clip has not been looked at as well as merging would."""
        files = iter(self._merges.uploads(caller, order))
        clips = self._known.clips(order.urls)
        facts = []
        for source in order.sources:
            known = clips.get(source.url) if source.url else next(files)
            found = ClipFacts.remembered(known.probe if known is not None else None)
            if found is None or is_doubtful(found, [order.settings.aspect_ratio]):
                return None
            facts.append(found)
        return facts

"""Results brought to webhooks, and the record of everything that was asked and brought."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import gevent

from tests.emulators.turbotext_jobs import Job, Jobs
from tests.emulators.turbotext_net import Network

HUGE_BYTES = 5_000_000
GARBAGE = b"<html><h1>It works!</h1></html>"


@dataclass
class Seen:
    """In order of arrival; times in seconds of `time.monotonic`, the same in every process."""

    # Each `{method, params, id, content_type}`, `id` None for one that was not taken.
    creates: list[dict[str, Any]] = field(default_factory=list)
    polls: dict[int, int] = field(default_factory=dict)
    poll_times: dict[int, list[float]] = field(default_factory=dict)
    # Each `{url, id, status}`, `id` as told in the body and `status` None without an answer.
    hooks: list[dict[str, Any]] = field(default_factory=list)

    def created(self, method: str, params: dict[str, str], content_type: str) -> dict[str, Any]:
        """The record, whose `id` is to be filled in."""
        record = {"method": method, "params": params, "id": None, "content_type": content_type}
        self.creates.append(record)
        return record

    def polled(self, job: Job) -> None:
        self.polls[job.id] = self.polls.get(job.id, 0) + 1
        self.poll_times.setdefault(job.id, []).append(time.monotonic())

    def shown(self) -> dict[str, Any]:
        return asdict(self)


class Hooks:
    """Brings each job's result to its webhook, as its words say."""

    def __init__(self, jobs: Jobs, network: Network) -> None:
        self._jobs, self._network = jobs, network

    def begin(self, job: Job, seen: Seen) -> None:
        """Returns at once, but with `hook=early` when all has been brought."""
        words = job.ask.words
        if job.ask.webhook is None or words.hook == "never":
            return
        if words.hook == "early":
            self._bring(job, job.ask.webhook, seen)
        else:
            gevent.spawn_later(words.delay_sec, self._bring, job, job.ask.webhook, seen)

    def _bring(self, job: Job, url: str, seen: Seen) -> None:
        for told, body in self._bodies(job):
            status = self._network.post(url, body)
            seen.hooks.append({"url": url, "id": told, "status": status})

    def _bodies(self, job: Job) -> Iterator[tuple[int, bytes]]:
        """Each with the id it is about."""
        hook = job.ask.words.hook
        if hook == "foreign":
            stranger = self._jobs.stranger(job)
            yield stranger.id, stranger.told(asyncid=stranger.id)
        if hook == "garbage":
            yield job.id, GARBAGE
        if hook == "huge":
            yield job.id, job.told(asyncid=job.id, padding="x" * HUGE_BYTES)
        if hook == "twice":
            yield job.id, job.told(asyncid=job.id)
        yield job.id, job.told(asyncid=job.id)

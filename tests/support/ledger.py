"""What a fault cost: how many photos or merges were accepted, lost, started more than once, and
how long it took until every one was finished. The figures of a run are shown at its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException

from . import photos
from .booth import BoothAnswer
from .editing import Editor
from .merging import Merger
from .server import Client, Server
from .waiting import wait_until

TALLIES: list[Tally] = []
ENDED = {"succeeded", "failed", "cancelled"}
# A worker that died has its lease until somebody else takes its merge.
MERGED_WITHIN_SEC = 180


@dataclass(frozen=True)
class Tally:
    fault: str
    accepted: int
    lost: int
    twice: int
    recovery_sec: float

    def line(self) -> str:
        return (
            f"{self.fault}: {self.accepted} accepted, {self.lost} lost, "
            f"{self.twice} started twice, all finished after {self.recovery_sec:.1f} s"
        )


@dataclass
class Crowd:
    """Booths that send photos side by side and keep what they were answered."""

    answers: list[BoothAnswer] = field(default_factory=list)
    broken: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)

    def send(self, server: Server, count: int, *, slot: str = "slot-001", first: int = 0) -> Crowd:
        booth = server.booth

        def one(seed: int) -> None:
            try:
                self.answers.append(booth.send(photos.jpeg(seed=seed), slot=slot))
            except (OSError, HTTPException):  # its server died, perhaps in the midst of an answer
                self.broken += 1

        threads = [threading.Thread(target=one, args=(first + seed,)) for seed in range(count)]
        for thread in threads:
            thread.start()
        self._threads += threads
        return self

    def join(self, timeout_sec: float = 90) -> Crowd:
        for thread in self._threads:
            thread.join(timeout_sec)
            assert not thread.is_alive(), "A booth was never answered."
        return self

    @property
    def told(self) -> set[str]:
        """The jobs whose numbers booths were told: these photos were accepted for sure."""
        ids = set()
        for answer in self.answers:
            if answer.status == 200:
                ids.add(answer.headers["X-Photoai-Job"])
            elif job_id := answer.error["details"].get("job_id"):
                ids.add(job_id)
        return ids


def configure(
    client: Client, prompt: str, slot: str = "slot-001", ladder: Sequence[object] = ()
) -> None:
    client.put(
        f"/api/slots/{slot}",
        json={
            "name": "fault",
            "provider_id": "example",
            "operation_id": "change_image",
            "settings_json": {"prompt": prompt},
            "ladder": list(ladder),
        },
    ).raise_for_status()


def jobs(client: Client) -> list[dict[str, object]]:
    """Every job of the caller's."""
    found: list[dict[str, object]] = []
    while True:
        page = client.get(f"/api/tasks?page_size=100&page={len(found) // 100 + 1}").json()
        found += page["data"]
        if len(found) >= page["meta"]["total"] or not page["data"]:
            return found


def settled(
    fault: str, client: Client, crowd: Crowd, *, since: float, within_sec: float = 60
) -> Tally:
    """Wait until every accepted photo is finished, and add up. `since` is the moment of the fault,
    a `time.monotonic()` value."""
    wait_until(
        lambda: all(job["state"] in ENDED for job in jobs(client)), within_sec, "all jobs ended"
    )
    recovery = time.monotonic() - since
    found = {str(job["id"]): job for job in jobs(client)}
    good = {
        job_id
        for job_id, job in found.items()
        if job["state"] == "succeeded" and _has_its_photo(client, job_id)
    }
    accepted = set(found) | crowd.told
    twice = sum(int(str(job["attempt"])) > 1 for job in found.values())
    tally = Tally(fault, len(accepted), len(accepted - good), twice, recovery)
    TALLIES.append(tally)
    return tally


def merged(fault: str, client: Merger | Editor, task_ids: Sequence[str], *, since: float) -> Tally:
    """Wait until all of these merges or tasks have ended, and add up; `since` as above."""
    ended = [client.ended(task_id, within_sec=MERGED_WITHIN_SEC) for task_id in task_ids]
    recovery = time.monotonic() - since
    lost = sum(task["status"] != "completed" for task in ended)
    rows = [client.get(f"/api/tasks/{task_id}").json() for task_id in task_ids]
    tally = Tally(fault, len(ended), lost, sum(row["attempt"] > 1 for row in rows), recovery)
    TALLIES.append(tally)
    return tally


def _has_its_photo(client: Client, job_id: str) -> bool:
    result = client.get(f"/api/tasks/{job_id}/result")
    return result.status_code == 200 and photos.opened(result.content).size == (640, 480)

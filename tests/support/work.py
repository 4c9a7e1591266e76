"""Jobs whose runs do as their params say, and are watched from inside while they do."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from photoai.errors import ChildFailed, PhotoaiError
from photoai.models import Job
from photoai.services.jobs import Done, Run, Task, Tasks
from photoai.services.storage import Store

PAYLOAD = b"a finished photo"
LONGEST_HOLD_SEC = 60.0
PATIENCE_SEC = 0.4  # of who goes over to a provider that has no place


@dataclass(frozen=True)
class Start:
    """One run that began: of which job, its attempt and who ran it."""

    job_id: int
    attempt: int
    owner: str | None


class Work:
    """The one kind of job of a test, for two providers. Its params, all optional:

    `for_sec` how long a run takes; `hold` until `go[attempt]` is set, hearing of cancellations
    when it is "kind" and not when it is "deaf"; `pause_sec` at its begin, or it goes over to
    `moves_to` another provider, or works at its own on a second place as well (`twice`); `breaks`
    up to this attempt; `child_dies`; `writes` a result.
    """

    providers = ("left", "right")

    def __init__(self, store: Store, *, lease_sec: float) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.starts: list[Start] = []
        self.ends: defaultdict[int, list[str]] = defaultdict(list)
        self.unsaid: defaultdict[int, list[str]] = defaultdict(list)
        self.paused: set[int] = set()
        self.moved: dict[int, bool] = {}
        self.twice: dict[int, bool] = {}
        self.go = {attempt: threading.Event() for attempt in range(1, 13)}
        self.parallel = {"left": 2, "right": 2}
        self.per_slot: int | None = None
        self.tasks: Tasks = {
            "work": Task(
                run=self.run,
                pool="work",
                providers=self.providers,
                parallel=lambda provider: self.parallel[provider or ""],
                parallel_per_slot=lambda provider: self.per_slot,
                ended=self._ended,
                unsaid=self._unsaid,
                lease_sec=lease_sec,
            )
        }

    def run(self, run: Run) -> Done:
        with self._counted(run.job):
            self.starts.append(Start(run.job.id, run.job.attempt, run.job.owner))
            if run.job.params.get("twice"):
                with (
                    run.second_place() as there,
                    self._counted(run.job) if there else nullcontext(),
                ):
                    self.twice[run.job.id] = there
                    return self._done(run)
            if not {"pause_sec", "moves_to"} & run.job.params.keys():
                return self._done(run)
        if there := run.job.params.get("moves_to"):
            self.moved[run.job.id] = run.move_to(there, time.monotonic() + PATIENCE_SEC)
            with self._counted(run.job):
                return self._done(run)
        self.paused.add(run.job.id)
        run.pause(run.job.params["pause_sec"])
        self.paused.discard(run.job.id)
        with self._counted(run.job):
            return self._done(run)

    def attempts(self, job: Job) -> list[int]:
        """Those of a job that began, in their order."""
        return [start.attempt for start in self.starts if start.job_id == job.id]

    def order(self) -> list[int]:
        """The jobs in the order in which they first began."""
        return list(dict.fromkeys(start.job_id for start in self.starts))

    def let_go(self) -> None:
        """Nothing is held any more."""
        for event in self.go.values():
            event.set()

    def _unsaid(self, job: Job, end: Done | PhotoaiError) -> None:
        self.unsaid[job.id].append("done" if isinstance(end, Done) else end.code)

    def _done(self, run: Run) -> Done:
        params, attempt = run.job.params, run.job.attempt
        threading.Event().wait(params.get("for_sec", 0.0))
        if "hold" in params:
            self._hold(run, deaf=params["hold"] == "deaf")
        if params.get("child_dies"):
            raise ChildFailed
        if attempt <= params.get("breaks", 0):
            raise RuntimeError("It broke, as it was told to.")
        if not params.get("writes"):
            return Done(None, {"attempt": attempt})
        key = f"results/{run.job.public_id}-{attempt}"
        with self._store.write(key, durable=False) as file:
            file.write(PAYLOAD)
        return Done(key, {"attempt": attempt, "size_bytes": len(PAYLOAD)})

    def _hold(self, run: Run, *, deaf: bool) -> None:
        go = self.go[run.job.attempt]
        if deaf:
            assert go.wait(LONGEST_HOLD_SEC)
        while not go.wait(0.02):
            run.check()

    def _ended(self, db: Session | Connection, job: Job, error: PhotoaiError | None) -> None:
        self.ends[job.id].append(error.code if error else "done")

    @contextmanager
    def _counted(self, job: Job) -> Iterator[None]:
        places = (job.provider or "", f"{job.provider} {job.slot_id}")
        self._count(places, 1)
        try:
            yield
        finally:
            self._count(places, -1)

    def _count(self, places: tuple[str, ...], change: int) -> None:
        with self._lock:
            for place in places:
                self._busy[place] += change
                self.most[place] = max(self.most[place], self._busy[place])

"""Both engines as a test sees them: work is accepted, processes run it, stop and vanish."""

from __future__ import annotations

import threading
import uuid
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text, update

from photoai.config import Config
from photoai.db import Database
from photoai.models import Job, JobAttempt, JobState, Permit, Role, User
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.events import LocalEvents
from photoai.services.jobs import FileLock, JobDraft, Jobs, LocalQueue, Queue, Runner, pool_of
from photoai.services.jobs.postgres import Deliveries, Permits, PostgresQueue, Sweeper, Worker
from photoai.services.storage import Store

from .waiting import wait_until
from .work import Work

LEASE_SEC, KEEP_EVERY_SEC, SWEEP_EVERY_SEC = 5.0, 0.3, 0.2
DELIVERIES = 6  # at once, for each pool of a process


@dataclass(frozen=True)
class Ground:
    """What an installation stands on."""

    database: Database
    store: Store
    config: Config

    def clear(self) -> None:
        """No job is left, and nothing that was written down about one."""
        tables = ["permit", "job_attempt", "job"]
        if not self.config.on_sqlite:
            tables += ["procrastinate_jobs", "procrastinate_workers"]
        with self.database.transaction() as db:
            for table in tables:
                db.execute(text(f"DELETE FROM {table}"))
        for file in list(self.store.stored("results")):
            self.store.delete(file.key)


class Process:
    """One of those that run jobs; a thread or more of the test's own process."""

    owners: tuple[str, ...]

    @abstractmethod
    def stop(self) -> None:
        """In order: what runs is put back."""

    @abstractmethod
    def vanish(self) -> None:
        """Killed or cut off: its leases are not renewed, what it runs goes on unheard of."""

    @property
    @abstractmethod
    def idle(self) -> bool: ...


class Engine:
    """An engine without processes; `process()` adds one."""

    kind: str
    jobs: Jobs

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.database = ground.database
        self.work = Work(ground.store, lease_sec=LEASE_SEC)
        self.events = LocalEvents()
        self.processes: list[Process] = []
        with self.database.read() as session:
            user = session.query(User).filter_by(username="serg").one()
        self.serg = Caller(user.id, user.username, Role(user.role))

    @abstractmethod
    def process(self) -> Process:
        """One more, at work."""

    def draft(self, *, provider: str = "left", slot: str = "slot-001", **params: Any) -> JobDraft:
        return JobDraft(
            str(uuid.uuid4()), self.serg.id, "work", utcnow(), params, provider, slot, "x"
        )

    def submit(self, **facts: Any) -> Job:
        return self.jobs.submit(self.draft(**facts)).job

    def row(self, job: Job) -> Job:
        with self.database.read() as session:
            return session.get_one(Job, job.id)

    def state(self, job: Job) -> str:
        return self.row(job).state

    def outcomes(self, job: Job) -> list[str | None]:
        """How its attempts ended, in their order."""
        query = select(JobAttempt.outcome).where(JobAttempt.job_id == job.id)
        with self.database.read() as session:
            return list(session.scalars(query.order_by(JobAttempt.attempt)))

    def wait_for(self, state: JobState, *jobs: Job, timeout_sec: float = 30.0) -> None:
        ids = {job.id for job in jobs}
        query = select(Job.id).where(Job.state == state)

        def there() -> bool:
            with self.database.read() as session:
                return ids <= set(session.scalars(query))

        try:
            wait_until(there, timeout_sec, f"{len(ids)} jobs are {state}")
        except AssertionError as error:
            error.add_note(str([(job.id, self.state(job)) for job in jobs][:20]))
            raise

    def wait_started(self, job: Job, attempt: int = 1, timeout_sec: float = 30.0) -> None:
        begun = lambda: attempt in self.work.attempts(job)  # noqa: E731
        wait_until(begun, timeout_sec, f"attempt {attempt} has begun")

    def change(self, job: Job, **values: Any) -> None:
        with self.database.transaction() as db:
            db.execute(update(Job).where(Job.id == job.id).values(**values))

    def let_leases_run_out(self, *owners: str) -> None:
        """As if nobody had renewed them for long."""
        past = utcnow() - timedelta(seconds=1)
        with self.database.transaction() as db:
            for table in (Job, Permit):
                held = update(table).where(table.owner.in_(owners), table.lease_until.is_not(None))
                db.execute(held.values(lease_until=past))

    def close(self) -> None:
        """End everything, whatever state it is in."""
        self.work.let_go()
        for process in self.processes:
            process.stop()
        wait_until(lambda: all(each.idle for each in self.processes), 30, "all runs have ended")

    def _jobs(self, queue: Queue) -> Jobs:
        return Jobs(
            self.database, self.ground.store, self.events, queue, self.work.tasks,
            self.ground.config,
        )  # fmt: skip


class MortalLock(FileLock):
    """The kernel gives it back when its process dies, and a dead process never asks again."""

    dead = False

    def acquire(self) -> bool:
        return not self.dead and super().acquire()

    def die(self) -> None:
        self.dead = True
        self.release()


class MemoryProcess(Process):
    def __init__(self, engine: MemoryEngine) -> None:
        ground, tasks = engine.ground, engine.work.tasks
        runner = Runner(ground.database, ground.store, engine.events, tasks)
        self._lock = MortalLock(engine.lock)
        self.queue = LocalQueue(ground.database, runner, tasks, self._lock)
        self.owners = (self.queue.owner,)
        self.gone = False
        self.queue.start()

    def stop(self) -> None:
        if not self.gone:
            self.gone = True
            self.queue.stop()

    def vanish(self) -> None:
        self.gone = True
        self.queue._held.put_back = lambda run: None  # type: ignore[method-assign]
        self.queue._stopped.set()
        self.queue._wake.set()
        self._lock.die()

    @property
    def idle(self) -> bool:
        return not len(self.queue._held)


class MemoryEngine(Engine):
    kind = "memory"

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.lock = ground.config.path("instance_dir") / f"{uuid.uuid4()}.lock"

    def process(self) -> MemoryProcess:
        process = MemoryProcess(self)
        self.processes.append(process)
        if len([each for each in self.processes if not each.gone]) == 1:
            wait_until(lambda: process.queue.elected, what="it is elected")
        return process

    @property
    def jobs(self) -> Jobs:  # type: ignore[override]
        """The door of the process that is elected, else the newest one's."""
        alive = [each for each in self.processes if not each.gone] or self.processes
        elected = [each for each in alive if each.queue.elected]
        return self._jobs((elected or alive[-1:])[0].queue)


class PostgresProcess(Process):
    """A worker process; `alone` stands for the one that it starts for a suspect."""

    def __init__(self, engine: PostgresEngine) -> None:
        self.deliveries, self.alone = engine.deliveries(), engine.deliveries()
        self.deliveries._apart = self.alone.deliver  # type: ignore[assignment]
        self.owners = (self.deliveries.owner, self.alone.owner)
        self.worker = Worker(
            engine.ground.config.postgres_url,
            {pool_of(engine.work.tasks, "work", each): DELIVERIES for each in Work.providers},
            self.deliveries.deliver,
            self.deliveries.stop,
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self.worker.run, name="worker", daemon=True)
        self._thread.start()
        every(KEEP_EVERY_SEC, self.keep, self._ended)

    def keep(self) -> None:
        self.deliveries.keep()
        self.alone.keep()

    def stop(self) -> None:
        if self._end_worker():
            self.deliveries.put_back_all()
            self.alone.put_back_all()
            self._ended.set()

    def vanish(self) -> None:
        self._ended.set()
        self._end_worker()

    def _end_worker(self) -> bool:
        """Whether it was at work."""
        if not self._thread.is_alive():
            return False
        self.worker.stop()
        self._thread.join(30)
        assert not self._thread.is_alive(), "The worker does not end."
        return True

    @property
    def idle(self) -> bool:
        return not len(self.deliveries._held) and not len(self.alone._held)


class PostgresEngine(Engine):
    kind = "postgres"

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.queue = PostgresQueue(ground.database, self.work.tasks)
        self.permits = Permits(self.work.tasks)
        self.runner = Runner(
            ground.database, ground.store, self.events, self.work.tasks, self.queue
        )
        self.sweeper = Sweeper(ground.database, self.runner, self.queue, self.permits)
        self.jobs = self._jobs(self.queue)
        self._closed = threading.Event()

    def sweep_now_and_then(self) -> PostgresEngine:
        every(SWEEP_EVERY_SEC, self.sweeper.sweep, self._closed)
        return self

    def forget_deliveries(self) -> None:
        """Nothing is on its way to a worker any more."""
        with self.database.transaction() as db:
            db.execute(text("DELETE FROM procrastinate_jobs"))

    def deliveries(self) -> Deliveries:
        """As a worker has them; its leases end unless somebody keeps them."""
        return Deliveries(self.database, self.runner, self.work.tasks, self.permits)

    def kept_deliveries(self) -> Deliveries:
        kept = self.deliveries()
        every(KEEP_EVERY_SEC, kept.keep, self._closed)
        return kept

    def process(self) -> PostgresProcess:
        process = PostgresProcess(self)
        self.processes.append(process)
        return process

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._closed.set()


def every(seconds: float, work: Callable[[], None], ended: threading.Event) -> None:
    """Do it again and again in a thread, whatever comes of it."""

    def forever() -> None:
        while not ended.wait(seconds):
            try:
                work()
            except Exception:  # noqa: BLE001 - as the worker's own loop does
                continue

    threading.Thread(target=forever, daemon=True).start()

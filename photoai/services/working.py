"""The life of a worker process: it runs jobs that web processes have accepted."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable

from photoai.config import Config
from photoai.db import Database
from photoai.errors import ConfigError
from photoai.services.alerts import Alerts
from photoai.services.background import every
from photoai.services.jobs import AdvisoryLock, Runner, Tasks, die_with, pool_of, run_apart
from photoai.services.jobs.postgres import Deliveries, Permits, PostgresQueue, Sweeper, Worker
from photoai.services.metrics import Metrics, serve_metrics
from photoai.services.upkeep import Upkeep
from photoai.services.webhooks import Webhooks

KEEP_EVERY_SEC, SWEEP_EVERY_SEC, LOOK_SEC = 2.0, 5.0, 0.2
# What is cancelled is gone within two seconds, its processes' own end among them.
HEAR_EVERY_SEC = 0.5
# Jobs that only wait for a moment (a provider's back-off) keep a thread and leave their place to
# others.
DELIVERIES_PER_PLACE, DELIVERIES_MORE = 2, 2
log = logging.getLogger(__name__)


class Working:
    def __init__(
        self,
        database: Database,
        runner: Runner,
        tasks: Tasks,
        queue: PostgresQueue,
        upkeep: Upkeep,
        webhooks: Webhooks,
        alerts: Alerts,
        metrics: Metrics,
        config: Config,
    ) -> None:
        self._tasks = tasks
        self._metrics = metrics
        self._upkeep = upkeep
        self._webhooks = webhooks
        self._alerts = alerts
        self._config = config
        self._duty = AdvisoryLock(database)
        self._on_duty = False
        self._ended = threading.Event()
        self._stopping = threading.Event()
        permits = Permits(tasks)
        self._sweeper = Sweeper(database, runner, queue, permits)
        self._deliveries = Deliveries(database, runner, tasks, permits, self._apart)
        self._alone = Deliveries(database, runner, tasks, permits)

    def run(self) -> None:
        """Work until the process is told to end; what it could not finish goes to others."""
        hide_metrics = self._show_metrics()
        worker = Worker(
            self._config.postgres_url, self.pools(), self._deliveries.deliver, self._stop
        )
        self._look_after(self._deliveries)
        every(SWEEP_EVERY_SEC, self._do_duty, name="duty", until=self._ended)
        self._upkeep.start(on_duty=lambda: self._on_duty)
        self._webhooks.start(on_duty=lambda: True)
        self._alerts.start()
        try:
            worker.run()
        finally:
            hide_metrics()
            self._upkeep.stop()
            self._webhooks.stop()
            self._alerts.stop()
            self._deliveries.put_back_all()
            self._ended.set()
            self._duty.release()
            log.info("worker_ended")

    def run_only(self, job_id: int) -> None:
        """Run one job that is suspected of bringing its process down, and put it back when told to
        end; ends with the worker that started it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, frame: self._stopping.set())
        die_with(os.getppid())
        self._look_after(self._alone)
        work = threading.Thread(target=self._alone.deliver, args=(job_id,), daemon=True)
        work.start()
        while work.is_alive() and not self._stopping.is_set():
            work.join(LOOK_SEC)
        self._alone.stop()
        self._alone.put_back_all()
        self._ended.set()

    def pools(self) -> dict[str, int]:
        """How many deliveries of each pool this process takes at once."""
        return {
            pool_of(self._tasks, kind, provider): min(
                self._config.worker_concurrency,
                task.parallel(provider) * DELIVERIES_PER_PLACE + DELIVERIES_MORE,
            )
            for kind, task in self._tasks.items()
            for provider in task.providers
        }

    def _look_after(self, deliveries: Deliveries) -> None:
        every(KEEP_EVERY_SEC, deliveries.keep, name="leases", until=self._ended)
        every(HEAR_EVERY_SEC, deliveries.hear, name="cancels", until=self._ended)

    def _show_metrics(self) -> Callable[[], None]:
        """Of several workers on one machine the first has the port; the others work without."""
        try:
            return serve_metrics(self._metrics, self._config)
        except ConfigError as error:
            log.warning("metrics_not_shown", extra={"fields": {"reason": error.message}})
            return lambda: None

    def _stop(self) -> None:
        self._stopping.set()
        self._deliveries.stop()

    def _apart(self, job_id: int) -> None:
        code = run_apart(["--only", str(job_id)], self._stopping.is_set)
        if code:
            log.error("suspect_died", extra={"fields": {"job": job_id, "exit_code": code}})

    def _do_duty(self) -> None:
        """One process of all sweeps and tidies."""
        self._on_duty = self._duty.held() or self._duty.acquire()
        if self._on_duty:
            self._sweeper.sweep()

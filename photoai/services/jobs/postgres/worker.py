"""The worker process: procrastinate's workers under one roof, one for each pool.

It is not patched: asyncio takes what is delivered, threads do the work.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Delivery
from procrastinate.worker import Worker as DeliveryWorker
from psycopg import OperationalError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from photoai.db import POSTGRES_PATIENCE

from .queue import DEAD_AFTER_SEC, HEARTBEAT_SEC, LOOK

POLL_SEC = 1.0
# What still runs then is put back: another process makes it anew.
DRAIN_SEC = 20.0
# A process that has not reached its database for so long ends, so that it is started afresh.
SILENT_SEC, LOOK_SEC, ANSWER_SEC = 60.0, 5.0, 5.0
RESTART_SEC, RESTART_AT_MOST_SEC = 0.5, 5.0
EX_TEMPFAIL = 75  # sysexits.h
AT_ONCE = datetime.fromtimestamp(0, UTC)  # by any clock
# How long it is tried to tell procrastinate how a delivery ended.
ACKNOWLEDGE_SEC = 10.0
Deliver = Callable[[int], datetime | None]
log = logging.getLogger(__name__)


class ComeBack(Exception):
    """The job cannot start before `at`."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at


def _is_lost_connection(error: BaseException) -> bool:
    return isinstance(error, ConnectorException) and isinstance(error.__cause__, OperationalError)


class Again(BaseRetryStrategy):
    """What has not been seen through is delivered again: the job's row decides about its end."""

    def get_retry_decision(self, *, exception: BaseException, job: Delivery) -> RetryDecision:
        if isinstance(exception, ComeBack):
            return RetryDecision(retry_at=exception.at)
        if isinstance(exception, asyncio.CancelledError):  # its worker ends, or fell
            return RetryDecision(retry_at=AT_ONCE)
        return RetryDecision(retry_in={"seconds": min(30, 2**job.attempts)})


class PoolWorker(DeliveryWorker):
    """Ends when it cannot listen, show signs of life or acknowledge a delivery any more, so that it
    is made anew."""

    async def _persist_job_status(self, *args: Any, **kwargs: Any) -> None:
        # What procrastinate does not hear of would look as if it were being worked on for as long
        # as this worker lives. An acknowledgement whose answer was lost may be said twice: the
        # second one finds nothing to change.
        lost = retry_if_exception(_is_lost_connection)
        late = stop_after_delay(ACKNOWLEDGE_SEC)
        until = lambda tries: self._stop_event.is_set() or late(tries)  # noqa: E731
        wait = wait_random_exponential(0.1, max=2.0)
        acknowledge = super()._persist_job_status
        try:
            await AsyncRetrying(retry=lost, stop=until, wait=wait, reraise=True)(
                acknowledge, *args, **kwargs
            )
        except ConnectorException as error:
            log.warning("not_acknowledged", extra={"fields": {"error": repr(error)}})
            if _is_lost_connection(error):
                self.stop()

    async def _periodic_deferrer(self) -> None:
        # There is nothing periodic, and procrastinate watches its side tasks only until the first
        # has ended: without this one it would go on deaf after a restart of the database.
        await asyncio.Event().wait()


class Worker:
    """`pools` says how many deliveries of each pool are taken at once; `stopping` is called when
    the process is told to end, and no more are taken."""

    def __init__(
        self, url: str, pools: Mapping[str, int], deliver: Deliver, stopping: Callable[[], None]
    ) -> None:
        self._pools = pools
        self._deliver = deliver
        self._stopping = stopping
        self._stopped = threading.Event()
        self._workers: set[PoolWorker] = set()
        # One each: what is still busy with one pool takes no threads from another.
        self._threads = {
            pool: ThreadPoolExecutor(count, thread_name_prefix=pool)
            for pool, count in pools.items()
        }
        self._app = App(
            connector=PsycopgConnector(
                conninfo=url,
                kwargs=POSTGRES_PATIENCE,
                min_size=1,
                max_size=len(pools) + 2,
                timeout=10,
            )
        )
        self._app.task(name=LOOK, retry=Again(), pass_context=True)(self._look)

    def run(self) -> None:
        """Take deliveries until SIGTERM or SIGINT, then see through what runs, for 20 s at most."""
        asyncio.run(self._main())

    def stop(self) -> None:
        """Take no more; a second time, end at once."""
        if self._stopped.is_set():
            os._exit(1)
        log.info("worker_stopping")
        self._stopped.set()
        self._stopping()
        for worker in tuple(self._workers):
            worker.shutdown_graceful_timeout = DRAIN_SEC
            worker.stop()

    async def _look(self, context: JobContext, job_id: int) -> None:
        threads = self._threads[context.job.queue]
        loop = asyncio.get_running_loop()
        again_at = await loop.run_in_executor(threads, self._deliver, job_id)
        if again_at is not None:
            raise ComeBack(again_at)

    async def _main(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        watchdog = asyncio.create_task(self._watch())
        log.info("worker_ready", extra={"fields": {"pools": dict(self._pools)}})
        while not self._stopped.is_set():
            try:
                async with self._app.open_async():
                    await asyncio.gather(*map(self._work_through, self._pools))
            except Exception:
                log.exception("worker_lost_its_database")
                await self._app.close_async()  # it would go on with a pool that is closed
                await self._rest(RESTART_AT_MOST_SEC)
        watchdog.cancel()

    async def _work_through(self, pool: str) -> None:
        """Whatever ends a worker of procrastinate's, another one takes its place."""
        rest = RESTART_SEC
        while not self._stopped.is_set():
            began = time.monotonic()
            worker = self._worker(pool)
            self._workers.add(worker)
            try:
                await worker.run()
            except Exception as error:  # noqa: BLE001 - a database that restarts, a network
                log.warning("worker_fell", extra={"fields": {"pool": pool, "error": repr(error)}})
            finally:
                self._workers.discard(worker)
            if time.monotonic() - began > DEAD_AFTER_SEC:
                rest = RESTART_SEC
            await self._rest(rest)
            rest = min(RESTART_AT_MOST_SEC, 2 * rest)

    def _worker(self, pool: str) -> PoolWorker:
        return PoolWorker(
            self._app,
            queues=[pool],
            name=pool,
            concurrency=self._pools[pool],
            fetch_job_polling_interval=POLL_SEC,
            # Its threads go on when it falls; the next one need not wait for them.
            shutdown_graceful_timeout=0.0,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SEC,
            stalled_worker_timeout=DEAD_AFTER_SEC,
        )

    async def _watch(self) -> None:
        """End a process that cannot reach its database: what it holds is not its own any more."""
        answered = time.monotonic()
        while True:
            try:
                await asyncio.wait_for(self._app.check_connection_async(), ANSWER_SEC)
                answered = time.monotonic()
            except Exception:  # noqa: BLE001 - whatever it is, the database has not answered
                log.warning("database_silent")
            if time.monotonic() - answered > SILENT_SEC:
                log.critical("worker_gives_up")
                os._exit(EX_TEMPFAIL)
            await asyncio.sleep(LOOK_SEC)

    async def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopped.is_set():
            await asyncio.sleep(0.1)

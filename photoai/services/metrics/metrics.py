"""One process's instruments (https://prometheus.io/docs/practices/naming/).

Labels are few and take few values: never an id, a user or an address. Counters are this process's
own and begin at nothing when it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric

from photoai import __version__
from photoai.config import Config
from photoai.errors import ConfigError

from .looks import (
    Look,
    Waiting,
    of_backups,
    of_folder,
    of_providers,
    of_queue,
    of_readiness,
    of_venue,
)

REQUEST_SEC = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
PHOTO_SEC = (0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 40, 50, 60, 120)
WORK_SEC = (0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
NO_ROUTE, OTHER = "none", "other"
STATES = ("succeeded", "failed", "cancelled")
STORE_OPERATIONS = ("write", "flush", "open", "delete", "list", "sweep")

# Otherwise every counter has a second line about when it began.
disable_created_metrics()


class Metrics:
    """What happens is noted down by whoever sees it; `listeners`, `viewers`,
    `photos_late` and `backups_failed` are used as they are.

    What an alarm waits for is there from the start, at nothing: the first of a counter that was
    not there is no rise for Prometheus.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        build = Info("photoai_build", "Which version runs.", registry=self.registry)
        build.info({"version": __version__})

        counter, timer = self._counter, self._timer
        self._requests = counter("http_requests", "Answers.", "method", "route", "status")
        self._refusals = counter("refusals", "Requests that were refused, by error code.", "code")
        self._rungs = counter("rungs", "Finished photos, late ones too.", "rung")
        self._jobs_ended = counter("jobs_ended", "Jobs that ended here.", "kind", "state")
        self._jobs_failed = counter("job_failures", "Jobs that failed here.", "kind", "code")
        self._calls = counter("provider_calls", "Tries, by their end.", "provider", "result")
        self._store_errors = counter("storage_errors", "Failures of the store.", "operation")
        self._stored = counter("storage_written_bytes", "Bytes that were stored.", "folder")

        self._requests_took = timer(
            "http_request", "Until an answer began.", REQUEST_SEC, "method", "route"
        )
        self._photos_took = timer("photo_response", "How long booths waited.", PHOTO_SEC, "rung")
        self._jobs_waited = timer("queue_wait", "From accepted to started.", WORK_SEC, "kind")
        self._jobs_ran = timer("job_run", "One attempt at a job.", WORK_SEC, "kind")
        self._calls_took = timer("provider_call", "What a provider took.", WORK_SEC, "provider")

        name, help = "photoai_photos_late", "Photos their booth did not get in time."
        self.photos_late = Counter(name, help, registry=self.registry)
        name, help = "photoai_backups_failed", "Daily copies of the database that were not made."
        self.backups_failed = Counter(name, help, registry=self.registry)
        name, help = "photoai_listeners", "Clients that listen to live events."
        self.listeners = Gauge(name, help, registry=self.registry)
        name, help = "photoai_viewers", "Clients that watch a video as ASCII."
        self.viewers = Gauge(name, help, registry=self.registry)
        for operation in STORE_OPERATIONS:
            self._store_errors[operation,]

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """`route` is the rule an address came under, never the address."""
        method = method if method in METHODS else OTHER
        route = route or NO_ROUTE
        self._requests[method, route, f"{status // 100}xx"].inc()
        self._requests_took[method, route].observe(seconds)

    def refused(self, code: str) -> None:
        self._refusals[code,].inc()

    def photo_answered(self, rung: str, seconds: float) -> None:
        self._photos_took[rung,].observe(seconds)

    def job_waited(self, kind: str, seconds: float) -> None:
        self._jobs_waited[kind,].observe(max(0.0, seconds))

    def job_ran(self, kind: str, seconds: float) -> None:
        self._jobs_ran[kind,].observe(seconds)

    def expect_jobs(self, kind: str) -> None:
        for state in STATES:
            self._jobs_ended[kind, state]

    def job_ended(self, kind: str, state: str, rung: str | None = None) -> None:
        self._jobs_ended[kind, state].inc()
        if rung is not None:
            self._rungs[rung,].inc()

    def job_failed(self, kind: str, code: str) -> None:
        self._jobs_failed[kind, code].inc()

    def provider_called(self, provider: str, result: str) -> None:
        self._calls[provider, result].inc()

    def provider_took(self, provider: str, seconds: float) -> None:
        self._calls_took[provider,].observe(seconds)

    def store_failed(self, operation: str) -> None:
        self._store_errors[operation,].inc()

    def stored(self, folder: str, size_bytes: int) -> None:
        """`folder` is the first part of a key."""
        self._stored[folder,].inc(size_bytes)

    def watch_queue(self, look: Callable[[], Iterable[Waiting]]) -> None:
        self._look(lambda: of_queue(look()))

    def watch_readiness(self, ready: Callable[[], bool]) -> None:
        """Whether somebody lives who runs jobs."""
        self._look(lambda: of_readiness(ready()))

    def watch_providers(self, healthy: Callable[[], Mapping[str, bool]]) -> None:
        self._look(lambda: of_providers(healthy()))

    def watch_venue(self, online: Callable[[], bool]) -> None:
        """Whether the internet is there, as far as this process knows."""
        self._look(lambda: of_venue(online()))

    def watch_folder(self, folder: Path) -> None:
        """How much room is left for a store in a folder."""
        self._look(lambda: of_folder(folder))

    def watch_backups(self, newest: Callable[[], Mapping[str, datetime]]) -> None:
        """`newest` says when the last copy for each reason was made."""
        self._look(lambda: of_backups(newest()))

    def page(self, accept: str) -> tuple[bytes, str]:
        """Everything as text in the format an Accept header asks for, and that format's name."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _look(self, families: Callable[[], Iterable[Metric]]) -> None:
        self.registry.register(Look(families))

    def _counter(self, name: str, help: str, *labels: str) -> _Children:
        return _Children(Counter(f"photoai_{name}", help, labels, registry=self.registry))

    def _timer(self, name: str, help: str, bounds: tuple[float, ...], *labels: str) -> _Children:
        name = f"photoai_{name}_seconds"
        return _Children(Histogram(name, help, labels, buckets=bounds, registry=self.registry))


class _Children(dict[tuple[str, ...], Any]):
    """A metric by the values of its labels: its own `labels()` costs ten times as much."""

    def __init__(self, metric: Counter | Histogram) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, values: tuple[str, ...]) -> Any:
        self[values] = child = self._metric.labels(*values)
        return child


def serve_metrics(metrics: Metrics, config: Config) -> Callable[[], None]:
    """Answer Prometheus from a thread, in a process without a web server of its own, where
    WORKER_METRICS_HOST and WORKER_METRICS_PORT say; what ends it again.

    Raises:
        ConfigError: it could not listen there.
    """
    host, port = config.worker_metrics_host, config.worker_metrics_port
    if not port:
        return lambda: None
    try:
        server, thread = start_http_server(port, addr=host, registry=metrics.registry)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            f"Cannot listen on {host}:{port}: {reason}. See WORKER_METRICS_PORT."
        ) from None

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end

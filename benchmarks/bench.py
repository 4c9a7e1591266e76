"""What every benchmark stands on: servers, booths, probes, rows."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from photoai.config import ROOT
from tests.emulators.example import ExampleEmulator
from tests.support.booth import Booth
from tests.support.example import catalogue
from tests.support.server import Server, free_port
from tests.support.waiting import wait_until


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, in which unit, against what, and the budget."""

    benchmark: str
    figure: str
    measured: float
    unit: str
    baseline: str = ""
    budget: str = ""


@contextmanager
def photoai(
    prompt: str = "delay=0", settings: Mapping[str, str] | None = None, **limits: object
) -> Iterator[Server]:
    """The server with slot-001 set to the example provider and room for a thousand photos."""
    with tempfile.TemporaryDirectory() as folder, ExampleEmulator() as emulator:
        env = {
            "EXAMPLE_URL": emulator.url,
            "PROVIDERS_FILE": str(catalogue(Path(folder), **limits)),
            "QUEUE_MAX_SIZE": "2000",
            "LOG_LEVEL": "INFO",
            **(settings or {}),
        }
        with Server(Path(folder), env=env, app="tests.support.wsgi:app") as server:
            configure(server, prompt)
            yield server


def configure(
    server: Server, prompt: str, slot: str = "slot-001", provider: str = "example"
) -> None:
    with server.session("serg") as serg:
        body = {
            "provider_id": provider,
            "operation_id": "change_image",
            "settings_json": {"prompt": prompt},
        }
        serg.put(f"/api/slots/{slot}", json=body).raise_for_status()


@contextmanager
def bare_flask(prompt: str = "delay=0") -> Iterator[Booth]:
    """The baseline view under gunicorn as we configure it."""
    port = free_port()
    with ExampleEmulator() as emulator:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}",
                "--log-level", "error", "--no-control-socket", "benchmarks.baseline:app",
            ],
            cwd=ROOT,
            env={**os.environ, "EXAMPLE_URL": emulator.url, "EXAMPLE_PROMPT": prompt},
        )  # fmt: skip
        try:
            wait_until(lambda: answers(port), 20, "the baseline answers")
            yield Booth("127.0.0.1", port)
        finally:
            process.terminate()
            process.wait(10)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).ok
    except requests.RequestException:
        return False


@dataclass
class Probe:
    """Asks /healthz again and again; how long each answer took, in milliseconds."""

    url: str
    every_sec: float = 0.01
    ms: list[float] = field(default_factory=list)

    def __enter__(self) -> Probe:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        with requests.Session() as session:
            while not self._stop.wait(self.every_sec):
                started = time.perf_counter()
                session.get(f"{self.url}/healthz", timeout=30)
                self.ms.append((time.perf_counter() - started) * 1000)


def percentile(values: Sequence[float], percent: int) -> float:
    """By interpolation between the measured values, never beyond them."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def show(rows: Sequence[Row]) -> str:
    head = ("benchmark", "figure", "measured", "baseline", "budget")
    table = [head] + [
        (row.benchmark, row.figure, f"{row.measured:.1f} {row.unit}", row.baseline, row.budget)
        for row in rows
    ]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    lines = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in table
    ]
    return "\n".join(
        [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
    )

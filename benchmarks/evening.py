"""Three hundred guests, and vendors that slow down, refuse, run out of quota and vanish."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.support.guests import PHASES, TIMEOUT_SEC, Evening, Served

from .bench import Row, percentile


def evening() -> Iterator[Row]:
    """One row for each thing that befalls the vendors: p95 of what its guests waited, beside the
    other parts, the rungs that served them and what they cost."""
    with tempfile.TemporaryDirectory() as folder, Evening.begun(Path(folder)) as night:
        night.pass_by()
        with night.server.session("serg") as serg:
            for phase in PHASES:
                of_phase, usd = night.of(phase), night.cost_usd(serg, phase)
                yield _row(f"vendors {phase}", of_phase, f", {usd:.2f} USD")
        good = sum(each.is_good for each in night.served)
        about = f"{len(night.served)} guests, time-out {TIMEOUT_SEC} s"
        share = 100 * good / len(night.served)
        yield Row("evening", "answered with a whole photo in time", share, "%", about, "100")


def _row(figure: str, served: list[Served], more: str) -> Row:
    took = [each.answer.seconds for each in served]
    p50, p95, p99 = (percentile(took, part) for part in (50, 95, 99))
    rungs = Counter(each.rung for each in served)
    shares = ", ".join(f"{rung} {count}" for rung, count in sorted(rungs.items()))
    return Row("evening", figure, p95, "s", f"p50 {p50:.1f}, p99 {p99:.1f}; {shares}{more}")

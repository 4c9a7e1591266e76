"""`python -m benchmarks [NAME …]`: run them, print the table, keep it as JSON."""

from __future__ import annotations

import dataclasses
import json
import sys

from photoai.config import ROOT

from .ascii import ascii_mp4, ascii_text
from .backups import daily_backup
from .bench import show
from .evening import evening
from .fitting import print_fit
from .fleet import fleet_waiting, queue_latency, queue_scaling
from .ingest import big_photo, ingest_overhead, ingest_waiting
from .ladder import ladder
from .live import sse_fanout
from .merges import merge_cold, merge_copy, merge_scaling
from .pages import pages
from .process import idle_memory, startup
from .providers import provider_fanout
from .reels import reels
from .stats import stats_million
from .tasks import tasks
from .watching import ascii_live

BENCHMARKS = {
    run.__name__: run
    for run in (
        startup,
        idle_memory,
        ingest_overhead,
        ingest_waiting,
        big_photo,
        provider_fanout,
        print_fit,
        sse_fanout,
        stats_million,
        pages,
        queue_latency,
        queue_scaling,
        fleet_waiting,
        daily_backup,
        merge_cold,
        merge_copy,
        merge_scaling,
        tasks,
        ascii_live,
        ascii_mp4,
        ascii_text,
        reels,
        ladder,
        evening,
    )
}


def main() -> int:
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        print(
            f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(BENCHMARKS)}."
        )
        return 2
    rows = [row for name in names for row in BENCHMARKS[name]()]
    print(show(rows))
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    lines = [dataclasses.asdict(row) for row in rows]
    (folder / "latest.json").write_text(json.dumps(lines, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

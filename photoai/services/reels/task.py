"""The kind of job an analysis is, on the parent's side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from photoai.config import Config
from photoai.db import Executor
from photoai.errors import PhotoaiError
from photoai.models import Job, UserFile
from photoai.services import measuring
from photoai.services.files import Files
from photoai.services.jobs import Child, Done, Limits, Run, Spares
from photoai.services.merges import WorkFolders
from photoai.services.storage import Store

from .analysis import PROMPT_VERSION
from .attempt import Analysed, Attempt, Means
from .order import ReelOrder
from .progress import PREPARING
from .records import ANALYSES
from .timings import Timings

MEASURED_BY = f"{measuring.__name__}.measuring"  # with what it loads
MEMORY_BYTES = 2 << 30
MOST_SHOTS = 120
JSON = "application/json"
# Of a result, what is shown wherever jobs are.
SHOWN = (
    "model", "model_version", "prompt_version", "target_language", "usage", "cost", "cache_hit",
    "repairs", "warnings", "timings",
)  # fmt: skip


class ReelTask:
    def __init__(
        self,
        means: Means,
        store: Store,
        files: Files,
        folders: WorkFolders,
        spares: Spares,
        config: Config,
    ) -> None:
        self._means = means
        self._store = store
        self._files = files
        self._folders = folders
        self._spares = spares
        self._config = config

    def run(self, run: Run) -> Done:
        """Raises PhotoaiError: why there is no analysis. What was measured before is kept."""
        job, order = run.job, ReelOrder.from_json(run.job.params)
        with self._folders.attempt(job.public_id, job.attempt) as folder:
            run.progress(0.0, PREPARING)
            path = folder / "input"
            began = Timings()
            with began.of(PREPARING):
                file = self._files.bring(job.user_id, order.file_id or "", path)

            def measure() -> Child:
                limits = Limits.until(run.deadline, MEMORY_BYTES)
                work = _work(file, path, run.deadline)
                return Child(
                    f"{measuring.__name__}:measure", work, folder, limits, self._spares.take
                )

            attempt = Attempt(self._means, run, order, file, path, measure)
            try:
                analysed = attempt.result()
            finally:
                self._spares.prepare()
            run.check()
            timings = began.as_json() | attempt.timings.as_json()
            return self._published(job, order, file, analysed, timings)

    def ended(self, db: Executor, job: Job, error: PhotoaiError | None) -> None:
        """What was only sent for this is let go of; tried again within a day, it is still there."""
        order = ReelOrder.from_json(job.params)
        if order.came_along and order.file_id:
            self._files.let_go(db, job.user_id, order.file_id)

    def _published(
        self,
        job: Job,
        order: ReelOrder,
        file: UserFile,
        analysed: Analysed,
        timings: Mapping[str, float],
    ) -> Done:
        result = {
            **_told(analysed),
            "prompt_version": PROMPT_VERSION,
            "target_language": order.target_language,
            "timings": dict(timings),
            "file_name": file.name,
        }
        data = json.dumps(result | {"facts": analysed.facts}, ensure_ascii=False).encode()
        key = f"{ANALYSES}/{job.public_id}.{job.attempt}.json"
        with self._store.write(key) as into:
            into.write(data)
        self._means.records.analysed(job, result)
        shown = {name: result[name] for name in SHOWN}
        return Done(key, {**shown, "mime": JSON, "size_bytes": len(data)})


def _work(file: UserFile, path: Path, deadline: float) -> dict[str, Any]:
    """What the child is told; `deadline` is a `time.monotonic()` value."""
    known = {name: getattr(file, name) for name in ("mime", "sha256", "name")}
    return {
        "input": {**known, "path": str(path), "facts": file.probe or {}},
        "deadline": deadline,
        "max_shots": MOST_SHOTS,
    }


def _told(analysed: Analysed) -> dict[str, Any]:
    facts = asdict(analysed.analysis)
    facts.pop("request_ids")
    return {**facts.pop("answer"), **facts, "cache_hit": analysed.cache_hit}

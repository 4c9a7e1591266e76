"""The kind of job a task is, on the parent's side: it hands the files to a child process, listens
to it, and publishes what it made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from photoai.config import Config
from photoai.models import Job
from photoai.services.files import Files
from photoai.services.jobs import Child, Done, Limits, Run, Spares
from photoai.services.merges import WorkFolders, poster_key
from photoai.services.storage import Store, keep_all

from .engine import EDITING, input_of, naming_as_ordered, work_of
from .fonts import OwnFonts
from .inputs import naming_the_input
from .logs import OperationLogs
from .order import EditOrder

MEMORY_BYTES = 6 << 30
ENDINGS = {
    "video/mp4": "mp4",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/json": "json",
}


class EditTask:
    def __init__(
        self,
        store: Store,
        files: Files,
        fonts: OwnFonts,
        folders: WorkFolders,
        logs: OperationLogs,
        spares: Spares,
        config: Config,
    ) -> None:
        self._store = store
        self._files = files
        self._fonts = fonts
        self._folders = folders
        self._logs = logs
        self._spares = spares
        self._config = config

    def run(self, run: Run) -> Done:
        """Raises PhotoaiError: why nothing was made; `details` name the operation and the file
        where one is to blame."""
        job = run.job
        order = EditOrder.from_json(job.kind, job.params)
        with self._folders.attempt(job.public_id, job.attempt) as folder:
            run.child = self._child(run, order, folder)
            try:
                with naming_as_ordered(order):
                    made = run.child.run(run.progress, lambda told: self._heard(run, told))
            finally:
                self._spares.prepare()
            run.check()
            return self._published(job, order, folder, made)

    def _child(self, run: Run, order: EditOrder, folder: Path) -> Child:
        """Raises FileUnknown, StorageFull, StorageUnavailable"""
        inputs = self._brought(run, order, folder)
        mimes = [each["mime"] for each in inputs]
        fonts = self._fonts.brought(run.job.user_id, order, mimes, folder)
        work = work_of(order, inputs, fonts, run.deadline, self._config)
        limits = Limits.until(run.deadline, MEMORY_BYTES)
        return Child(f"{EDITING}:edit", work, folder, limits, self._spares.take)

    def _brought(self, run: Run, order: EditOrder, folder: Path) -> list[dict[str, Any]]:
        """The files of the order, each brought once however often it is used."""
        found: dict[str, dict[str, Any]] = {}
        for number, each in enumerate(order.inputs):
            if each.file_id not in found:
                run.check()
                path = folder / f"input-{number}"
                with naming_the_input(order, each):
                    file = self._files.bring(run.job.user_id, each.file_id, path)
                found[each.file_id] = input_of(file, path)
        return [found[each.file_id] for each in order.inputs]

    def _heard(self, run: Run, told: Mapping[str, Any]) -> None:
        run.check()
        if operation := told.get("operation"):
            self._logs.note(run.job, operation)

    def _published(self, job: Job, order: EditOrder, folder: Path, made: Mapping[str, Any]) -> Done:
        mime = str(made["mime"])
        # The attempt is part of the key: an attempt that lost its job cannot overwrite.
        key = f"results/{job.public_id}.{job.attempt}.{ENDINGS[mime]}"
        files = {key: folder / Path(made["file"]).name}
        size_bytes = files[key].stat().st_size
        if poster := made.get("poster"):
            files[poster_key(key)] = folder / Path(poster).name
        keep_all(self._store, files)
        facts = {
            **made["facts"],
            "mime": mime,
            "size_bytes": size_bytes,
            "has_poster": bool(poster),
            "quality": order.quality,
        }
        return Done(key, facts, beside=tuple(files.keys() - {key}))

"""The kind of job a conversion is, on the parent's side: it hands the video to a child process,
listens to it, and publishes what it made."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from photoai.config import Config
from photoai.db import Database, Executor
from photoai.errors import PhotoaiError
from photoai.models import Job, JobState, Role, User, UserFile
from photoai.services.files import Files
from photoai.services.jobs import Child, Done, Limits, Run, Spares
from photoai.services.merges import WorkFolders
from photoai.services.storage import Store, keep_all

from .artifacts import KINDS, POSTER, folder_of, result_kind
from .order import ConversionOrder

CONVERTING = "photoai.services.ascii.converting"
DRAWING = f"{CONVERTING}.making"  # with what it loads
MEMORY_BYTES = 4 << 30
# Of all that one conversion makes.
MOST_OUTPUT_BYTES = 4_000_000_000
# Of callers without an account: columns times frames.
MOST_FOR_GUESTS = 300_000
MOST_OUTPUT_FOR_GUESTS = 500_000_000
TOTAL = "frames"  # of the job's params, once it is known


class ConversionTask:
    def __init__(
        self,
        database: Database,
        store: Store,
        files: Files,
        folders: WorkFolders,
        spares: Spares,
        config: Config,
    ) -> None:
        self._db = database
        self._store = store
        self._files = files
        self._folders = folders
        self._spares = spares
        self._config = config

    def run(self, run: Run) -> Done:
        """Raises PhotoaiError: why nothing was made."""
        order = ConversionOrder.from_json(run.job.params)
        with self._folders.attempt(run.job.public_id, run.job.attempt) as folder:
            file = self._files.bring(run.job.user_id, order.file_id or "", folder / "input")
            work = self._work(order, file, folder / "input", run.deadline)
            work |= self._most(run.job.user_id, order)
            limits = Limits.until(run.deadline, MEMORY_BYTES)
            run.child = Child(f"{CONVERTING}:convert", work, folder, limits, self._spares.take)
            try:
                made = run.child.run(run.progress, lambda told: self._heard(run, told))
            finally:
                self._spares.prepare()
            run.check()
            return self._published(run.job, folder, made)

    def ended(self, db: Executor, job: Job, error: PhotoaiError | None) -> None:
        """What was only sent for this is let go of; tried again within a day, it is still there."""
        order = ConversionOrder.from_json(job.params)
        if order.came_along and order.file_id:
            self._files.let_go(db, job.user_id, order.file_id)

    def _work(
        self, order: ConversionOrder, file: UserFile, path: Path, deadline: float
    ) -> dict[str, Any]:
        """What the child is told; `deadline` is a `time.monotonic()` value."""
        known = {name: getattr(file, name) for name in ("kind", "mime", "sha256", "name")}
        ordered = order.as_json()
        wished = ("look", "fps", "crf", "save_mp4", "save_gif", "save_txt", "save_png")
        return {
            "input": {**known, "facts": file.probe or {}, "path": str(path)},
            **{name: ordered[name] for name in wished},
            "deadline": deadline,
            "max_pixels": self._config.video_max_pixels,
        }

    def _most(self, user_id: int, order: ConversionOrder) -> dict[str, Any]:
        """What it may come to: a GIF does not say how long it is before it is opened."""
        with self._db.read() as session:
            is_guest = session.scalar(select(User.role).where(User.id == user_id)) == Role.GUEST
        longest = self._config.video_max_duration_sec
        if is_guest:
            longest = min(longest, self._config.anonymous_max_duration_sec)
        frames = longest * order.fps
        return {
            "max_duration_sec": longest,
            "max_frames": min(frames, MOST_FOR_GUESTS // order.look.width) if is_guest else frames,
            "max_output_bytes": MOST_OUTPUT_FOR_GUESTS if is_guest else MOST_OUTPUT_BYTES,
        }

    def _heard(self, run: Run, told: Mapping[str, Any]) -> None:
        """How many frames there will be is written down once: whoever asks how far it is reads the
        row, maybe in another process."""
        run.check()
        total = (told.get("frames") or {}).get("total")
        if total is None or run.job.params.get(TOTAL) == total:
            return
        job = run.job
        job.params = {**job.params, TOTAL: int(total)}
        mine = (Job.id == job.id, Job.attempt == job.attempt, Job.state == JobState.RUNNING)
        with self._db.transaction(durable=False) as db:
            db.execute(update(Job).where(*mine).values(params=job.params))

    def _published(self, job: Job, folder: Path, made: Mapping[str, Any]) -> Done:
        files = {kind: folder / Path(name).name for kind, name in made["files"].items() if name}
        at = folder_of(job.public_id, job.attempt)
        keys = {kind: f"{at}/{KINDS[kind].stored}" for kind in files}
        sizes = {kind: path.stat().st_size for kind, path in files.items()}
        keep_all(self._store, {keys[kind]: path for kind, path in files.items()})
        result = result_kind(files)
        facts = {
            **{name: fact for name, fact in made.items() if name != "files"},
            "files": sizes,
            "mime": KINDS[result].mime,
            "size_bytes": sizes[result],
            "has_poster": POSTER in files,
        }
        others = tuple(key for kind, key in keys.items() if kind != result)
        return Done(keys[result], facts, beside=others)


def conversion_id() -> str:
    """As its clients know it: 12 hex digits."""
    return secrets.token_hex(6)

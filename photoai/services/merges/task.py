"""The kind of job a merge is, on the parent's side: it hands the clips to a child process, listens
to it, and publishes what it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from photoai.config import Config
from photoai.db import Executor
from photoai.errors import PhotoaiError
from photoai.models import Job
from photoai.services.files import Files
from photoai.services.jobs import Child, Done, Limits, Run, Spares
from photoai.services.storage import Store, keep_all
from photoai.services.video import merge_digest, naming_the_clip

from .folders import WorkFolders
from .known import Finished, KnownMerges
from .order import MergeOrder

MERGE = "merge"
MERGING = "photoai.services.video.merging"
MP4 = "video/mp4"
MEMORY_BYTES = 6 << 30
# As many times the longest attempt its folder may lie there.
OUTLIVES = 2


class _MadeBefore(Exception):
    def __init__(self, done: Done) -> None:
        self.done = done


class MergeTask:
    """Runs merges, and knows which need not be run."""

    def __init__(
        self, store: Store, files: Files, known: KnownMerges, spares: Spares, config: Config
    ) -> None:
        self._store = store
        self._files = files
        self._known = known
        self._spares = spares
        self._config = config
        self.folders = WorkFolders(
            config.path("instance_dir") / "work", OUTLIVES * config.job_timeout_sec
        )

    def run(self, run: Run) -> Done:
        """Raises PhotoaiError: why there is no video; `details.clip_index` names the clip."""
        order = MergeOrder.from_json(run.job.params)
        with self.folders.attempt(run.job.public_id, run.job.attempt) as folder:
            run.child = self.child("merge", run.job.user_id, run.job.params, folder, run.deadline)
            try:
                made = run.child.run(run.progress, lambda facts: self._told(run, order, facts))
            except _MadeBefore as before:
                return before.done
            finally:
                self._spares.prepare()
            run.check()
            return self._published(run, order, folder, made)

    def child(
        self, work: str, user_id: int, params: Mapping[str, Any], folder: Path, deadline: float
    ) -> Child:
        """A process for one of the works on an order's clips, which are brought to `folder` as far
        as they are uploads. Raises FileUnknown, StorageFull, StorageUnavailable."""
        config = self._config
        order = {
            "sources": self._sources(user_id, folder, params["sources"]),
            "settings": params["settings"],
            "segments": str(config.path("instance_dir") / "segments"),
            "segments_max_bytes": config.segment_cache_mb * 1_000_000,
            "allowed_hosts": list(config.fetch_allowed_hosts),
            "clip_max_bytes": params["clip_max_bytes"],
            "max_pixels": config.video_max_pixels,
            "max_duration_sec": config.video_max_duration_sec,
            # An instant of the machine's one monotonic clock: a slow start takes from the work.
            "deadline": deadline,
        }
        limits = Limits.until(deadline, MEMORY_BYTES)
        return Child(f"{MERGING}:{work}", order, folder, limits, self._spares.take)

    def ended(self, db: Executor, job: Job, error: PhotoaiError | None) -> None:
        """A finished merge is remembered by what it is made of, or once more if it was."""
        facts = job.result or {}
        if error is None and job.result_key and "digest" in facts:
            self._known.remember_result(db, facts["digest"], job.result_key, facts)

    def _sources(
        self, user_id: int, folder: Path, sources: Sequence[Mapping[str, str]]
    ) -> list[dict[str, Any]]:
        """Uploads are brought from the storage; addresses are for the child to download, which need
        not look again at what it finds there unchanged."""
        known = self._known.found_at([source["url"] for source in sources if "url" in source])
        brought = []
        for index, source in enumerate(sources):
            with naming_the_clip(index):
                brought.append(
                    {**source, **known.get(source["url"], {})}
                    if "url" in source
                    else self._upload(user_id, folder / f"upload-{index}", source)
                )
        return brought

    def _upload(self, user_id: int, path: Path, source: Mapping[str, str]) -> dict[str, Any]:
        found = self._files.bring(user_id, source["file_id"], path)
        return {"path": str(path), "sha256": found.sha256, "facts": found.probe}

    def remember(self, order: MergeOrder, facts: Mapping[str, Any]) -> None:
        """Of what the child has told: a clip it has downloaded."""
        if clip := facts.get("clip"):
            url = order.sources[clip["index"]].url
            if url:
                self._known.remember_clip(url, clip["found"])

    def _told(self, run: Run, order: MergeOrder, facts: Mapping[str, Any]) -> None:
        run.check()
        self.remember(order, facts)
        if contents := facts.get("contents"):
            digest = merge_digest(contents, order.settings)
            if done := self.made_before(digest):
                raise _MadeBefore(done)

    def made_before(self, digest: str) -> Done | None:
        """An equal merge's result, when its bytes are all there."""
        found = self._known.result(digest)
        if found is None:
            return None
        if not self._is_whole(found):
            self._known.forget_result(digest)
            return None
        return Done(found.key, {**found.facts, "cache_hit": True}, shared=True)

    def _is_whole(self, found: Finished) -> bool:
        try:
            with self._store.open(found.key) as file:
                return file.seek(0, 2) == found.facts["size_bytes"]
        except FileNotFoundError:
            return False

    def _published(
        self, run: Run, order: MergeOrder, folder: Path, made: Mapping[str, Any]
    ) -> Done:
        # The attempt is part of the key: an attempt that lost its job cannot overwrite.
        key = f"results/{run.job.public_id}.{run.job.attempt}.mp4"
        video, picture = folder / made["video"], folder / made["poster"]
        size_bytes = video.stat().st_size
        keep_all(self._store, {key: video, poster_key(key): picture})
        facts = {
            **made["facts"],
            "mime": MP4,
            "size_bytes": size_bytes,
            "digest": merge_digest(made["contents"], order.settings),
            "settings": asdict(order.settings),
            "cache_hit": False,
        }
        return Done(key, facts, beside=(poster_key(key),))


def poster_key(result_key: str) -> str:
    """Where a video's poster frame lies; it lives as long as the video."""
    return f"posters/{result_key.removeprefix('results/')}.jpg"

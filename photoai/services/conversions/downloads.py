"""What conversions have made, to be downloaded: whole files, and single frames out of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from photoai.errors import ArtifactUnknown, ResultGone
from photoai.models import Job
from photoai.offload import Offload
from photoai.services.storage import Store

from .artifacts import FRAMES, GIF, KINDS, MP4, PNG, POSTER, TXT, ZIP, beside, frame_of
from .packs import joined, member

# What may be asked for besides single frames, and the kind of file it is.
ASKED = {
    "video": MP4, "gif": GIF, "txt": TXT, "png": PNG, "frames": FRAMES,
    "video.mp4": MP4, "video.gif": GIF, "txt.zip": TXT, "png.zip": PNG, "frames.zip": FRAMES,
    "poster.jpg": POSTER,
}  # fmt: skip
LINK_SEC = 300.0


@dataclass(frozen=True)
class Artifact:
    """One file as it is handed out; equal `tag`s mean equal bytes. `key` is where it lies, None for
    what is put together here."""

    data: BinaryIO
    mime: str
    size_bytes: int
    name: str
    tag: str
    key: str | None = None


class Downloads:
    def __init__(self, store: Store, offload: Offload) -> None:
        self._store = store
        self._offload = offload

    def open(self, job: Job, asked: str) -> Artifact:
        """What a succeeded conversion has made, by its kind (`video`, `frames` …) or its name.

        Raises:
            ArtifactUnknown: there is no such thing, or it was not wished for.
            ResultGone: it has been deleted.
            StorageUnavailable
        """
        made: dict[str, Any] = (job.result or {}).get("files", {})
        kind, frame = ASKED.get(asked, ""), frame_of(asked)
        if frame is not None:
            number, kind = frame
            if number >= int((job.result or {}).get("frames", 0)):
                raise ArtifactUnknown
        both = kind == FRAMES and {TXT, PNG} <= made.keys()
        if kind == FRAMES and not both:
            kind = TXT if TXT in made else PNG
        if kind not in made and not both:
            raise ArtifactUnknown
        if job.result_key is None:
            raise ResultGone
        if frame is not None:
            return self._frame(job.result_key, asked, frame[0], kind)
        return self._both(job) if both else self._whole(job, kind, int(made[kind]))

    def link(self, artifact: Artifact) -> str | None:
        """Where the storage itself hands it out for some minutes; None when it does not."""
        if artifact.key is None:
            return None
        return self._store.link(
            artifact.key, ttl_sec=LINK_SEC, mime=artifact.mime, name=artifact.name
        )

    def _whole(self, job: Job, kind: str, size_bytes: int) -> Artifact:
        key = beside(job.result_key or "", kind)
        file = self._opener(key)()
        if file.seek(0, 2) != size_bytes:
            file.close()  # a power cut took its end
            raise ResultGone
        file.seek(0)
        name = KINDS[kind].shown.format(id=job.public_id)
        return Artifact(file, KINDS[kind].mime, size_bytes, name, key, key)

    def _both(self, job: Job) -> Artifact:
        texts, pictures = (beside(job.result_key or "", kind) for kind in (TXT, PNG))
        file = joined(self._opener(texts), self._opener(pictures), self._offload)
        size_bytes = file.seek(0, 2)
        file.seek(0)
        tag = f"{job.result_key}:{FRAMES}"
        return Artifact(file, ZIP, size_bytes, f"ascii_{job.public_id}_frames.zip", tag)

    def _frame(self, result_key: str, name: str, number: int, kind: str) -> Artifact:
        key = beside(result_key, kind)
        with self._opener(key)() as pack:
            try:
                data = member(pack, number, name)
            except KeyError:
                raise ArtifactUnknown from None
        mime = KINDS[kind].frame_mime
        return Artifact(io.BytesIO(data), mime, len(data), name, f"{key}:{name}")

    def _opener(self, key: str) -> Callable[[], BinaryIO]:
        def opened() -> BinaryIO:
            try:
                return self._store.open(key)
            except FileNotFoundError:
                raise ResultGone from None

        return opened

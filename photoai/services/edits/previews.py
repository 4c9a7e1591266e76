"""What somebody's files look like, small: a page that lists them must not fetch them."""

from __future__ import annotations

import io
import threading
import time
from collections import OrderedDict
from pathlib import Path

from photoai.config import Config
from photoai.errors import FileUnknown
from photoai.models import FileKind, UserFile
from photoai.offload import Offload
from photoai.services.accounts import Caller
from photoai.services.files import Files, scratch_folder, small_picture
from photoai.services.jobs import Child, Limits, Spares

from .engine import EDITING, input_of, work_of
from .order import EditOrder

SIDE_PX, AT_ONCE, KEPT = 360, 2, 500
MIME = "image/jpeg"
THUMBNAIL = {"at_sec": None, "width": SIDE_PX, "format": "jpeg"}
LIMITS = Limits(memory_bytes=2 << 30, cpu_sec=30, wall_sec=20.0)


class FilePreviews:
    """The newest pictures are kept in memory; two videos at once are looked into."""

    def __init__(self, files: Files, spares: Spares, offload: Offload, config: Config) -> None:
        self._files = files
        self._spares = spares
        self._offload = offload
        self._config = config
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._made: OrderedDict[str, bytes] = OrderedDict()

    def of(self, caller: Caller, file_id: str) -> bytes:
        """A JPEG of one's picture or video.

        Raises:
            FileUnknown: it is not there, or nothing is to be seen in it.
            PhotoaiError: it does not decode.
        """
        file = self._files.get(caller, file_id)
        if file.id not in self._made:
            self._made[file.id] = self._picture(file)
        self._made.move_to_end(file.id)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return self._made[file.id]

    def _picture(self, file: UserFile) -> bytes:
        if file.kind == FileKind.VIDEO:
            return self._small(self._of_video(file), MIME)
        if file.kind != FileKind.IMAGE:
            raise FileUnknown
        with self._files.content(file) as stored:
            return self._small(stored.read(), file.mime)

    def _small(self, data: bytes, mime: str) -> bytes:
        made: bytes = self._offload(small_picture, io.BytesIO(data), mime, SIDE_PX)
        return made

    def _of_video(self, file: UserFile) -> bytes:
        order = EditOrder("thumbnail", (file.id,), THUMBNAIL)
        with self._places, scratch_folder("photoai-look-") as folder:
            path = folder / "video"
            self._files.bring(file.user_id, file.id, path)
            deadline = time.monotonic() + LIMITS.wall_sec
            work = work_of(order, [input_of(file, path)], (), deadline, self._config)
            child = Child(f"{EDITING}:edit", work, folder, LIMITS, self._spares.take)
            try:
                made = child.run(lambda progress, stage, eta_sec: None)
            finally:
                self._spares.prepare()
            return (folder / Path(made["file"]).name).read_bytes()

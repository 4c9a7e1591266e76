"""Photos, small: a page that shows a hundred of them must not fetch a gigabyte."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from photoai.errors import InputGone, ResultGone
from photoai.models import Job
from photoai.offload import Offload
from photoai.services import photos
from photoai.services.jobs import Jobs
from photoai.services.media import Media
from photoai.services.storage import Store

SIDE_PX, QUALITY = 192, 80
# What a hundred guests look at, each with the same pictures on their screens.
KEPT_BYTES = 24_000_000


class Previews:
    def __init__(self, store: Store, jobs: Jobs, media: Media, offload: Offload) -> None:
        self._store = store
        self._jobs = jobs
        self._media = media
        self._offload = offload
        self._kept = Kept(KEPT_BYTES)

    def of(self, job: Job, side_px: int = SIDE_PX) -> bytes:
        """A JPEG of a job's photo, at most so many pixels wide and high.

        Raises:
            ResultGone: there is none, or it is no photo.
        """
        is_photo = str((job.result or {}).get("mime", "")).startswith("image/")
        if job.result_key is None or not is_photo:
            raise ResultGone
        if not self._store.far:  # there, looking is as dear as fetching
            self._jobs.result(job).close()
        return self._kept.get((job.result_key, side_px), lambda: self._of_result(job, side_px))

    def before(self, job: Job, side_px: int) -> bytes:
        """The same of the photo as the guest's camera took it, upright.

        Raises:
            InputGone: it has been deleted.
        """
        try:
            with self._store.open(job.input_key or "") as file:
                original = file.read()
        except (FileNotFoundError, ValueError):
            raise InputGone from None
        return self._made(original, side_px)

    def _of_result(self, job: Job, side_px: int) -> bytes:
        try:
            with self._jobs.result(job) as file:
                photo = file.read()
        except FileNotFoundError:  # while it was fetched
            raise ResultGone from None
        return self._made(photo, side_px)

    def _made(self, data: bytes, side_px: int) -> bytes:
        limits = self._media.answer_limits
        made: bytes = self._offload(photos.thumbnail, data, limits, side_px, QUALITY)
        return made


class Kept:
    """What was made lately, up to so many bytes. Of all who want the same at once one makes it."""

    def __init__(self, most_bytes: int) -> None:
        self._left_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._at_work: dict[tuple[str, int], threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int], make: Callable[[], bytes]) -> bytes:
        """What is kept under the key; else what `make` makes, or raises."""
        with self._lock:
            turn = self._at_work.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            try:
                made = make()
                self._keep(key, made)
            finally:
                with self._lock:
                    self._at_work.pop(key, None)
        return made

    def _keep(self, key: tuple[str, int], made: bytes) -> None:
        with self._lock:
            self._left_bytes += len(self._kept.pop(key, b"")) - len(made)
            self._kept[key] = made
            while self._left_bytes < 0:
                _, oldest = self._kept.popitem(last=False)
                self._left_bytes += len(oldest)

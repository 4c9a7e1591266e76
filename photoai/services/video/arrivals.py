"""The clips of a merge on their way: all are fetched at once, each is looked at when it is here."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photoai.errors import ClipTooLarge, FetchTooLarge, JobCancelled
from photoai.services.fetch import Fetched, Fetcher

from .clips import naming_the_clip
from .facts import ClipFacts
from .looking import Look

TRIES = 4
LOOK_SEC = 0.5
# What a download whose size nobody says counts as, as far as progress goes.
UNKNOWN_BYTES = 10_000_000


@dataclass(frozen=True)
class Clip:
    """One that is here: its file, the SHA-256 of its bytes, what is inside."""

    path: Path
    sha256: str
    facts: ClipFacts


class Arrivals:
    """`sources` each have a `url` to download or the `path` of a file that is here, its `sha256`
    and the `facts` that are known of it; of a `url` both are what was there the last time.
    `tell(index, found)` is called with what is worth remembering of an address, `waiting()` again
    and again while none is here."""

    def __init__(
        self,
        sources: Sequence[Mapping[str, Any]],
        folder: Path,
        fetcher: Fetcher,
        look: Look,
        deadline: float,
        tell: Callable[[int, dict[str, Any]], None],
        waiting: Callable[[], None],
    ) -> None:
        self._sources = sources
        self._folder = folder
        self._fetcher = fetcher
        self._look = look
        self._deadline = deadline
        self._tell = tell
        self._waiting = waiting
        self._given_up = threading.Event()
        self._brought_by: dict[Future[Clip], int] = {}
        self._bytes = [(0, UNKNOWN_BYTES if "url" in source else 0) for source in sources]

    @property
    def fraction(self) -> float:
        """How much of all bytes is here."""
        here, expected = (sum(column) for column in zip(*self._bytes, strict=True))
        return min(1.0, here / expected) if expected else 1.0

    @property
    def fetched_bytes(self) -> int:
        return sum(here for here, _ in self._bytes)

    def __iter__(self) -> Iterator[tuple[int, Clip]]:
        """Each clip with its place, as they come in.

        Raises:
            PhotoaiError: one cannot be had or used; `details.clip_index` names it. The others are
                given up.
        """
        pool = ThreadPoolExecutor(len(self._sources))
        try:
            for at in range(len(self._sources)):
                self._brought_by[pool.submit(self._brought, at)] = at
            coming = set(self._brought_by)
            while coming:
                here, coming = wait(coming, LOOK_SEC, FIRST_COMPLETED)
                for clip in here:
                    yield self._brought_by[clip], self._result(clip)
                if not here:
                    self._waiting()
        finally:
            self._given_up.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def check(self) -> None:
        """Between two clips, for whoever does something else meanwhile. Raises PhotoaiError: one
        of those on their way cannot be had or used."""
        for clip in list(self._brought_by):
            if clip.done():
                self._result(clip)

    def _result(self, clip: Future[Clip]) -> Clip:
        with naming_the_clip(self._brought_by[clip]):
            return clip.result()

    def _brought(self, index: int) -> Clip:
        source = self._sources[index]
        if "url" not in source:
            path = Path(source["path"])
            facts = self._look.into(path, source.get("facts"), self._go_on)
            return Clip(path, source["sha256"], facts)
        path = self._folder / f"clip-{index}"
        fetched = self._downloaded(index, source["url"], path)
        sha256 = _sha256(path)
        stored = source.get("facts") if source.get("sha256") == sha256 else None
        clip = Clip(path, sha256, self._look.into(path, stored, self._go_on))
        self._tell(
            index,
            {
                "etag": fetched.etag,
                "last_modified": fetched.last_modified,
                "size_bytes": fetched.size_bytes,
                "sha256": clip.sha256,
                "probe": clip.facts.as_json(),
            },
        )
        return clip

    def _go_on(self) -> None:
        if self._given_up.is_set():
            raise JobCancelled

    def _downloaded(self, index: int, url: str, path: Path) -> Fetched:
        def progress(here: int, expected: int | None) -> None:
            self._go_on()
            self._bytes[index] = here, max(here, expected or UNKNOWN_BYTES)

        try:
            fetched = self._fetcher.fetch_whole(
                url, path, max_bytes=self._look.limits.max_bytes, deadline=self._deadline,
                tries=TRIES, progress=progress,
            )  # fmt: skip
        except FetchTooLarge:
            raise ClipTooLarge(details={"max_bytes": self._look.limits.max_bytes}) from None
        self._bytes[index] = fetched.size_bytes, fetched.size_bytes
        return fetched


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

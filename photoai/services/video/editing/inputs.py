"""The files an order of edits is about, as far as they are known before anything is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from photoai.errors import ClipUnreadable, EditFileUnfit, EditFileWithoutSound, PhotoaiError
from photoai.services.video import ffmpeg
from photoai.services.video.facts import MOVING_DEMUXERS, ClipFacts

VIDEO, AUDIO, IMAGE, SUBTITLES = "video", "audio", "image", "subtitles"


@dataclass(frozen=True)
class Input:
    """One file: `index` is its place in the order, `facts` what its upload was found to be."""

    index: int
    path: Path
    kind: str
    mime: str
    sha256: str
    name: str
    facts: Mapping[str, Any]

    @classmethod
    def from_json(cls, index: int, said: Mapping[str, Any]) -> Input:
        return cls(
            index=index,
            path=Path(said["path"]),
            kind=said["kind"],
            mime=said["mime"],
            sha256=said["sha256"],
            name=said.get("name", ""),
            facts=said["facts"],
        )

    def check_kind(self, *kinds: str) -> None:
        """Raises EditFileUnfit: it is of none of these."""
        if self.kind not in kinds:
            raise EditFileUnfit(details={"kind": self.kind, "kinds": [*kinds]})

    @cached_property
    def clip(self) -> ClipFacts:
        """Raises EditFileUnfit, ClipUnreadable: it is no video, or nobody knows of what kind."""
        self.check_kind(VIDEO)
        found = ClipFacts.remembered(self.facts)
        if found is None:
            raise ClipUnreadable
        return found

    @property
    def moves(self) -> bool:
        """Whether it is a picture with more than one to show."""
        return self.mime in MOVING_DEMUXERS and bool(self.facts.get("animated"))

    @property
    def sound_sec(self) -> float | None:
        """How long its sound is, None when nobody has counted.

        Raises:
            EditFileUnfit: it is neither a video nor sound.
            EditFileWithoutSound: it is a silent video.
        """
        self.check_kind(AUDIO, VIDEO)
        if self.kind == AUDIO:
            return self.facts.get("duration_sec")
        if self.clip.audio is None:
            raise EditFileWithoutSound
        return self.clip.duration_sec

    @property
    def channels(self) -> int:
        """Of its sound; what is not known has two."""
        heard: Mapping[str, int] = self.facts.get("audio") or {}
        return heard.get("channels", 2)

    def opened(self, *options: str) -> list[str]:
        """Its arguments as an input of ffmpeg, guarded."""
        return ffmpeg.strangers(self.path, self._container, *options)

    @property
    def _container(self) -> str:
        return self.clip.container if self.kind == VIDEO else self.mime


@contextmanager
def naming_the_input(given: Input) -> Iterator[Input]:
    """Whatever goes wrong inside says which file it was."""
    try:
        yield given
    except PhotoaiError as error:
        error.details = {"input_index": given.index, **error.details}
        raise


@contextmanager
def naming_the_operation(index: int, count: int) -> Iterator[None]:
    """Whatever goes wrong inside says which of several operations it was."""
    try:
        yield
    except PhotoaiError as error:
        if count > 1:
            error.details = {"operation_index": index, **error.details}
        raise

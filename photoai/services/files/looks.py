"""A look into an upload: what it is, whether it is taken, and what it holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from photoai.errors import FileTypeNotTaken, PhotoaiError, UploadTooLarge
from photoai.models import FileKind
from photoai.offload import Offload
from photoai.services.video.captions import MAX_BYTES as SUBTITLES_MAX_BYTES

from .fonts import MAX_BYTES as FONT_MAX_BYTES
from .kinds import AS_SOUND, HEAD_BYTES, TAKEN, Sort, sort_of
from .pictures import picture_facts
from .subtitles import subtitles_facts, subtitles_sort

# What looking for pictures that move in a file without any ends with.
NO_PICTURES = "clip_without_video"

Facts = dict[str, Any]


@dataclass(frozen=True)
class Probes:
    """How files are looked into that take FFmpeg's or FreeType's libraries: far from this process.
    All raise what is wrong with the file."""

    clip: Callable[[Path], Facts]
    sound: Callable[[Path, str], Facts]
    font: Callable[[Path], Facts]


@dataclass(frozen=True)
class PictureLimits:
    max_bytes: int
    max_pixels: int


class Looks:
    def __init__(self, probes: Probes, offload: Offload, pictures: PictureLimits) -> None:
        self._probes = probes
        self._offload = offload
        self._pictures = pictures

    def check_head(self, head: bytes) -> None:
        """Of a file of which so much has come. Raises FileTypeNotTaken when that is enough to say
        that it is nothing we take."""
        if len(head) >= HEAD_BYTES:
            _sort(head)

    def into(self, file: BinaryIO, size_bytes: int) -> tuple[Sort, Facts]:
        """What a complete, seekable file on this machine's disk is, and what it holds.

        Raises:
            FileTypeNotTaken: `details` name the types that are.
            PhotoaiError: it is damaged or over a limit.
        """
        file.flush()
        file.seek(0)
        sort = _sort(file.read(HEAD_BYTES))
        if sort.kind is FileKind.VIDEO:
            return self._clip(sort, _path_of(file))
        if sort.kind is FileKind.AUDIO:
            return sort, self._probes.sound(_path_of(file), sort.mime)
        if sort.kind is FileKind.FONT:
            _check(size_bytes, FONT_MAX_BYTES)
            return sort, self._probes.font(_path_of(file))
        if sort.kind is FileKind.IMAGE:
            return sort, self._picture(sort, file, size_bytes)
        return sort, self._subtitles(file, size_bytes)

    def _clip(self, sort: Sort, path: Path) -> tuple[Sort, Facts]:
        try:
            return sort, self._probes.clip(path)
        except PhotoaiError as error:
            if error.code != NO_PICTURES or sort not in AS_SOUND:
                raise
        sort = AS_SOUND[sort]
        return sort, self._probes.sound(path, sort.mime)

    def _picture(self, sort: Sort, file: BinaryIO, size_bytes: int) -> Facts:
        _check(size_bytes, self._pictures.max_bytes)
        facts: Facts = self._offload(picture_facts, file, sort.mime, self._pictures.max_pixels)
        return facts

    def _subtitles(self, file: BinaryIO, size_bytes: int) -> Facts:
        _check(size_bytes, SUBTITLES_MAX_BYTES)
        file.seek(0)
        facts: Facts = self._offload(subtitles_facts, file.read())
        return facts


def _sort(head: bytes) -> Sort:
    """Raises FileTypeNotTaken"""
    sort = sort_of(head) or subtitles_sort(head)
    if sort is None:
        raise FileTypeNotTaken(details={"taken": TAKEN})
    return sort


def _check(size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        raise UploadTooLarge(details={"size_bytes": size_bytes, "max_bytes": max_bytes})


def _path_of(file: BinaryIO) -> Path:
    """Where another process of ours finds an open file, which may have no name yet (proc(5))."""
    name: object = file.name
    return Path(name if isinstance(name, str) else f"/proc/{os.getpid()}/fd/{file.fileno()}")

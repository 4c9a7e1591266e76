"""Many small files as one ZIP, from which each can be read by its name without the others."""

from __future__ import annotations

import zipfile
from pathlib import Path

TEXT, PICTURE = "txt", "png"
# How files are kept that deflate makes smaller, and those that are small already.
DEFLATED = (zipfile.ZIP_DEFLATED, 1)
STORED = (zipfile.ZIP_STORED, None)
READABLE = 0o644 << 16  # for everybody, where the ZIP is unpacked
PACKING = {TEXT: DEFLATED, PICTURE: STORED}


def member(kind: str, frame: int) -> str:
    """The name of a frame's file, counted from zero."""
    return f"frame_{frame:06d}.{kind}"


class Pack:
    """Frames of one kind, in their order; what they have taken so far is `size_bytes`."""

    def __init__(self, path: Path, kind: str) -> None:
        self.kind = kind
        self.path = path
        self.size_bytes = 0
        self._count = 0
        self._method, self._level = PACKING[kind]
        self._zip = zipfile.ZipFile(path, "w", self._method, compresslevel=self._level)

    def add(self, data: bytes) -> None:
        """The next frame."""
        about = zipfile.ZipInfo(member(self.kind, self._count))
        about.external_attr = READABLE
        self._zip.writestr(about, data, self._method, self._level)
        self._count += 1
        if self._zip.fp:
            self.size_bytes = self._zip.fp.tell()

    def close(self) -> None:
        """It can be read now. Fine to call twice."""
        self._zip.close()

"""The outermost parts of an MP4 (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

from pathlib import Path

MOST_BOXES = 1000


def outer_boxes(path: Path) -> list[str]:
    """Their names in the order they stand in the file."""
    names: list[str] = []
    end = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at + 8 <= end and len(names) < MOST_BOXES:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            names.append(head[4:8].decode("latin-1"))
            if size < 8:  # to the end of the file, or nonsense
                break
            at += size
    return names

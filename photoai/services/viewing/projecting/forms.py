"""How a drawn picture is written: as JSON with its text, or in bytes for a canvas.

In bytes (all numbers little-endian) a picture is a head of 20 bytes, then its cells, row by row:

    u8  1 all cells, 2 only those that changed     u8  flags: 1 colours, 2 glyphs are u16
    u16 columns    u16 rows    u16 0    u32 frame_number    u32 timestamp_ms
    u32 cells that follow

Of all cells: a glyph each (an index into the charset), then with colours three bytes each (red,
green, blue). Of those that changed since the picture sent before: first one bit for each cell, row
by row, the highest bit of a byte first, filled up to whole bytes, an even number of them; then
glyphs and colours of the cells whose bits are set, in that order.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from .easel import Drawing

HEAD = struct.Struct("<BBHHHIII")
ALL, CHANGED = 1, 2
COLORS, WIDE = 1, 2


def as_json(drawing: Drawing, text: str, at_sec: float) -> bytes:
    said = {"frame_number": drawing.number, "ascii_text": text, "timestamp": round(at_sec, 3)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def as_bytes(drawing: Drawing, at_sec: float, before: Drawing | None) -> bytes:
    """Only what changed since `before`, where that is shorter."""
    import numpy as np

    glyphs, colors = drawing.cells.glyphs, drawing.cells.colors
    changed = None
    if before is not None:
        changed = glyphs != before.cells.glyphs
        if colors is not None:
            changed |= (colors != before.cells.colors).any(axis=-1)
        mask = np.packbits(changed).tobytes()
        mask += bytes(len(mask) % 2)
        each = glyphs.itemsize + (0 if colors is None else 3)
        if len(mask) + int(changed.sum()) * each >= glyphs.size * each:
            changed = None
    if changed is None:
        return _head(drawing, ALL, glyphs.size, at_sec) + _cells(glyphs, colors)
    glyphs, colors = glyphs[changed], None if colors is None else colors[changed]
    return _head(drawing, CHANGED, glyphs.size, at_sec) + mask + _cells(glyphs, colors)


def _head(drawing: Drawing, kind: int, count: int, at_sec: float) -> bytes:
    glyphs = drawing.cells.glyphs
    rows, columns = glyphs.shape
    flags = (0 if drawing.cells.colors is None else COLORS) | (WIDE if glyphs.itemsize == 2 else 0)
    at_ms = round(at_sec * 1000)
    return HEAD.pack(kind, flags, columns, rows, 0, drawing.number, at_ms, count)


def _cells(glyphs: Any, colors: Any) -> bytes:
    written: bytes = glyphs.astype(glyphs.dtype.newbyteorder("<"), copy=False).tobytes()
    return written if colors is None else written + colors.tobytes()

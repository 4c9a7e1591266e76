"""How a drawn picture is written: as JSON with its text, or in bytes for a canvas.

In bytes (all numbers little-endian) a picture is a head of 24 bytes, then its cells, row by row:

    u8  1: all cells, 2: only those that changed     u8  1: with colours, 0: in one ink
    u16 columns    u16 rows    u16 0
    u32 frame_number    u32 timestamp_ms    u32 cells that follow
    u8 u8 u8 ink (red, green, blue)    u8 0

Of all cells: a glyph each (an index into the charset), then with colours three bytes each (red,
green, blue). Of those that changed since the picture sent before: first one bit for each cell, row
by row, the highest bit of a byte first, filled up to whole bytes; then glyphs and colours of the
cells whose bits are set, in that order.
"""

from __future__ import annotations

import json
import struct

import numpy as np
import numpy.typing as npt

from .easel import Drawing

Bytes = npt.NDArray[np.uint8]

HEAD = struct.Struct("<BBHHHIIIBBBB")
ALL, CHANGED = 1, 2


def as_json(drawing: Drawing, text: str, at_sec: float) -> bytes:
    said = {"frame_number": drawing.number, "ascii_text": text, "timestamp": round(at_sec, 3)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def as_bytes(drawing: Drawing, at_sec: float, before: Drawing | None) -> bytes:
    """Only what changed since `before`, where that is shorter."""
    glyphs, colors = drawing.cells.glyphs, drawing.cells.colors
    if before is not None:
        changed = glyphs != before.cells.glyphs
        if colors is not None:
            changed |= (colors != before.cells.colors).any(axis=-1)
        mask, count = np.packbits(changed).tobytes(), int(changed.sum())
        each_bytes = 1 if colors is None else 4
        if len(mask) < (glyphs.size - count) * each_bytes:
            chosen = _cells(glyphs[changed], None if colors is None else colors[changed])
            return _head(drawing, CHANGED, count, at_sec) + mask + chosen
    return _head(drawing, ALL, glyphs.size, at_sec) + _cells(glyphs, colors)


def _head(drawing: Drawing, kind: int, count: int, at_sec: float) -> bytes:
    cells = drawing.cells
    rows, columns = cells.glyphs.shape
    has_colors, at_ms = cells.colors is not None, round(at_sec * 1000)
    return HEAD.pack(
        kind, has_colors, columns, rows, 0, drawing.number, at_ms, count, *cells.ink, 0
    )


def _cells(glyphs: Bytes, colors: Bytes | None) -> bytes:
    written = glyphs.tobytes()
    return written if colors is None else written + colors.tobytes()

"""PNG written fast: what is drawn of a few glyphs needs no search for the best filter."""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

Color = tuple[int, int, int]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LEVEL = 1
UNFILTERED = 0
EIGHT_BITS, FOUR_BITS = 8, 4
SHADES = 16
# The shade of a coverage, in the lower and in the upper half of a byte.
LOW = ((np.arange(256) * (SHADES - 1) + 127) // 255).astype(np.uint8)
HIGH = (LOW << 4).astype(np.uint8)
RGB, PALETTE, RGBA = 2, 3, 6  # colour types (PNG, 11.2.1)
KINDS = {3: RGB, 4: RGBA}
THREADS = 2
WAITING = 2 * THREADS


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """`[height, width, 3]` as RGB, `[height, width, 4]` with alpha."""
    height, width, channels = pixels.shape
    rows = _rows(pixels.reshape(height, width * channels))
    return _file(width, height, EIGHT_BITS, KINDS[channels], rows)


def png_of_ink(coverage: npt.NDArray[np.uint8], ink: Color, ground: Color | None) -> bytes:
    """`[height, width]`, how much of every pixel is covered by ink of one colour, 0 to 255; without
    a ground what is behind is seen through. Sixteen shades: more nobody can tell apart on the edge
    of a glyph."""
    height, width = coverage.shape
    even = np.pad(coverage, ((0, 0), (0, 1))) if width % 2 else coverage
    rows = _rows(np.bitwise_or(HIGH[even[:, ::2]], LOW[even[:, 1::2]], dtype=np.uint8))
    chunks = [_chunk(b"PLTE", ramp(ground or ink, ink, SHADES))]
    if ground is None:
        chunks.append(_chunk(b"tRNS", bytes(range(0, 256, 255 // (SHADES - 1)))))
    return _file(width, height, FOUR_BITS, PALETTE, rows, b"".join(chunks))


def ramp(first: Color, last: Color, count: int) -> bytes:
    """RGB triples from one colour to another, evenly."""
    shares = np.linspace(0, 1, count)[:, None]
    mixed = np.array(first) * (1 - shares) + np.array(last) * shares
    return np.rint(mixed).astype(np.uint8).tobytes()


class Pngs:
    """Files made by threads of their own, handed over in the order in which they were ordered; no
    more than a few wait at a time."""

    def __init__(self, hand_over: Callable[[bytes], None]) -> None:
        self._hand_over = hand_over
        self._threads = ThreadPoolExecutor(THREADS, "png")
        self._waiting: deque[Future[bytes]] = deque()

    def order(self, make: Callable[[], bytes]) -> None:
        """What `make` uses must not change any more."""
        self._waiting.append(self._threads.submit(make))
        if len(self._waiting) > WAITING:
            self._hand_over(self._waiting.popleft().result())

    def finish(self) -> None:
        """Hand over what is still being made."""
        while self._waiting:
            self._hand_over(self._waiting.popleft().result())

    def stop(self) -> None:
        """What nobody has been handed by now is for nobody."""
        self._waiting.clear()
        self._threads.shutdown(cancel_futures=True)


def _rows(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Every row behind its filter's number."""
    height, width = pixels.shape
    rows = np.empty((height, width + 1), np.uint8)
    rows[:, 0] = UNFILTERED
    rows[:, 1:] = pixels
    return rows.tobytes()


def _file(
    width: int, height: int, bits: int, kind: int, rows: bytes, between: bytes = b""
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    pixels = _chunk(b"IDAT", zlib.compress(rows, LEVEL))
    return b"".join([SIGNATURE, _chunk(b"IHDR", head), between, pixels, _chunk(b"IEND", b"")])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
